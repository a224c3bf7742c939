"""A dictionary bounded in bytes, that forgets what nobody asked for again.

Eviction is second chance over the order of arrival (a FIFO whose entries go to its end once if they were used since):
a hit only sets a flag, so it costs no write to the order, and a flood of names asked once pushes out itself first.
Corbato, "A Paging Experiment with the Multics System", 1968.
"""

from collections import OrderedDict
from typing import Generic, TypeVar


class Kept:
    """What the store holds."""

    __slots__ = ("cost", "used")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        """Bytes, key and containers included."""
        self.used = False
        """Set by whoever finds it useful; cleared as its second chance is spent."""


V = TypeVar("V", bound=Kept)


class Store(Generic[V]):
    """Values by key, `size` bytes of them at most; readers use `entries` itself."""

    __slots__ = ("bytes", "entries", "evicted", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        # an OrderedDict, for its first key is found at once; a dict's is behind all keys deleted before it
        self.entries: OrderedDict[bytes, V] = OrderedDict()
        self.bytes = 0
        self.evicted = 0
        """How many made room for others."""

    def put(self, key: bytes, value: V) -> None:
        """Keep a value in place of the key's old one; the least wanted ones make room.

        What is larger than the whole store is not kept, and pushes nothing out.
        """
        entries = self.entries
        old = entries.get(key)
        if old is not None:
            # so that the new one goes to the end
            del entries[key]
            self.bytes -= old.cost
        cost = value.cost
        if cost > self.size:
            return
        if self.bytes + cost > self.size:
            self._make_room(cost)
        entries[key] = value
        self.bytes += cost

    def _make_room(self, cost: int) -> None:
        """Let the oldest go until `cost` more bytes fit; what was used goes to the end instead, once."""
        entries = self.entries
        while self.bytes + cost > self.size:
            key, oldest = entries.popitem(last=False)
            if oldest.used:
                oldest.used = False
                entries[key] = oldest
            else:
                self.bytes -= oldest.cost
                self.evicted += 1

    def resize(self, size: int) -> None:
        """Hold so many bytes from now on."""
        self.size = size
        self._make_room(0)

    def drop(self, key: bytes) -> None:
        """Forget a key, if it is there."""
        old = self.entries.pop(key, None)
        if old is not None:
            self.bytes -= old.cost

    def clear(self) -> None:
        """Forget all."""
        self.entries.clear()
        self.bytes = 0
