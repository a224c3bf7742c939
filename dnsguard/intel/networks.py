"""Networks as a snapshot has them: sorted starts of ranges, each with the row of all networks that cover it.

Networks nest or lie apart, never across each other, so a stack finds all ranges in one pass over the sorted networks.
"""

import ipaddress
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

V4_LAST: Final = (1 << 32) - 1
V6_LAST: Final = (1 << 128) - 1
_LOW: Final = (1 << 64) - 1


class Starts:
    """Where ranges begin: IPv4 as one column of 32 bits, IPv6 as two of 64."""

    __slots__ = ("_high", "_low", "_octets", "_v4")

    def __init__(self, v4: Sequence[int], high: Sequence[int], low: Sequence[int]) -> None:
        self._v4: Final = v4
        self._high: Final = high
        self._low: Final = low
        # where each first octet's starts are: eight steps of the search, and all of them where nothing is listed
        self._octets: Final = [bisect_left(v4, octet << 24) for octet in range(256)] + [len(v4)]

    def __len__(self) -> int:
        """Count the ranges of both."""
        return len(self._v4) + len(self._high)

    def find(self, packed: bytes) -> int:
        """Give the number of the range that has an address (4 or 16 bytes), IPv4's first; -1 if it lies before all."""
        if len(packed) == 4:
            octet = packed[0]
            octets = self._octets
            return bisect_right(self._v4, int.from_bytes(packed, "big"), octets[octet], octets[octet + 1]) - 1
        high = self._high
        if not high:
            return -1
        first = int.from_bytes(packed[:8], "big")
        begin = bisect_left(high, first)
        end = bisect_right(high, first, begin)
        at = bisect_right(self._low, int.from_bytes(packed[8:], "big"), begin, end) - 1
        return at + len(self._v4) if at >= 0 else -1

    def __iter__(self) -> Iterator[bytes]:
        """Walk the first address of each range, packed."""
        for start in self._v4:
            yield start.to_bytes(4, "big")
        for high, low in zip(self._high, self._low, strict=True):
            yield (high << 64 | low).to_bytes(16, "big")


class Open(Generic[T]):
    """A network whose end has not come yet."""

    __slots__ = ("last", "things")

    def __init__(self, last: int, things: list[T]) -> None:
        self.last = last
        self.things = things


def ranges(networks: Iterable[tuple[int, int, list[T]]], last: int) -> Iterator[tuple[int, list[T]]]:
    """Cut sorted networks (first, last, things), the wider first, into ranges (start, things of all that cover it).

    The most exact network's things come first; none where no network is. `last` is the last address there is.
    """
    stack: list[Open[T]] = []
    begun = -1
    for first, end, things in networks:
        # one that begins with the next is covered by the next's range
        if 0 <= begun < first:
            yield begun, _all(stack)
        yield from _closed(stack, first)
        stack.append(Open(end, things))
        begun = first
    if begun >= 0:
        yield begun, _all(stack)
    yield from _closed(stack, last + 1)


def _closed(stack: list[Open[T]], until: int) -> Iterator[tuple[int, list[T]]]:
    """Close the networks that end before `until`."""
    while stack and stack[-1].last < until:
        start = stack.pop().last + 1
        while stack and stack[-1].last < start:
            stack.pop()
        if start < until:
            yield start, _all(stack)


def _all(stack: list[Open[T]]) -> list[T]:
    return [thing for network in reversed(stack) for thing in network.things]


def parse(text: str) -> tuple[bytes, int]:
    """Give the first address, packed, and the prefix length of a network as `str` of ipaddress writes it."""
    host, _, prefix = text.partition("/")
    if ":" in host:
        return ipaddress.IPv6Address(host).packed, int(prefix)
    return bytes(map(int, host.split("."))), int(prefix)


def text(packed: bytes, prefix: int) -> str:
    """Name the network of a prefix length around an address."""
    bits = 8 * len(packed)
    first = (int.from_bytes(packed, "big") >> (bits - prefix) << (bits - prefix)).to_bytes(len(packed), "big")
    host = ".".join(map(str, first)) if bits == 32 else str(ipaddress.IPv6Address(first))
    return f"{host}/{prefix}"
