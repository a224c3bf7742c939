"""A quick no for names: which last two labels any listed name has, as bits by their CRC-32.

Whatever a query stands at or below ends in the same two labels as the query, so one bit answers for most names without
a walk through a trie, whose nodes lie all over ten megabytes. It costs a byte or two a name. A set bit proves nothing:
names below `co.uk` are always looked up.
"""

from typing import Final
from zlib import crc32

BITS: Final = 8
"""At least so many for each listed name, at most twice as many: one in twelve names is looked up in vain, or fewer."""
ALL: Final = b"\xff"
"""Every name may be listed: a single label is."""


def tail(name: str) -> str:
    """Give the last two labels; an escaped dot counts as one, which only makes the tail shorter."""
    return name[name.rpartition(".")[0].rfind(".") + 1 :]


class Marks:
    """Takes names, gives the bits."""

    def __init__(self, names: int) -> None:
        """Take how many there will be."""
        size = 8
        while size < names * BITS:
            size *= 2
        self._bits: Final = bytearray(size // 8)
        self._mask: Final = size - 1
        self._single = False

    def add(self, name: str) -> None:
        """Take a listed name."""
        if "." not in name:
            self._single = True
        mark = crc32(tail(name).encode()) & self._mask
        self._bits[mark >> 3] |= 1 << (mark & 7)

    def content(self) -> bytes | bytearray:
        """Give the bits; their number is a power of two."""
        return ALL if self._single else self._bits
