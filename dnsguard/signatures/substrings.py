"""Which of many byte strings stand in a message: a filter that costs little when none does.

Every string of 7 bytes or more that stands anywhere in a text covers one of the text's 4-byte words at positions
0, 4, 8, …; so a set of the strings' four such words, and one pass over the text's words, rule most texts out (0.3 us
for a name of 24 bytes, however many strings). Where a word is in the set, up to eight bytes from there are looked up,
and only strings that have them are looked for. Strings of 3 to 6 bytes are found by 2-byte words in the same way.
"""

import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

LEAST: Final = 3
"""Bytes of the shortest string that can be filtered for."""
LONG: Final = 7
"""Bytes from which a string is found by words of four."""
_KEY: Final = 8
"""Bytes that are looked up, where a string has as many."""
_COMMON: Final = "e.aoisntrlcmdupghbfwykv-x0123456789zjq"
"""Octets of names, the most frequent first; \\0 and \\1 are more frequent still, in messages."""
_WEIGHT: Final = {ord(char): 40 - place for place, char in enumerate(_COMMON)} | {0: 60, 1: 50}
_FREQUENT: Final = (b".com", b"www.", b".net", b".org", b".co.", b"cdn.", b"api.", b".in-addr.", b"\0\0\0\0")
FEW: Final = 16
"""So many strings are sooner looked for one by one, 0.04 us each."""
_PREPARED: Final = 260
"""Texts shorter than this, all names among them, have their words read by a prepared struct."""
_NONE: Final[Sequence[int]] = ()
Find = Callable[[bytes], Sequence[int]]
_Unpack = Callable[[bytes], tuple[Any, ...]]
_Found = list[tuple[bytes, tuple[int, ...]]]


def rarest(string: bytes) -> int:
    """Where the bytes of a string begin that stand in the fewest texts; for `finder`."""
    width = 4 if len(string) >= LONG else 2
    size = width - 1 + min(_KEY, len(string) - width + 1)
    weights = [_WEIGHT.get(octet, 5) for octet in string]
    return min(
        range(len(string) - size + 1),
        key=lambda start: (
            sum(weights[start : start + size])
            + sum(200 for word in _FREQUENT if string.find(word, start, start + size) >= 0)
        ),
    )


class Few:
    """Strings that are looked for one by one."""

    __slots__ = ("_strings",)

    def __init__(self, strings: Iterable[tuple[bytes, int, tuple[int, ...]]]) -> None:
        self._strings: Final = [(string.decode("latin-1"), rules) for string, _, rules in strings]

    def find(self, text: bytes) -> Sequence[int]:
        """As `finder` says."""
        # `in` on bytes makes and drops an exception each time (_Py_bytes_contains asks for an integer first)
        return self.find_in(text.decode("latin-1"))

    def find_in(self, characters: str) -> Sequence[int]:
        """As `finder` says, of a text with a character for each octet."""
        found: list[int] = []
        for string, rules in self._strings:
            if string in characters:
                found += rules
        return found


class _Words:
    """The strings that are found by words of one width."""

    __slots__ = ("_format", "_keys", "_misses", "_shared", "_sizes", "_unpack", "_width")

    def __init__(self, width: int, strings: Iterable[tuple[bytes, int, tuple[int, ...]]]) -> None:
        self._width: Final = width
        self._format: Final = {4: "I", 2: "H"}[width]
        self._unpack: Final[tuple[_Unpack, ...]] = tuple(self._struct(size).unpack for size in range(_PREPARED))
        sizes: dict[int, set[int]] = {}
        self._keys: Final[dict[bytes, _Found]] = {}
        for string, start, rules in strings:
            size = min(_KEY, len(string) - width + 1)
            for offset in range(start, start + width):
                key = string[offset : offset + size]
                sizes.setdefault(int.from_bytes(key[:width], sys.byteorder), set()).add(size)
                self._keys.setdefault(key, []).append((string, rules))
        self._sizes: Final = {word: tuple(found) for word, found in sizes.items()}
        self._misses: Final = frozenset(sizes).isdisjoint
        self._shared: Final = frozenset(sizes).intersection

    def _struct(self, size: int) -> struct.Struct:
        return struct.Struct(f"={size // self._width}{self._format}{size % self._width}x")

    def find(self, text: bytes) -> Sequence[int]:
        size = len(text)
        words = self._unpack[size](text) if size < _PREPARED else self._struct(size).unpack(text)
        return _NONE if self._misses(words) else self._verify(self._shared(words), words, text)

    def _verify(self, hits: frozenset[int], words: tuple[int, ...], text: bytes) -> Sequence[int]:
        found: list[int] = []
        keys = self._keys
        for word in hits:
            place = -1
            # the same word may stand at several places
            for _ in range(words.count(word)):
                place = words.index(word, place + 1)
                start = place * self._width
                for length in self._sizes[word]:
                    for string, rules in keys.get(text[start : start + length], ()):
                        if string in text:
                            found += rules
        return found


class _Both:
    """Two searches in one."""

    __slots__ = ("_one", "_other")

    def __init__(self, one: Find, other: Find) -> None:
        self._one: Final = one
        self._other: Final = other

    def find(self, text: bytes) -> Sequence[int]:
        """As `finder` says."""
        found, more = self._one(text), self._other(text)
        return [*found, *more] if found and more else found or more


def finder(strings: Iterable[tuple[bytes, int, tuple[int, ...]]]) -> Find:
    """Make a search of strings, each with where its rarest bytes begin and the numbers of the rules that need it.

    It takes a text and gives the numbers of the rules whose string stands in it, in no order, and maybe twice. Strings
    and texts are compared as they are: lower case on both sides is the caller's affair.
    """
    strings = list(strings)
    if len(strings) <= FEW:
        return Few(strings).find
    long: list[tuple[bytes, int, tuple[int, ...]]] = []
    short: list[tuple[bytes, int, tuple[int, ...]]] = []
    for string in strings:
        (long if len(string[0]) >= LONG else short).append(string)
    of_four, of_two = _Words(4, long).find, _Words(2, short).find
    if not short:
        return of_four
    if not long:
        return of_two

    return _Both(of_four, of_two).find
