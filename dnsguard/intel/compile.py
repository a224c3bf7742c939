"""Lists in, a new snapshot out, unless nothing changed.

A list that can't be read, or that has shrunk as if it were damaged, keeps the entries of the snapshot before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from dnsguard.errors import ListError
from dnsguard.intel import snapshot
from dnsguard.intel.config import ListConfig
from dnsguard.intel.readers import domains
from dnsguard.intel.readers.reading import Refused
from dnsguard.intel.snapshot import MAX_LISTS, ListMeta, Snapshot, digest
from dnsguard.intel.suffix import version
from dnsguard.intel.write import Rows, generations, write

DOUBT_FROM: Final = 10
"""Entries; a shorter list is written by hand, and may lose half of them on purpose."""
MAX_FILE: Final = 512 << 20
"""Bytes of a list that are read: some 20 million names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What became of one list."""

    name: str
    category: str
    state: Literal["read", "kept", "absent"]
    """`kept`: refused or unreadable, its entries are those of the snapshot before; `absent`: and there are none."""
    entries: int
    """Names it has in the snapshot."""
    fault: str = ""
    """Why it was not read, and what would be right."""
    junk: int = 0
    """Lines and names that are no domain names."""
    public_suffixes: int = 0
    refused: tuple[Refused, ...] = ()
    """The first of both; empty if no list changed: then none was read line by line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileResult:
    """Where the snapshot is, and what became of each list."""

    path: Path
    generation: int
    changed: bool
    """False: everything was as in the snapshot before, which stays."""
    names: int
    lists: tuple[ListReport, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """One line for each list that could not be taken."""
        return tuple(f"list {report.name!r}: {report.fault}" for report in self.lists if report.fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One list on its way."""

    rows: Rows
    report: ListReport


def compile_lists(lists: Sequence[ListConfig], base: Path, directory: Path, *, now: float) -> CompileResult:
    """Read all lists and write a snapshot into `directory`, unless the last one there already says the same.

    Relative paths hold from `base`; `now` in Unix seconds dates new entries. A list that can't be read, or must not be
    believed, keeps its entries and says so in its report. ListError if no snapshot could be written.
    """
    if len(lists) > MAX_LISTS:
        raise ListError(f"{len(lists)} lists; {MAX_LISTS} is the most")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ListError(f"{directory}: {error.strerror}; lists are compiled into it") from error
    before = latest(directory) or snapshot.EMPTY
    if before.path is not None and _unchanged(lists, base, before):
        reports = tuple(_as_before(meta) for meta in before.meta.lists)
        return CompileResult(
            path=before.path, generation=before.generation, changed=False, names=len(before), lists=reports
        )
    sources = [_read(config, base, before, now) for config in lists]
    content = _content([source.rows.meta for source in sources])
    reports = tuple(source.report for source in sources)
    if before.path is not None and before.meta.content == content:
        return CompileResult(
            path=before.path, generation=before.generation, changed=False, names=len(before), lists=reports
        )
    try:
        path, names = write([source.rows for source in sources], content, before, directory, now)
    except OSError as error:
        raise ListError(f"{directory}: the lists could not be written: {error.strerror or error}") from error
    return CompileResult(path=path, generation=int(path.name), changed=True, names=names, lists=reports)


def latest(directory: Path) -> Snapshot | None:
    """Open the newest whole snapshot of a folder; None if there is none."""
    for number in sorted(generations(directory), reverse=True):
        try:
            return Snapshot.open(directory / f"{number:06d}")
        except ListError:
            continue
    return None


def _unchanged(lists: Sequence[ListConfig], base: Path, before: Snapshot) -> bool:
    """Say, without reading a line, whether all lists are byte for byte those of the snapshot before."""
    metas = before.meta.lists
    if len(lists) != len(metas) or before.meta.content != _content(metas):
        return False
    for config, meta in zip(lists, metas, strict=True):
        path = base / config.path
        if (config.name, config.category, _origin(config, base)) != (meta.name, meta.category, meta.origin):
            return False
        try:
            if digest(_bytes(config, path)) != meta.digest:
                return False
        except ListError:
            return False
    return True


def _as_before(meta: ListMeta) -> ListReport:
    return ListReport(
        name=meta.name,
        category=meta.category,
        state="read",
        entries=meta.entries,
        junk=meta.junk,
        public_suffixes=meta.public_suffixes,
    )


def _read(config: ListConfig, base: Path, before: Snapshot, now: float) -> _Source:
    """Read one list, or take what the snapshot before has of it."""
    old = next(
        (
            (number, meta)
            for number, meta in enumerate(before.meta.lists)
            if (meta.name, meta.category) == (config.name, config.category)
        ),
        None,
    )
    path, origin = base / config.path, _origin(config, base)
    try:
        data = _bytes(config, path)
    except ListError as error:
        return _keep(config, before, old, str(error))
    reading = domains.read(data)
    entries = len(reading.entries)
    if old and old[1].origin == origin and (doubt := _doubt(entries, old[1].entries, config.min_ratio)):
        return _keep(config, before, old, f"{origin}: {doubt}")
    mark = digest(data)
    meta = ListMeta(
        name=config.name,
        category=config.category,
        entries=entries,
        digest=mark,
        read=old[1].read if old and old[1].digest == mark else now,
        origin=origin,
        public_suffixes=reading.public_suffixes,
        junk=reading.junk,
    )
    report = ListReport(
        name=config.name,
        category=config.category,
        state="read",
        entries=entries,
        junk=reading.junk,
        public_suffixes=reading.public_suffixes,
        refused=tuple(reading.shown),
    )
    return _Source(rows=Rows(meta=meta, lines=reading.entries, added=None), report=report)


def _origin(config: ListConfig, base: Path) -> str:
    """Name where a list comes from: its url, whichever of its copies `path` leads to, or its file."""
    return config.url or str(base / config.path)


def _bytes(config: ListConfig, path: Path) -> bytes:
    if not config.path:
        raise ListError("it has no path; lists are read from files")
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise ListError(f"{path}: {size} bytes; {MAX_FILE} is the most")
        return path.read_bytes()
    except OSError as error:
        raise ListError(f"{path}: {error.strerror}") from error


def _doubt(entries: int, had: int, min_ratio: float) -> str:
    """Say why a new reading is not believed; empty: it is."""
    if not had or not min_ratio:
        return ""
    if not entries:
        remedy = "remove the list or set its min_ratio to 0"
    elif had >= DOUBT_FROM and entries < had * min_ratio:
        remedy = "set its min_ratio to 0"
    else:
        return ""
    return f"{entries} entries, where it had {had}; the old ones stay. If that is meant, {remedy}"


def _keep(config: ListConfig, before: Snapshot, old: tuple[int, ListMeta] | None, fault: str) -> _Source:
    if old is None:
        meta = ListMeta(name=config.name, category=config.category, entries=0, digest="", read=0.0)
        report = ListReport(name=config.name, category=config.category, state="absent", entries=0, fault=fault)
        return _Source(rows=Rows(meta=meta, lines={}, added={}), report=report)
    number, meta = old
    lines, added = {}, {}
    for name, line, since in before.rows(number):
        lines[name] = line
        added[name] = since
    state: Literal["kept", "absent"] = "kept" if lines else "absent"
    report = ListReport(name=meta.name, category=meta.category, state=state, entries=len(lines), fault=fault)
    return _Source(rows=Rows(meta=meta, lines=lines, added=added), report=report)


def _content(metas: Iterable[ListMeta]) -> str:
    """Digest what a snapshot is made of: the lists' bytes, and what decides how they are read."""
    parts = [(meta.name, meta.category, meta.origin, meta.digest) for meta in metas]
    return digest(msgspec.json.encode([snapshot.FORMAT, version(), parts]))
