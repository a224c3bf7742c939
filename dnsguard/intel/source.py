"""One list on its way into a snapshot: its file, whether it changed, whether it is believed, and what is told of it."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import msgspec

from dnsguard.errors import ListError
from dnsguard.intel import popular, signature_lists, suffix
from dnsguard.intel.config import ListConfig
from dnsguard.intel.meta import FORMAT, ListMeta, digest
from dnsguard.intel.readers import File, Reading, Refused
from dnsguard.intel.snapshot import Snapshot
from dnsguard.signatures.rule import Rule

DOUBT_FROM: Final = 10
"""Entries; a shorter list is written by hand, and may lose half of them on purpose."""
DOUBT_GROWTH_FROM: Final = 1000
"""Entries; a list that has become no longer than that was filled by hand."""
MAX_FILE: Final = 1 << 30
"""Bytes of a list that are read: some 40 million names."""
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What became of one list."""

    name: str
    category: str
    state: Literal["read", "kept", "absent"]
    """`kept`: refused or unreadable, its entries are those of the snapshot before; `absent`: and there are none."""
    entries: int
    """Names and networks it has in the snapshot."""
    fault: str = ""
    """Why it was not read, and what would be right."""
    format: str = ""
    junk: int = 0
    """Lines and names that are no entries."""
    public_suffixes: int = 0
    quarantined: int = 0
    """Entries that are too good to be believed, public suffixes among them."""
    refused: tuple[Refused, ...] = ()
    """The first of these; empty if the list did not change: then it was not read line by line."""


@dataclass(slots=True, kw_only=True)
class Source:
    """One list on its way."""

    number: int
    config: ListConfig
    path: Path
    origin: str
    """The url, or the path: a fetched list's file has one name before it is believed, another after."""
    settings: str
    old: int
    """Its number in the snapshot before; -1: it is new."""
    data: File | None = None
    """None: it can't be read."""
    digest: str = ""
    meta: ListMeta | None = None
    fault: str = ""
    fresh: bool = False
    """It is read line by line."""
    shown: tuple[Refused, ...] = ()
    rules: Sequence[Rule] = ()
    """Of a rules file that was read."""


def open_source(number: int, config: ListConfig, base: Path, before: Snapshot, stack: ExitStack) -> Source:
    """Open a list and digest it."""
    path = base / config.path
    old = next(
        (
            number
            for number, meta in enumerate(before.meta.lists)
            if (meta.name, meta.category) == (config.name, config.category)
        ),
        -1,
    )
    said = [FORMAT, suffix.version(), popular.version(), config.format, config.confidence, config.believe]
    if config.category == signature_lists.CATEGORY:
        said.append(signature_lists.FORMAT)
    source = Source(
        number=number,
        config=config,
        path=path,
        origin=config.url or str(path),
        settings=digest(msgspec.json.encode(said)),
        old=old,
    )
    if not config.path:
        source.fault = "it has no path; lists are read from files"
        return source
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us
        stack.callback(os.close, descriptor)
        data = File(descriptor)
        if len(data) > MAX_FILE:
            source.fault = f"{path}: {len(data)} bytes; {MAX_FILE} is the most"
            return source
        mark = hashlib.blake2b(digest_size=16)
        for at in range(0, max(len(data), 1), _PIECE):
            mark.update(data[at : at + _PIECE])
    except (OSError, ListError) as error:
        source.fault = f"{path}: {getattr(error, 'strerror', '') or error}"
        return source
    source.data, source.digest = data, mark.hexdigest()
    return source


def same(source: Source, before: Snapshot, now: float) -> bool:
    """Say, without reading a line, whether a list's entries are those of the snapshot before."""
    if source.old < 0:
        return False
    meta = before.meta.lists[source.old]
    alike = (meta.digest, meta.settings, meta.origin) == (source.digest, source.settings, source.origin)
    return alike and not (meta.expires and meta.expires <= now)


def doubt_of(source: Source, reading: Reading, taken: int, before: Snapshot) -> str:
    """Say why a new reading is not believed; empty: it is."""
    if not taken and reading.junk:
        first = f"; line {reading.shown[0].line} {reading.shown[0].reason}" if reading.shown else ""
        return f"none of its {reading.junk} lines is an entry (as {reading.format}){first}"
    if source.old < 0:
        return ""
    old, config = before.meta.lists[source.old], source.config
    had = old.taken
    if not had or old.origin != source.origin:
        return ""
    what = f"{taken} entries, where it had {had}; the old ones stay. If that is meant,"
    if config.min_ratio and not taken:
        return f"{what} remove the list or set its min_ratio to 0"
    if config.min_ratio and had >= DOUBT_FROM and taken < had * config.min_ratio:
        return f"{what} set its min_ratio to 0"
    if config.max_ratio and taken >= DOUBT_GROWTH_FROM and taken > had * config.max_ratio:
        return f"{what} set its max_ratio to 0"
    return ""


def told(source: Source, before: Snapshot) -> ListMeta:
    """Give what is to be told of a list: what was read, or what the snapshot before says."""
    if source.meta is not None:
        return source.meta
    if source.old >= 0:
        return before.meta.lists[source.old]
    return ListMeta(name=source.config.name, category=source.config.category, entries=0, digest="", read=0.0)


def report(source: Source, meta: ListMeta) -> ListReport:
    """Say what became of a list."""
    size = meta.entries + meta.exceptions
    state: Literal["read", "kept", "absent"] = "read" if not source.fault else "kept" if size else "absent"
    result = ListReport(name=meta.name, category=meta.category, state=state, entries=meta.entries, fault=source.fault)
    if source.fault:
        return replace(result, refused=source.shown)
    return replace(
        result,
        format=meta.format,
        junk=meta.junk,
        public_suffixes=meta.public_suffixes,
        quarantined=sum(meta.quarantined.values()),
        refused=source.shown,
    )
