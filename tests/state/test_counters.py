import os

import pytest

from dnsguard.model import ALERT_TYPES
from dnsguard.state import counters as c


def test_every_cell_has_one_name_and_every_family_one_kind_and_help():
    assert len(c.SLOTS) == len(c.FIELDS)
    families = {}
    for item in c.FIELDS:
        assert item.help
        assert families.setdefault(item.metric, (item.kind, item.help, item.labels.keys())) == (
            item.kind,
            item.help,
            item.labels.keys(),
        )
    cells = {(item.metric, *sorted(item.labels.items())) for item in c.FIELDS if item.kind != "histogram"}
    assert len(cells) == sum(item.kind != "histogram" for item in c.FIELDS)


def test_every_alert_type_is_counted():
    assert set(c.FINDINGS) == set(c.DETECTOR_ERRORS) == set(ALERT_TYPES)


def test_two_processes_share_the_cells():
    fd = c.create()
    hub = c.Counters(fd)
    pid = os.fork()
    if pid == 0:
        worker = c.Counters(fd)
        worker.cells[c.HITS] += 3
        worker.add(c.FINDINGS["threat_intel"], 2)
        worker.set(c.CACHE_BYTES, 1 << 40)
        os._exit(0)
    os.waitpid(pid, 0)
    assert hub.read()["hits"] == 3
    assert hub.read()["findings_threat_intel"] == 2
    assert hub.read()["cache_bytes"] == 1 << 40
    hub.clear_gauges()
    assert (hub.read()["hits"], hub.read()["cache_bytes"]) == (3, 0)
    hub.close()
    os.close(fd)


@pytest.mark.parametrize(
    ("us", "name"),
    [
        (0, "latency_le_50"),
        (50, "latency_le_50"),
        (50.1, "latency_le_100"),
        (5e6, "latency_le_5000000"),
        (9e9, "latency_le_inf"),
    ],
)
def test_latency_falls_into_the_bucket_whose_bound_it_does_not_exceed(us, name):
    counters = c.Counters()
    counters.latency(us)
    assert counters.read()[name] == 1
    assert counters.read()["latency_sum_us"] == int(us)
    assert c.latency_slot(us) == c.SLOTS[name]
