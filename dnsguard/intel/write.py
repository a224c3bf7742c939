"""Writes a snapshot beside the old ones and moves it into place whole, or not at all.

A folder of snapshots holds one folder per generation, named by its number; the last two stay, for whoever still opens
the older one. An entry that the snapshot before had in the same list keeps its date.

Memory: SHARD names at a time, and what tells kinds apart (columns.MANY); not more for longer lists.
"""

import hashlib
import os
import shutil
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import marisa_trie
import msgspec

from dnsguard.intel.columns import MANY, Columns
from dnsguard.intel.entry import Scope
from dnsguard.intel.gather import STEP, Gathered, network_of
from dnsguard.intel.marks import Marks, tail
from dnsguard.intel.meta import FORMAT, MARKS, META, SIGNATURES, ListMeta, Meta, Shard, sealed
from dnsguard.intel.networks import V4_LAST, V6_LAST, ranges
from dnsguard.intel.rows import Kind
from dnsguard.intel.settle import Settle
from dnsguard.intel.snapshot import key_of, name_of

SHARD: Final = 1_000_000
"""Names in a trie; one more may start where no listed name stands above the next."""
KEPT: Final = 2
"""Generations that stay on disk."""
DEAD: Final = 3600.0
"""Seconds after which a half-written snapshot has no writer any more."""


def generations(directory: Path) -> list[int]:
    """Number the snapshots of a folder, whole or not."""
    try:
        return [int(entry.name) for entry in directory.iterdir() if entry.name.isascii() and entry.name.isdigit()]
    except OSError:
        return []


def scratch(directory: Path) -> tempfile.TemporaryDirectory[str]:
    """Make a folder for what is only needed while a snapshot is made; a killed writer's is swept like one."""
    return tempfile.TemporaryDirectory(prefix=".new-", dir=directory)


def write(
    gathered: Gathered,
    lists: Sequence[ListMeta],
    content: str,
    settle: Settle,
    directory: Path,
    now: float,
    progress: Callable[[str, int, int], None],
    signatures: bytes = b"",
) -> tuple[Path, Meta]:
    """Write a new generation, compiled signatures with it; returns its folder and its table of contents."""
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    try:
        with Columns(temporary) as files:
            shards = list(_names(files, gathered, settle, temporary, progress))
            _networks(files, gathered, settle)
            kinds = files.close()
        if signatures:
            (temporary / SIGNATURES).write_bytes(signatures)
        metas = settle.counted(lists)
        digests = {file.name: _digest(file) for file in temporary.iterdir()}
        number = max([settle.before.generation, *generations(directory)])
        while True:
            # the number counts on over damaged generations and those of another writer
            number += 1
            meta = Meta(
                format=FORMAT,
                generation=number,
                made=now,
                content=content,
                names=sum(shard.names for shard in shards),
                lists=metas,
                digests=digests,
                shards=shards,
                kinds=kinds,
                changes=settle.changes(metas),
            )
            (temporary / META).write_bytes(msgspec.json.encode(sealed(meta)))
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
    return path, meta


def _names(
    files: Columns, gathered: Gathered, settle: Settle, folder: Path, progress: Callable[[str, int, int], None]
) -> Iterator[Shard]:
    """Write the names, a shard at a time."""
    keys: list[str] = []
    kinds, lines = array("I"), array("I")
    first = cover = ""
    shards = 0
    wide = [kind.scope != Scope.EXACT for kind in gathered.kinds]
    marks = Marks(gathered.names.count)
    marked = " "
    numbers: dict[tuple[int, int], int] = {}
    """(kind that is not dated, date) -> number in the table: most names have one listing of a few kinds."""
    for count, (raw, records) in enumerate(_grouped(gathered.names, gathered.dropped)):
        if not count % STEP:
            progress("sorting names", count, gathered.names.count)
        key = raw.decode("ascii")
        if len(records) == 1:
            undated, line, added = records[0]
            added = settle.one(key, undated, added)
            number = numbers.get((undated, added))
            if number is None:
                if len(numbers) >= MANY:
                    numbers.clear()
                number = files.number(gathered.kinds[undated]._replace(added=added))
                numbers[undated, added] = number
            reaches = wide[undated]
        else:
            listings = settle.name(key, records)
            number, line = files.row(listings)
            reaches = any(kind.scope != Scope.EXACT for kind, _ in listings)
        covered = cover and key.startswith(cover)
        if not covered:
            if len(keys) >= SHARD:
                yield _shard(files, folder, shards, first, keys, kinds, lines)
                shards += 1
                first = key
                keys, kinds, lines = [], array("I"), array("I")
            if reaches:
                cover = key
        if not key.startswith(marked):
            # sorted: names of the same last two labels follow each other
            name = name_of(key)
            marks.add(name)
            marked = key_of(tail(name))
        keys.append(key)
        kinds.append(number)
        lines.append(line)
    if keys:
        yield _shard(files, folder, shards, first, keys, kinds, lines)
    (folder / MARKS).write_bytes(marks.content())


