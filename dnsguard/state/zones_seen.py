"""The network's own history: which zones anybody here has asked for, and since when.

A Bloom filter whose cells hold days instead of bits: the day on which a zone first set the cell. All cells of a zone
that was seen on a day hold that day or an earlier one, so the latest of them tells when it was first seen. The error
has one side, as a Bloom filter's has: a zone may pass for seen, or for seen earlier; one that was seen never passes for
new.

Two such filters take turns. When one is as full as it may be, or has served its time, the other is emptied and takes
over; a zone that is asked for again takes its day along. So a zone is forgotten after one turn unseen at the earliest.

All cells of a zone stand within one line of the processor's cache (Putze, Sanders, Singler 2007: blocked filters):
a look costs one miss of it instead of four, for some more false answers.
"""

import zlib
from array import array
from typing import Final

CELLS: Final = 1 << 20
"""Of each of the two filters; 2 bytes a cell, 4 MB together."""
BLOCK: Final = 32
"""Cells in 64 bytes."""
HASHES: Final = 4
MAX_FILL: Final = CELLS // 4
"""Cells in use: 79,000 zones, of new ones one in 60 passes for seen. Then the filters change over."""
TURN: Final = 45
"""Days until they change over in any case; a zone unseen for 90 is forgotten."""
DAY: Final = 86400.0
LAST_DAY: Final = 0xFFFF
NEVER: Final = -1
MAGIC: Final = b"dnsguard zones seen 2\n"
_HEADER: Final = 16
_MASK32: Final = 0xFFFFFFFF
_GOLDEN: Final = 0x1E3779B1
"""Below 2^30, so that compiled products stay machine words."""


class ZonesSeen:
    """One worker's. Zones are registrable domains, lower case, without final dot; times are Unix seconds."""

    __slots__ = ("_filled", "_new", "_old", "_since", "_turned", "evicted")

    def __init__(self) -> None:
        self._new = _empty()
        self._old = _empty()
        self._filled = 0
        self._turned = 0
        """Day of the last change-over; 0: nothing was seen yet."""
        self._since = 0
        """Day of the first zone."""
        self.evicted = 0
        """Change-overs that came early because the filter was full."""

    def watched(self, now: float) -> int:
        """Days since the first zone: what is younger than the history itself tells nothing."""
        return max(_day(now) - self._since, 0) if self._since else 0

    def age(self, zone: str, now: float) -> int:
        """Days since the zone was first seen, 0 for today; NEVER for one that was not."""
        key = zlib.crc32(zone.encode())
        first = _first(self._new, key) or _first(self._old, key)
        return max(_day(now) - first, 0) if first else NEVER

    def note(self, zone: str, now: float) -> int:
        """Remember that the zone was asked for; gives its age before."""
        today = _day(now)
        if not self._since:
            self._since = self._turned = today
        elif self._filled >= MAX_FILL or today - self._turned >= TURN:
            self.evicted += self._filled >= MAX_FILL
            self._old, self._new = self._new, _empty()
            self._filled = 0
            self._turned = today
        key = zlib.crc32(zone.encode())
        first = _first(self._new, key)
        if first:
            return max(today - first, 0)
        first = _first(self._old, key)
        self._set(key, first or today)
        return max(today - first, 0) if first else NEVER

    def _set(self, key: int, day: int) -> None:
        cells = self._new
        base = _base(key)
        place = _place(key)
        for _ in range(HASHES):
            cell = base | place & (BLOCK - 1)
            held: int = cells[cell]
            if not held:
                self._filled += 1
                cells[cell] = day
            elif day < held:
                cells[cell] = day
            place >>= 5

    def dump(self) -> bytes:
        """Everything, as `load` reads it; some 100 kB for 10,000 zones."""
        header = b"".join(n.to_bytes(4, "little") for n in (self._filled, self._turned, self._since, self.evicted))
        return MAGIC + zlib.compress(header + _bytes(self._new) + _bytes(self._old), 1)

    def load(self, data: bytes) -> None:
        """Become what was dumped; ValueError, and nothing changes, if that is not what it is."""
        if not data.startswith(MAGIC):
            raise ValueError("no history of zones, or one of another version")
        try:
            # Adler-32 inside tells a torn file
            plain = zlib.decompress(data[len(MAGIC) :])
        except zlib.error as error:
            raise ValueError(f"history of zones is damaged: {error}") from error
        if len(plain) != _HEADER + 4 * CELLS:
            raise ValueError("history of zones is of another size")
        self._filled, self._turned, self._since, self.evicted = (
            int.from_bytes(plain[at : at + 4], "little") for at in range(0, _HEADER, 4)
        )
        self._new = _cells(plain[_HEADER : _HEADER + 2 * CELLS])
        self._old = _cells(plain[_HEADER + 2 * CELLS :])


def _day(now: float) -> int:
    """Days since 1970, from 1 (0 is an empty cell) to what two bytes hold (the year 2149)."""
    return min(max(int(now // DAY), 1), LAST_DAY)


def _base(key: int) -> int:
    """First cell of the key's block."""
    return key & (CELLS - BLOCK)


def _place(key: int) -> int:
    """Places in the block, five bits each: the high ones of a product mix all of the key's (Fibonacci hashing)."""
    return (key * _GOLDEN & _MASK32) >> 12


def _first(cells: "array[int]", key: int) -> int:
    """Latest day that the key's cells hold; 0 if one of them is empty."""
    latest = 0
    base = _base(key)
    place = _place(key)
    for _ in range(HASHES):
        day: int = cells[base | place & (BLOCK - 1)]
        if day == 0:
            return 0
        latest = max(latest, day)
        place >>= 5
    return latest


def _empty() -> "array[int]":
    return array("H", bytes(2 * CELLS))


def _bytes(cells: "array[int]") -> bytes:
    # little-endian on every machine this runs on (x86-64, ARM64)
    return cells.tobytes()


def _cells(data: bytes) -> "array[int]":
    return array("H", data)
