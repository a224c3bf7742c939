"""Hand-made workers and peers, and a clock that is set."""

from types import SimpleNamespace

import pytest

from dnsguard.hub import care as module
from dnsguard.hub.care import SILENCE, UNHEARD, Care


class Supervisor:
    def __init__(self):
        self.workers = [SimpleNamespace(index=0, pid=100, started=0.0), SimpleNamespace(index=1, pid=101, started=0.0)]
        self.killed = []

    def kill(self, index):
        self.killed.append(index)


def peer(pid, heard=0.0, ready=True):
    return SimpleNamespace(hello=SimpleNamespace(pid=pid), heard=heard, ready=ready)


@pytest.fixture
def world(monkeypatch):
    now = SimpleNamespace(time=0.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: now.time)
    server = SimpleNamespace(own=[peer(100), peer(101)])
    supervisor = Supervisor()
    care = Care(supervisor, server)

    def until(end, step=1.0):
        while now.time < end:
            now.time += step
            care.look()

    return SimpleNamespace(now=now, server=server, supervisor=supervisor, care=care, until=until)


def test_a_worker_that_reports_lives(world):
    for _ in range(100):
        world.until(world.now.time + 2)
        for one in world.server.own:
            one.heard = world.now.time
    assert world.supervisor.killed == []


def test_one_that_serves_and_falls_silent_is_ended(world):
    world.until(SILENCE)
    assert world.supervisor.killed == []
    world.server.own[0].heard = world.now.time
    world.until(SILENCE + 1)
    assert world.supervisor.killed == [1]


def test_one_that_closes_its_link_late_in_its_life_is_given_time_to_end(world):
    for one in world.server.own:
        one.heard = 1e9
    world.until(10 * UNHEARD)
    world.server.own.pop()
    world.until(world.now.time + UNHEARD)
    assert world.supervisor.killed == []
    world.until(world.now.time + 1)
    assert world.supervisor.killed == [1]


def test_one_that_never_connects_is_ended_later(world):
    world.server.own = [peer(101, heard=1e9)]
    world.until(UNHEARD)
    assert world.supervisor.killed == []
    world.until(UNHEARD + 1)
    assert world.supervisor.killed == [0]


def test_one_that_waits_for_its_configuration_or_is_not_running_is_left_alone(world):
    world.server.own = [peer(100, ready=False)]
    world.supervisor.workers[1].pid = 0
    world.until(500)
    assert world.supervisor.killed == []


def test_after_the_hub_itself_was_stopped_everyone_gets_time(world):
    world.until(500, step=500)
    assert world.supervisor.killed == []
    world.until(500 + SILENCE)
    assert world.supervisor.killed == []
    world.until(500 + SILENCE + 1)
    assert sorted(world.supervisor.killed) == [0, 1]


def test_those_without_a_link_cannot_drain(world):
    world.server.own = [peer(101)]
    world.care.end_unconnected()
    assert world.supervisor.killed == [0]
