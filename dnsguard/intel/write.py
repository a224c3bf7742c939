"""Writes a snapshot beside the old ones and moves it into place whole, or not at all.

A folder of snapshots holds one folder per generation, named by its number; the last two stay, for whoever still opens
the older one. An entry that the snapshot before had in the same list keeps its date.
"""

import os
import shutil
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

import marisa_trie
import msgspec

from dnsguard.intel import snapshot
from dnsguard.intel.snapshot import EXACT, ListMeta, Meta, Snapshot, digest, key_of
from dnsguard.intel.suffix import is_shared

KEPT: Final = 2
"""Generations that stay on disk."""
DEAD: Final = 3600.0
"""Seconds after which a half-written snapshot has no writer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One list before its entries are sorted among those of the others."""

    meta: ListMeta
    lines: Mapping[str, int]
    """Name -> line."""
    added: Mapping[str, int] | None
    """Name -> since when [unix seconds]; None: to be looked up in the snapshot before."""


def generations(directory: Path) -> list[int]:
    """Number the snapshots of a folder, whole or not."""
    try:
        return [int(entry.name) for entry in directory.iterdir() if entry.name.isascii() and entry.name.isdigit()]
    except OSError:
        return []


def write(sources: Sequence[Rows], content: str, before: Snapshot, directory: Path, now: float) -> tuple[Path, int]:
    """Write a new generation; returns its folder and how many names it has."""
    # one trie of its own, not one in another: 10.8 MB for 1 M names instead of 6.9, and a fifth faster to look up in
    keys = {key_of(name) for source in sources for name in source.lines}
    trie = marisa_trie.Trie(keys, num_tries=1, cache_size=marisa_trie.HUGE_CACHE)
    del keys
    starts, lists, lines, added = _columns(sources, trie, before, now)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    try:
        # not trie.save: it reports a full disk as a RuntimeError, or not at all
        (temporary / snapshot.TRIE).write_bytes(trie.tobytes())
        for name, column in (
            (snapshot.STARTS, starts),
            (snapshot.LISTS, lists),
            (snapshot.LINES, lines),
            (snapshot.ADDED, added),
        ):
            (temporary / name).write_bytes(column)
        digests = {file.name: digest(file.read_bytes()) for file in temporary.iterdir()}
        number = max([before.generation, *generations(directory)])
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
    sources: Sequence[Rows], trie: marisa_trie.Trie, before: Snapshot, now: float
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
    for number in sorted(generations(directory))[:-KEPT]:
        shutil.rmtree(directory / f"{number:06d}", ignore_errors=True)
    for entry in directory.glob(".new-*"):
        try:
            dead = now - entry.stat().st_mtime > DEAD
        except OSError:
            continue
        if dead:
            shutil.rmtree(entry, ignore_errors=True)
