"""How much a label's 4-grams speak for a machine that made it up: one table look-up a character.

Characters are packed into 5 bits: letters one each, digits three classes, the hyphen, everything else, and the label's
border. A table has a byte for each of the 2**20 packed 4-grams: 128 + 16 * weight [nats], cut to 0..255.
"""

from typing import Final

BITS: Final = 5
MASK: Final = (1 << 4 * BITS) - 1
SIZE: Final = 1 << 4 * BITS
"""Entries of a table: 1 MiB. [bytes]"""
SCALE: Final = 16.0
"""Steps of a nat."""
ZERO: Final = 128
LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"


def _symbols() -> bytes:
    table = bytearray([28] * 256)
    for at, letter in enumerate(LETTERS):
        table[letter] = table[letter - 32] = at + 1
    table[ord("-")] = 27
    for digit in b"0123456789":
        table[digit] = 29 if digit == 48 else 30 if digit < 53 else 31
    return bytes(table)


SYMBOLS: Final[bytes] = _symbols()
"""Octet -> symbol, 1 to 31; 0 is the border."""


def total(table: bytes, label: bytes) -> int:
    """Sum the weights of the label's 4-grams, of one border before it and one behind. [1/16 nat].

    `table` has SIZE octets. Cost: 0.05 us compiled, 1 us interpreted for 12 characters.
    """
    code = 0
    found = 0
    for symbol in label.translate(SYMBOLS):
        code = (code << 5 | symbol) & 0xFFFFF
        found += table[code]
    found += table[code << 5 & 0xFFFFF]
    return found - 128 * (len(label) + 1)


def weights(table: bytes, label: bytes) -> list[int]:
    """List the weights one by one: of the 4-gram that ends at each character, and of the last with the border."""
    code = 0
    found: list[int] = []
    for symbol in label.translate(SYMBOLS):
        code = (code << 5 | symbol) & 0xFFFFF
        found.append(table[code] - 128)
    found.append(table[code << 5 & 0xFFFFF] - 128)
    return found


def strongest(table: bytes, label: str, count: int) -> list[tuple[str, float]]:
    """Name the `count` 4-grams that speak most for a machine, with their weights in nats; `^` and `$` are borders."""
    marked = "^^^" + label + "$"
    found = [(weight, marked[at : at + 4].lstrip("^")) for at, weight in enumerate(weights(table, label.encode()))]
    found.sort(key=lambda each: (-each[0], each[1]))
    return [(gram, weight / SCALE) for weight, gram in found[:count] if weight > 0]
