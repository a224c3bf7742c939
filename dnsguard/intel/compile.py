"""Lists in, a new snapshot out: written beside the old ones and moved into place whole, or not at all.

A folder of snapshots holds one folder per generation, named by its number; the last two stay, for whoever still opens
the older one. An entry that the snapshot before had in the same list keeps its date.
"""

import os
import shutil
import tempfile
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, Literal

import marisa_trie
import msgspec

from dnsguard.errors import ListError
from dnsguard.intel import snapshot
from dnsguard.intel.config import ListConfig
from dnsguard.intel.readers import domains
from dnsguard.intel.readers.domains import Refused
from dnsguard.intel.snapshot import EXACT, MAX_LISTS, ListMeta, Meta, Snapshot, digest, key_of
from dnsguard.intel.suffix import is_shared, version

KEPT: Final = 2
"""Generations that stay on disk."""
DOUBT_FROM: Final = 10
"""Entries; a shorter list is written by hand, and may lose half of them on purpose."""
MAX_FILE: Final = 512 << 20
"""Bytes of a list that are read: some 20 million names."""
DEAD: Final = 3600.0
"""Seconds after which a half-written snapshot has no writer any more."""


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
    """The first of both."""


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


@dataclass(slots=True, kw_only=True)
class _Source:
    """One list on its way: its rows before they are sorted by name."""

    meta: ListMeta
    report: ListReport
    lines: Mapping[str, int]
    added: Mapping[str, int] | None
    """None: to be looked up in the snapshot before."""


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
    sources = [_read(config, base, before, now) for config in lists]
    content = _content([source.meta for source in sources])
    reports = tuple(source.report for source in sources)
    if before.path is not None and before.meta.content == content:
        return CompileResult(
            path=before.path, generation=before.generation, changed=False, names=len(before), lists=reports
        )
    try:
        path, names = _write(sources, content, before, directory, now)
    except OSError as error:
        raise ListError(f"{directory}: the lists could not be written: {error.strerror or error}") from error
    return CompileResult(path=path, generation=int(path.name), changed=True, names=names, lists=reports)


def latest(directory: Path) -> Snapshot | None:
    """Open the newest whole snapshot of a folder; None if there is none."""
    for number in sorted(_generations(directory), reverse=True):
        try:
            return Snapshot.open(directory / f"{number:06d}")
        except ListError:
            continue
    return None


def _generations(directory: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in directory.iterdir() if entry.name.isascii() and entry.name.isdigit()]
    except OSError:
        return []


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
    path = base / config.path
    try:
        data = _bytes(config, path)
    except ListError as error:
        return _keep(config, before, old, str(error))
    reading = domains.read(data)
    entries = len(reading.entries)
    if old and old[1].origin == str(path) and (doubt := _doubt(entries, old[1].entries, config.min_ratio)):
        return _keep(config, before, old, f"{path}: {doubt}")
    mark = digest(data)
    meta = ListMeta(
        name=config.name,
        category=config.category,
        entries=entries,
        digest=mark,
        read=old[1].read if old and old[1].digest == mark else now,
        origin=str(path),
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
    return _Source(meta=meta, report=report, lines=reading.entries, added=None)


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
        return _Source(meta=meta, report=report, lines={}, added={})
    number, meta = old
    lines, added = {}, {}
    for name, line, since in before.rows(number):
        lines[name] = line
        added[name] = since
    state: Literal["kept", "absent"] = "kept" if lines else "absent"
    report = ListReport(name=meta.name, category=meta.category, state=state, entries=len(lines), fault=fault)
    return _Source(meta=meta, report=report, lines=lines, added=added)


def _content(metas: Iterable[ListMeta]) -> str:
    """Digest what a snapshot is made of: the lists' bytes, and what decides how they are read."""
    parts = [(meta.name, meta.category, meta.origin, meta.digest) for meta in metas]
    return digest(msgspec.json.encode([snapshot.FORMAT, version(), parts]))


def _write(sources: Sequence[_Source], content: str, before: Snapshot, directory: Path, now: float) -> tuple[Path, int]:
    """Write a new generation; returns its folder and how many names it has."""
    trie = marisa_trie.Trie({key_of(name) for source in sources for name in source.lines})
    starts, lists, lines, added = _columns(sources, trie, before, now)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    try:
        trie.save(str(temporary / snapshot.TRIE))
        for name, column in (
            (snapshot.STARTS, starts),
            (snapshot.LISTS, lists),
            (snapshot.LINES, lines),
            (snapshot.ADDED, added),
        ):
            (temporary / name).write_bytes(column)
        digests = {file.name: digest(file.read_bytes()) for file in temporary.iterdir()}
        number = max([before.generation, *_generations(directory)])
        while True:
            # the number counts on over damaged generations and those of another writer
            number += 1
            meta = Meta(
                format=snapshot.FORMAT,
                generation=number,
                made=now,
                content=content,
                names=len(trie),
                lists=[source.meta for source in sources],
                digests=digests,
            )
            (temporary / snapshot.META).write_bytes(msgspec.json.encode(meta))
            for file in (*temporary.iterdir(), temporary):
                _sync(file)
            temporary.chmod(0o755)
            try:
                path = temporary.rename(directory / f"{number:06d}")
            except OSError:
                if not (directory / f"{number:06d}").exists():
                    raise
                continue
            _sync(directory)
            break
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sweep(directory, now)
    return path, len(trie)


def _columns(
    sources: Sequence[_Source], trie: marisa_trie.Trie, before: Snapshot, now: float
) -> tuple["array[int]", "array[int]", "array[int]", "array[int]"]:
    """Sort all rows by the trie's ids, in one pass that counts and one that places."""
    ids = [array("I", map(trie.__getitem__, map(key_of, source.lines))) for source in sources]
    counts = array("I", bytes(4 * (len(trie) + 1)))
    for column in ids:
        for row in column:
            counts[row + 1] += 1
    starts = array("I", accumulate(counts))
    total = starts[-1]
    lists, lines, added = array("H", bytes(2 * total)), array("I", bytes(4 * total)), array("I", bytes(4 * total))
    place = array("I", starts)
    numbers = {(meta.name, meta.category): number for number, meta in enumerate(before.meta.lists)}
    today = int(now)
    for number, (source, column) in enumerate(zip(sources, ids, strict=True)):
        old = numbers.get((source.meta.name, source.meta.category))
        for row, (name, line) in zip(column, source.lines.items(), strict=True):
            i = place[row]
            place[row] = i + 1
            lists[i] = number | EXACT if is_shared(name) else number
            lines[i] = line
            if source.added is not None:
                added[i] = source.added[name]
            else:
                since = before.added(name, old) if old is not None else None
                added[i] = today if since is None else since
    return starts, lists, lines, added


def _sync(path: Path) -> None:
    """Have a file, or a folder's table of contents, on the disk before anything refers to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(directory: Path, now: float) -> None:
    """Remove old generations, and what a killed writer left; a folder mapped by someone stays readable to them."""
    for number in sorted(_generations(directory))[:-KEPT]:
        shutil.rmtree(directory / f"{number:06d}", ignore_errors=True)
    for entry in directory.glob(".new-*"):
        try:
            dead = now - entry.stat().st_mtime > DEAD
        except OSError:
            continue
        if dead:
            shutil.rmtree(entry, ignore_errors=True)
