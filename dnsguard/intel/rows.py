"""What a snapshot knows of each listed thing: one row a name or network, in columns, 5 to 8 bytes each.

A row is a kind and a line. A kind is what many entries of a list have in common (list, date, confidence, reach,
action), kept once in a table; kinds are few, so a row names its own in 1, 2 or 4 bytes. A name that several lists have,
or one list twice, has the kind SEVERAL, and its line is where its listings stand in the column `more`: how many, then
kind and line of each.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

SEVERAL: Final = 0
NOTHING: Final = 1
"""The row of a gap between networks."""
FIRST: Final = 2
"""The number of the first kind in the table."""
_KIND: Final = struct.Struct("<IHBBBBBx")
KIND_SIZE: Final = _KIND.size
"""Bytes of a kind in the table."""
REMEMBERED: Final = 4096
"""Kinds that are kept unpacked: some 700 kB."""
Column = Sequence[int]


class Kind(NamedTuple):
    """What many entries have in common."""

    added: int
    """Since when the list has it. [unix seconds]"""
    list_number: int
    confidence: int
    """0 to 100."""
    scope: int
    trigger: int
    action: int
    prefix: int
    """Length of a network's prefix [bits]; 0 for names."""

    def pack(self) -> bytes:
        """Give the table's bytes."""
        return _KIND.pack(*self)


class Rows:
    """The columns, mapped."""

    __slots__ = ("_known", "_more", "_table", "codes", "lines")

    def __init__(self, kinds: Column, lines: Column, more: Column, table: memoryview | bytes) -> None:
        self.codes: Final = kinds
        """The column of kinds: who meets many gaps may look for NOTHING there."""
        self.lines: Final = lines
        self._more: Final = more
        self._table: Final = table
        self._known: Final[dict[int, Kind]] = {}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.codes)

    def numbers(self, row: int) -> list[tuple[int, int]]:
        """Give each listing of a row, as (number of its kind, line)."""
        number, line = self.codes[row], self.lines[row]
        if number == NOTHING:
            return []
        if number != SEVERAL:
            return [(number, line)]
        more = self._more
        return [(more[i], more[i + 1]) for i in range(line + 1, line + 1 + 2 * more[line], 2)]

    def at(self, row: int) -> list[tuple[Kind, int]]:
        """Give each listing of a row, as (kind, line)."""
        return [(self.kind(number), line) for number, line in self.numbers(row)]

    def kinds(self) -> Iterator[Kind]:
        """Walk the table."""
        return map(Kind._make, _KIND.iter_unpack(self._table))

    def kind(self, number: int) -> Kind:
        """Unpack a kind, or remember it."""
        kind = self._known.get(number)
        if kind is None:
            kind = Kind._make(_KIND.unpack_from(self._table, (number - FIRST) * KIND_SIZE))
            if len(self._known) < REMEMBERED:
                self._known[number] = kind
        return kind