def _shard(
    files: Columns, folder: Path, number: int, first: str, keys: list[str], kinds: "array[int]", lines: "array[int]"
) -> Shard:
    """Build a trie, and write the rows in the order of its ids."""
    # one trie of its own, not one in another: 6.7 to 10.8 bytes a name instead of 4.4 to 6.9, and a fifth faster
    trie = marisa_trie.Trie(keys, num_tries=1, cache_size=marisa_trie.HUGE_CACHE)
    own_kinds, own_lines = array("I", bytes(4 * len(keys))), array("I", bytes(4 * len(keys)))
    for key, kind, line in zip(keys, kinds, lines, strict=True):
        row = trie[key]
        own_kinds[row] = kind
        own_lines[row] = line
    files.write(own_kinds, own_lines)
    name = f"names-{number:03d}.marisa"
    # not trie.save: it reports a full disk as a RuntimeError, or not at all
    (folder / name).write_bytes(trie.tobytes())
    return Shard(file=name, first=first, names=len(keys))


def _networks(files: Columns, gathered: Gathered, settle: Settle) -> None:
    """Write the ranges of addresses, IPv4's first."""
    groups = _grouped(gathered.networks, gathered.dropped)
    for version, of_version in groupby(groups, key=lambda group: group[0][:1]):
        four = version == b"4"
        networks = (_network(key, settle.network(key, records)) for key, records in of_version)
        for start, listings in ranges(networks, V4_LAST if four else V6_LAST):
            kind, line = files.row(listings)
            files.write(array("I", [kind]), array("I", [line]))
            if four:
                files.v4.write(array("I", [start]))
            else:
                files.high.write(array("Q", [start >> 64]))
                files.low.write(array("Q", [start & 0xFFFF_FFFF_FFFF_FFFF]))


def _network(key: bytes, listings: list[tuple[Kind, int]]) -> tuple[int, int, list[tuple[Kind, int]]]:
    packed, prefix = network_of(key)
    first = int.from_bytes(packed, "big")
    return first, first | ((1 << (8 * len(packed) - prefix)) - 1), listings


def _grouped(records: Iterable[bytes], dropped: set[int]) -> Iterator[tuple[bytes, list[tuple[int, int, int]]]]:
    """Gather the records of each key, as (kind, line, added)."""
    last = b""
    group: list[tuple[int, int, int]] = []
    for record in records:
        key, kind, line, added = record.split(b"\t")
        number = int(kind)
        if number in dropped:
            continue
        if key != last:
            if group:
                yield last, group
            last, group = key, []
        group.append((number, int(line), int(added)))
    if group:
        yield last, group


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _sync(path: Path) -> None:
    """Have a file, or a folder's table of contents, on the disk before anything refers to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(directory: Path, now: float) -> None:
    """Remove old generations, and what a killed writer left; a folder mapped by someone stays readable to them."""
    for number in sorted(generations(directory))[:-KEPT]:
        shutil.rmtree(directory / f"{number:06d}", ignore_errors=True)
    for entry in directory.glob(".new-*"):
        try:
            dead = now - entry.stat().st_mtime > DEAD
        except OSError:
            continue
        if dead:
            shutil.rmtree(entry, ignore_errors=True)
