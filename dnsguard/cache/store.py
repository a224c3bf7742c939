"""A dictionary bounded in bytes, that forgets what nobody asked for again.

Eviction is second chance over the order of arrival (a FIFO whose entries go to its end once if they were used since):
a hit only sets a flag, so it costs no write to the order, and a flood of names asked once pushes out itself first.
Corbato, "A Paging Experiment with the Multics System", 1968.
"""

from collections import OrderedDict
from typing import Final, Generic, Protocol, TypeVar


class Kept(Protocol):
    """What the store holds."""

    cost: int
    """Bytes, key and containers included."""
    used: bool
    """Set by whoever finds it useful; cleared as its second chance is spent."""


V = TypeVar("V", bound=Kept)


class Store(Generic[V]):
    """Values by key, `size` bytes of them at most; readers use `entries` itself."""

    __slots__ = ("bytes", "entries", "evicted", "size")

    def __init__(self, size: int) -> None:
        self.size: Final = size
        # an OrderedDict, for its first key is found at once; a dict's is behind all keys deleted before it
        self.entries: OrderedDict[bytes, V] = OrderedDict()
        self.bytes = 0
        self.evicted = 0
        """How many made room for others."""

    def put(self, key: bytes, value: V) -> None:
        """Keep a value in place of the key's old one; the least wanted ones make room."""
        entries = self.entries
        old = entries.pop(key, None)
        if old is not None:
            self.bytes -= old.cost
        entries[key] = value
        self.bytes += value.cost
        while self.bytes > self.size:
            first, oldest = entries.popitem(last=False)
            if oldest.used and oldest is not value:
                oldest.used = False
                entries[first] = oldest
            else:
                self.bytes -= oldest.cost
                self.evicted += 1

    def drop(self, key: bytes) -> None:
        """Forget a key, if it is there."""
        old = self.entries.pop(key, None)
        if old is not None:
            self.bytes -= old.cost

    def clear(self) -> None:
        """Forget all."""
        self.entries.clear()
        self.bytes = 0
