"""What the hub makes of workers' self-tests; the workers are made by hand."""

from types import SimpleNamespace

import pytest

from dnsguard import link
from dnsguard.alerts.database import OutboxError
from dnsguard.hub.heartbeats import STALE, Heartbeats
from dnsguard.link import SelfTested
from dnsguard.model import ALERT_TYPES
from dnsguard.state import counters as count


class World:
    """Two workers, a clock, and an outbox that can be full."""

    def __init__(self):
        self.now = 10_000.0
        self.peers = [self.worker(0), self.worker(1)]
        self.cells = [[0] * len(count.FIELDS), [0] * len(count.FIELDS)]
        self.announced = []
        self.full = False
        self.heartbeats = Heartbeats(lambda: self.peers, lambda: self.cells, self.announce, lambda: self.now)

    @staticmethod
    def worker(index):
        tests = [SelfTested(slug, "good", waits=100.0, age=20.0) for slug in ALERT_TYPES]
        return SimpleNamespace(ready=True, hello=SimpleNamespace(index=index), status=link.Status(selftests=tests))

    def set(self, worker, slug, *test, **more):
        tests = self.peers[worker].status.selftests
        tests[[one.slug for one in tests].index(slug)] = SelfTested(slug, *test, **more)

    async def announce(self, alert):
        if self.full:
            raise OutboxError("full")
        self.announced.append((alert.zone, alert.action, alert.reason))

    def report(self, slug):
        return next(one for one in self.heartbeats.reports() if one.slug == slug)


@pytest.fixture
def world():
    return World()


async def test_all_is_well(world):
    await world.heartbeats.look()
    assert world.announced == []
    assert {(one.selftest, one.stopped, one.last_selftest) for one in world.heartbeats.reports()} == {
        ("good", False, 9980.0)
    }


async def test_one_that_fails_is_told_once_and_its_recovery_too(world):
    world.set(1, "dark_web", "failed", "ZeroDivisionError: of its own", waits=100.0, age=140.0)
    for _ in range(3):
        await world.heartbeats.look()
    why = "worker 1: it does not find a known-bad sample (ZeroDivisionError: of its own)"
    assert world.announced == [("dark_web", "alert", why)]
    said = world.report("dark_web")
    assert (said.selftest, said.stopped, said.error, said.last_selftest) == (
        "failed",
        True,
        "ZeroDivisionError: of its own",
        9860.0,
    )
    world.set(1, "dark_web", "good", waits=200.0, age=1.0)
    for _ in range(3):
        await world.heartbeats.look()
    assert world.announced[1:] == [("dark_web", "resolved", "finds what it must again")]
    assert not world.report("dark_web").stopped


@pytest.mark.parametrize(
    ("test", "stopped"),
    [
        ({"result": "good", "age": STALE + 60}, True),
        ({"result": "good", "age": STALE - 60}, False),
        ({"result": "insensitive", "age": STALE + 60}, True),
        ({"result": "waiting", "waits": STALE + 60}, True),
        ({"result": "waiting", "waits": STALE - 60}, False),
        ({"result": "off", "waits": STALE * 9}, False),
        ({"result": "untested", "waits": STALE * 9}, False),
        ({"result": "off", "waits": STALE * 9, "age": STALE * 8}, False),
        ({"result": "insensitive", "age": 3.0}, False),
    ],
)
async def test_silence_is_no_good_sign_and_rest_is_no_silence(world, test, stopped):
    world.set(0, "threat_intel", **test)
    await world.heartbeats.look()
    assert bool(world.announced) is stopped
    if stopped:
        assert "has not proved itself for 11 minutes" in world.announced[0][2]


async def test_a_worker_that_does_not_serve_yet_says_nothing(world):
    world.set(0, "threat_intel", "failed")
    world.peers[0].ready = False
    await world.heartbeats.look()
    assert world.announced == []
    world.peers = []
    await world.heartbeats.look()
    assert world.report("threat_intel").selftest == "waiting"
    assert world.report("threat_intel").last_selftest == 0


async def test_never_yet_in_one_worker_is_never_yet(world):
    world.set(0, "threat_intel", "waiting", waits=3.0)
    assert world.report("threat_intel").last_selftest == 0
    assert world.report("threat_intel").selftest == "waiting"


async def test_a_full_disk_delays_it(world):
    world.full = True
    world.set(0, "threat_intel", "failed")
    await world.heartbeats.look()
    assert not world.report("threat_intel").stopped
    world.full = False
    await world.heartbeats.look()
    assert len(world.announced) == 1


async def test_what_was_judged_and_when_last(world):
    world.cells[0][count.MISSES] = 70
    world.cells[1][count.MISSES] = 30
    world.cells[0][count.DETECTOR_JUDGED["dark_web"]] = 5
    world.cells[1][count.FINDINGS["dark_web"]] = 2
    world.cells[1][count.DETECTOR_ERRORS["dark_web"]] = 1
    await world.heartbeats.look()
    world.now = 10_500.0
    await world.heartbeats.look()
    said = world.report("dark_web")
    assert (said.asked, said.judged, said.last_judged, said.findings, said.errors) == (100, 5, 10_000.0, 2, 1)
    assert world.report("threat_intel").last_judged == 0
