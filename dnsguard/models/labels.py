"""What a host name's labels cost: the code length of each character after the two before it, among honest names.

A name that people or their programs chose costs two or three bits a character, and one that carries data costs what it
carries: four bits a character of hex, five of base32 (the bound of Paxson et al., USENIX Security 2013, per query).
The table's card is label_bits.md; tests/make_labels.py makes it again.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import Final

SYMBOLS: Final = 41
"""Letters, digits, hyphen, underscore, dot, all else, and the boundary before and behind."""
OTHER: Final = 39
BOUNDARY: Final = 40
SCALE: Final = 16
"""Costs are in sixteenths of a bit."""
_START: Final = BOUNDARY << 6 | BOUNDARY
_MASK: Final = 0x3FFFF


def _codes() -> bytes:
    codes = [OTHER] * 256
    for code, octet in enumerate(b"abcdefghijklmnopqrstuvwxyz0123456789-_."):
        codes[octet] = code
    return bytes(codes)


CODES: Final = _codes()
"""Octet to symbol."""


def symbols(text: str) -> bytes:
    """A symbol for each character of ASCII text in lower case."""
    return text.encode("ascii", "replace").translate(CODES)


class Labels:
    """The table, spread so that a shift finds a context: 256 kB."""

    __slots__ = ("_costs",)

    def __init__(self, costs: bytes) -> None:
        """`costs` by symbol before last, last symbol and symbol."""
        spread = bytearray(1 << 18)
        row = 0
        for first in range(SYMBOLS):
            for second in range(SYMBOLS):
                at = first << 12 | second << 6
                spread[at : at + SYMBOLS] = costs[row : row + SYMBOLS]
                row += SYMBOLS
        self._costs: Final = bytes(spread)

    def cost(self, text: str) -> int:
        """Code length of what stands below a zone, in sixteenths of a bit; the dots cost as well."""
        costs = self._costs
        context = _START
        total = 0
        for symbol in text.encode("ascii", "replace").translate(CODES):
            context = (context << 6 | symbol) & _MASK
            total += costs[context]
        return total + costs[(context << 6 | BOUNDARY) & _MASK]


@cache
def labels() -> Labels:
    """Read the table, once."""
    return Labels(zlib.decompress((Path(__file__).parent / "label_bits.z").read_bytes()))
