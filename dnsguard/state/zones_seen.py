"""The network's own history: which zones anybody here has asked for, and since when.

A hash table of the zones' tags, each with the day on which its zone was first seen: four bytes a zone. The error has
one side, as a Bloom filter's has: a zone may pass for seen, where another has the same tag; one that was seen never
passes for new.

Two such tables take turns. When one is as full as it may be, or has served its time, the other is emptied and takes
over; a zone that is asked for again takes its day along. So a zone is forgotten after one turn unseen at the earliest.
"""

import zlib
from array import array
from typing import Final

SLOTS: Final = 1 << 18
"""Of each of the two tables; 4 bytes a slot, 2 MB together. A zone's place is the low bits of its CRC-32, or the next
that is free (linear probing): neighbours share a line of the processor's cache."""
MAX_FILL: Final = SLOTS // 2
"""Zones: then a new one is compared with 1.5 others, and one in 10,000 passes for seen. Then the tables change over."""
TURN: Final = 45
"""Days until they change over in any case; a zone unseen for 90 is forgotten."""
DAY: Final = 86400.0
LAST_DAY: Final = 0xFFFF
NEVER: Final = -1
MAGIC: Final = b"dnsguard zones seen 3\n"
_HEADER: Final = 12
_DAY_BITS: Final = 16
"""The low bits of a slot, and as many of the CRC are left out of the tag; 0 is a free slot."""


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
        """Change-overs that came early because the table was full."""

    def watched(self, now: float) -> int:
        """Days since the first zone: what is younger than the history itself tells nothing."""
        return max(_day(now) - self._since, 0) if self._since else 0

    def age(self, zone: str, now: float) -> int:
        """Days since the zone was first seen, 0 for today; NEVER for one that was not."""
        key = zlib.crc32(zone.encode())
        first = _day_at(self._new, _place(self._new, key)) or _day_at(self._old, _place(self._old, key))
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
        place = _place(self._new, key)
        first = _day_at(self._new, place)
        if first:
            return max(today - first, 0)
        first = _day_at(self._old, _place(self._old, key))
        self._new[place] = key >> _DAY_BITS << _DAY_BITS | (first or today)
        self._filled += 1
        return max(today - first, 0) if first else NEVER

    def dump(self) -> bytes:
        """Everything, as `load` reads it; some 100 kB for 10,000 zones."""
        header = b"".join(n.to_bytes(4, "little") for n in (self._turned, self._since, self.evicted))
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
        if len(plain) != _HEADER + 8 * SLOTS:
            raise ValueError("history of zones is of another size")
        new, old = (_slots(plain[at : at + 4 * SLOTS]) for at in (_HEADER, _HEADER + 4 * SLOTS))
        if min(new.count(0), old.count(0)) < SLOTS - MAX_FILL:
            # a look goes on until there is a free slot
            raise ValueError("history of zones is fuller than it may be")
        self._new, self._old = new, old
        self._filled = SLOTS - new.count(0)
        self._turned, self._since, self.evicted = (
            int.from_bytes(plain[at : at + 4], "little") for at in range(0, _HEADER, 4)
        )


def _day(now: float) -> int:
    """Days since 1970, from 1 (0 is a free slot) to what two bytes hold (the year 2149)."""
    return min(max(int(now // DAY), 1), LAST_DAY)


def _place(slots: "array[int]", key: int) -> int:
    """Where the zone stands, or would."""
    tag = key >> _DAY_BITS
    at = key & (SLOTS - 1)
    while True:
        slot: int = slots[at]
        if slot == 0 or slot >> _DAY_BITS == tag:
            return at
        at = (at + 1) & (SLOTS - 1)


def _day_at(slots: "array[int]", place: int) -> int:
    slot: int = slots[place]
    return slot & LAST_DAY


def _empty() -> "array[int]":
    return array("I", bytes(4 * SLOTS))


def _bytes(slots: "array[int]") -> bytes:
    # little-endian on every machine this runs on (x86-64, ARM64)
    return slots.tobytes()


def _slots(data: bytes) -> "array[int]":
    return array("I", data)
