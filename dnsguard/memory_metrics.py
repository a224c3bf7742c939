"""What detectors remember, as metrics: entries and evictions of each table, in the counters that the hub reads."""

from typing import Final

from dnsguard.detect.memory import Memory
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters


class MemoryMetrics:
    """One worker's."""

    def __init__(self, memory: Memory, counters: Counters) -> None:
        self._memory: Final = memory
        self._counters: Final = counters
        self._evicted: Final[dict[str, int]] = {}
        """As shown last: the counters go on where a dead worker's stopped."""

    def show(self) -> None:
        """Bring the counters up to date; call it every few seconds."""
        for table, entries, evicted in self._memory.tables():
            if entries >= 0:
                self._counters.set(count.ENTRIES[table], entries)
            self._counters.add(count.EVICTED[table], evicted - self._evicted.get(table, 0))
            self._evicted[table] = evicted
