"""Real processes: scripts that stand for workers and write down that they ran."""

import asyncio
import os
import signal

import pytest

from dnsguard.hub import sockets
from dnsguard.hub import supervisor as module
from dnsguard.hub.launch import COMMAND
from dnsguard.hub.supervisor import Supervisor
from dnsguard.state import counters as count
from tests.lab import ROOT
from tests.waiting import until

LIVES = """
import json, socket, sys, time
from dnsguard.state import counters as count

def prepare():
    return ()

def main():
    a = json.loads(sys.argv[1])
    c = count.Counters(a["counters"])
    c.set(count.CACHE_ENTRIES, 5)
    for fd, kind in ((a["udp"][0], socket.SOCK_DGRAM), (a["tcp"][0], socket.SOCK_STREAM)):
        assert socket.socket(fileno=fd).type == kind
    c.add(count.HITS)
    time.sleep(3600)
"""
DIES = "def prepare(): return ()\ndef main(): raise SystemExit(3)"


@pytest.fixture
async def supervise(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")
    made = []

    async def start(script, workers=2):
        bound = sockets.bind(["127.0.0.1:0"], workers)
        (tmp_path / "script_worker.py").write_text(script)
        own = Supervisor(
            bound, workers, epoch="e", hub_socket=tmp_path / "hub.sock", command=(*COMMAND[:-1], "script_worker")
        )
        task = asyncio.ensure_future(own.run())
        made.append((own, task, bound))
        return own, task

    yield start
    for own, task, bound in made:
        own.stop()
        own.kill()
        await asyncio.wait_for(task, 30)
        own.close()
        for one in bound:
            one.close()


def hits(own):
    return [worker.counters.read()["hits"] for worker in own.workers]


async def test_a_killed_worker_is_started_again_and_counts_on(supervise):
    own, _ = await supervise(LIVES)
    await until(lambda: hits(own) == [1, 1])
    killed, untouched = own.workers[0].pid, own.workers[1].pid
    os.kill(killed, signal.SIGKILL)
    await until(lambda: hits(own) == [2, 1])
    first, second = own.workers
    assert first.pid not in {0, killed}
    assert second.pid == untouched
    assert (first.restarts, second.restarts) == (1, 0)
    assert first.last_exit == "signal SIGKILL"


async def test_what_a_dead_worker_held_is_gone(supervise):
    own, _ = await supervise(DIES, 1)
    own.workers[0].counters.set(count.CACHE_ENTRIES, 5)
    await until(lambda: own.workers[0].restarts)
    assert own.workers[0].counters.read()["cache_entries"] == 0
    assert own.workers[0].last_exit == "exit code 3"


async def test_workers_that_never_serve_are_slowed_down(supervise, monkeypatch):
    monkeypatch.setattr(module, "BACK_OFF", (3600.0, 3600.0))
    own, _ = await supervise(DIES, 1)
    await until(lambda: own.workers[0].failed_starts > module.FREE)
    assert own.workers[0].restarts == module.FREE + 1
    await asyncio.sleep(0.2)
    assert own.workers[0].restarts == module.FREE + 1


async def test_stop_ends_the_wait_and_starts_no_more(supervise, monkeypatch):
    monkeypatch.setattr(module, "BACK_OFF", (3600.0, 3600.0))
    own, task = await supervise(DIES, 1)
    await until(lambda: own.workers[0].failed_starts > module.FREE)
    own.stop()
    await asyncio.wait_for(task, 30)
    assert own.workers[0].pid == 0


async def test_a_command_that_cannot_start_is_tried_again(supervise, monkeypatch, tmp_path):
    own, _ = await supervise(LIVES, 1)
    await until(lambda: hits(own) == [1])
    monkeypatch.setattr(own, "_command", (str(tmp_path / "missing"),))
    own.kill(0)
    await until(lambda: "could not start" in own.workers[0].last_exit)
    monkeypatch.setattr(own, "_command", (*COMMAND[:-1], "script_worker"))
    await until(lambda: hits(own) == [2])


async def test_a_spare_takes_over_and_another_follows(supervise, monkeypatch):
    monkeypatch.setattr(module, "SPARE_AFTER", 0.01)
    own, _ = await supervise(LIVES, 1)
    await until(lambda: hits(own) == [1])
    assert own._spare is None
    own.serves(own.workers[0].pid)
    await until(lambda: own._spare)
    spare = own._spare.process.pid
    own.kill(0)
    await until(lambda: hits(own) == [2])
    assert own.workers[0].pid == spare
    await until(lambda: own._spare)
    assert own._spare.process.pid != spare


async def test_a_dead_spare_is_replaced_and_misleads_nobody(supervise, monkeypatch):
    monkeypatch.setattr(module, "SPARE_AFTER", 0.01)
    own, _ = await supervise(LIVES, 1)
    await until(lambda: hits(own) == [1])
    own.serves(own.workers[0].pid)
    await until(lambda: own._spare)
    dead = own._spare.process
    dead.kill()
    own.kill(0)
    await until(lambda: hits(own) == [2] and own.workers[0].pid not in {0, dead.pid})
    await until(lambda: own._spare and own._spare.process is not dead)


async def test_one_that_served_is_started_again_at_once_each_time(supervise, monkeypatch):
    monkeypatch.setattr(module, "BACK_OFF", (3600.0, 3600.0))
    own, _ = await supervise(LIVES, 1)
    for life in range(1, module.FREE + 4):
        await until(lambda: hits(own) == [life])  # noqa: B023 - called before the next turn
        own.serves(own.workers[0].pid)
        own.kill(0)
    assert own.workers[0].failed_starts == 0
