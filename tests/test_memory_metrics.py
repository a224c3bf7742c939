import pytest

from dnsguard.detect.memory import Memory
from dnsguard.detect.tunnel import Counted
from dnsguard.memory_metrics import MemoryMetrics
from dnsguard.state import counters as count
from dnsguard.state.anomalies import Anomalies
from dnsguard.state.counters import Counters, Table
from dnsguard.state.tunnels import Tunnels


class Kind:
    """Holds a table of tunnels' zones."""

    def __init__(self) -> None:
        self.entries = self.evicted = 0

    def tables(self) -> list[Table]:
        return [("tunnel_zones", self.entries, self.evicted)]


def test_entries_are_as_they_are_and_evictions_add_up_over_restarts() -> None:
    counters = Counters()
    for expected in ((7, 5), (7, 10)):
        # each time the worker is another, and the counters are the same
        memory = Memory()
        kind = memory.of(Kind)
        metrics = MemoryMetrics(memory, counters)
        for kind.entries, kind.evicted in ((3, 2), (7, 5)):
            metrics.show()
        read = counters.read()
        assert (read["entries_tunnel_zones"], read["evicted_tunnel_zones"]) == expected


@pytest.mark.parametrize("kind", [Tunnels, Counted, Anomalies])
def test_every_table_has_its_metric(kind: type[Tunnels | Counted | Anomalies]) -> None:
    memory, counters = Memory(), Counters()
    memory.of(kind)
    MemoryMetrics(memory, counters).show()
    for table, *_ in memory.tables():
        assert table in count.TABLES


def test_what_is_not_counted_is_no_metric() -> None:
    counters = Counters()
    memory = Memory()
    memory.of(dict)
    MemoryMetrics(memory, counters).show()
    assert not any(counters.read().values())
