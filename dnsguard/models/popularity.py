"""How popular a registrable domain is: 213,000 of them in five buckets, from our own ranking over several lists.

`popularity.xz` has them, and popularity.md says where they come from; `python -m dnsguard.models.make_popularity` makes
it again. Popularity excuses an odd name; it never excuses a listed one: popular sites are broken into as well.

The names are hashed when they are first asked for (0.2 s, 2 MB): 32 bits an entry, its place tells the rest. Python's
hash of a string is keyed anew in each process (SipHash, PEP 456), so nobody can make up a name beforehand that collides
with a popular one; by chance one of 10^8 does.
"""

import lzma
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("popularity.xz")
BUCKETS: Final = 5
"""The most popular 1,000; up to 10,000; up to 30,000; up to 100,000; all others."""
_SLOTS: Final = 1 << 19
"""At most four in ten are taken, so a miss looks at 1.3 of them on average."""
_RANK_BITS: Final = 3
_RANK: Final = (1 << _RANK_BITS) - 1
_TAG: Final = (1 << 32 - _RANK_BITS) - 1
_SHIFT: Final = 19


class _Hashed:
    """Open addressing with linear probing; an entry is a 29-bit tag and a bucket, 0 is a free slot."""

    __slots__ = ("_slots",)

    def __init__(self, ranked: Iterator[tuple[str, int]]) -> None:
        slots = array("I", bytes(4 * _SLOTS))
        for name, bucket in ranked:
            key = hash(name)
            at = key & (_SLOTS - 1)
            while slots[at]:
                at = (at + 1) & (_SLOTS - 1)
            slots[at] = (key >> _SHIFT & _TAG) << _RANK_BITS | bucket
        self._slots: Final = slots

    def rank(self, name: str) -> int:
        key = hash(name)
        at = key & (_SLOTS - 1)
        tag = key >> _SHIFT & _TAG
        slots = self._slots
        while True:
            entry: int = slots[at]
            if entry == 0:
                return 0
            if entry >> _RANK_BITS == tag:
                return entry & _RANK
            at = (at + 1) & (_SLOTS - 1)


class _Once:
    """The table, made when it is first asked for."""

    __slots__ = ("table",)

    def __init__(self) -> None:
        self.table: _Hashed | None = None


_once: Final = _Once()


def rank(registrable: str) -> int:
    """Bucket of a registrable domain (lower case, no final dot): 1 the thousand most popular, rising; 0 unknown."""
    table = _once.table
    if table is None:
        table = load()
    return table.rank(registrable)


def load() -> _Hashed:
    """Make the table now, so that no query waits for it."""
    table = _once.table
    if table is None:
        table = _once.table = _Hashed(ranked())
    return table


def ranked(table: Path = TABLE) -> Iterator[tuple[str, int]]:
    """Every domain of a table with its bucket, the most popular bucket first, in alphabetical order within one."""
    bucket, suffix = 0, ""
    for line in lzma.decompress(table.read_bytes()).decode("ascii").splitlines():
        if line.startswith("#"):
            bucket = int(line[1:])
        elif line.startswith("."):
            suffix = line
        else:
            yield line + suffix, bucket


def version() -> str:
    """Name the table in use: lists are compiled again when it changes."""
    return f"{zlib.crc32(TABLE.read_bytes()):08x}"
