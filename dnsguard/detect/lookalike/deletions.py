"""A quick no to whether a text is among some, or becomes one of them when one character is left out of it.

A Bloom filter of two bits a text. The hash is a polynomial (Karp and Rabin 1987) modulo 2^30, whose base is odd and so
has an inverse: the hash without a character follows from that without its neighbour in a few steps, and no shorter text
is ever made.
"""

from collections.abc import Iterable
from typing import Final

_BASE: Final = 0x2545F491
_INVERSE: Final = pow(_BASE, -1, 1 << 30)
_MASK: Final = (1 << 30) - 1
"""Products of two such numbers stay below 2^62, where compiled integers are machine words."""
_SHIFT: Final = 30 - 21
"""High bits depend on all characters, low ones on the low bits of each only."""
_MIX: Final = 0x1E3779B1


class Deletions:
    """Immutable; 256 KiB."""

    __slots__ = ("_bits",)

    def __init__(self, texts: Iterable[bytes]) -> None:
        bits = bytearray(1 << (30 - _SHIFT - 3))
        for text in texts:
            found = _hashed(text)
            for at in (found >> _SHIFT, _other(found)):
                bits[at >> 3] |= 1 << (at & 7)
        self._bits: Final = bytes(bits)

    def may_reach(self, text: bytes) -> bool:
        """Whether the text, or the text without one octet, may be among the texts.

        With 24,000 texts one of 2,000 others that octets are left out of meets two bits by chance.
        """
        bits = self._bits
        before = _hashed(text)
        at = before >> _SHIFT
        if bits[at >> 3] >> (at & 7) & 1:
            at = _other(before)
            if bits[at >> 3] >> (at & 7) & 1:
                return True
        behind = 0
        power = 1
        for place in range(len(text) - 1, -1, -1):
            octet = text[place]
            before = ((before - octet) & _MASK) * _INVERSE & _MASK
            found = before * power + behind & _MASK
            at = found >> _SHIFT
            if bits[at >> 3] >> (at & 7) & 1:
                at = _other(found)
                if bits[at >> 3] >> (at & 7) & 1:
                    return True
            behind = octet * power + behind & _MASK
            power = power * _BASE & _MASK
        return False


def _hashed(text: bytes) -> int:
    found = 0
    for place in range(len(text)):
        found = found * _BASE + text[place] & _MASK
    return found


def _other(found: int) -> int:
    """The second bit's place."""
    return ((found ^ found >> 15) * _MIX & _MASK) >> _SHIFT
