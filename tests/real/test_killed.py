"""kill -9: what was answered as blocked is told, and the others do not notice."""

import json
import os
import re
import signal
from collections.abc import Iterator
from itertools import count

from tests import ask
from tests.lab import Dnsguard, Lab, eventually, listing, webhook
from tests.process import running
from tests.receiver import Receiver

SOURCES = [f"127.0.1.{i}" for i in range(1, 9)]
LISTED = [f"bad{i}.com" for i in range(4000)]


def started(lab: Lab, nsd: int, receiver: Receiver, workers: int) -> Dnsguard:
    return lab.dnsguard(nsd, workers=workers, lists=[listing(lab, *LISTED)], webhooks=[webhook(receiver)])


def names() -> Iterator[str]:
    """Listed names and others in turn, each once."""
    for i in count():
        yield LISTED[i // 4] if i % 4 == 0 else f"good{i}.com"


def blocked(load: ask.Load) -> set[str]:
    """Listed names that were answered, every one of them as blocked."""
    answers = {name: rcode for _, name, rcode in load.answered if name.startswith("bad")}
    assert set(answers.values()) <= {3}
    return set(answers)


def told(receiver: Receiver) -> set[str]:
    """Listed names that the receiver has been told of."""
    return set(re.findall(r"bad\d+\.com", json.dumps(receiver.alerts)))


def answered_since(load: ask.Load, marks: dict[str, int], sources: list[str]) -> bool:
    return all(len(load.clients[source].answered) > marks[source] + 10 for source in sources)


def test_killed_worker_is_replaced_and_nothing_told_is_lost(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    guard = started(lab, nsd, receiver, workers=2)
    victim = guard.workers[0]
    with ask.Load(guard.port, names(), sources=SOURCES) as load:
        eventually(lambda: len(load.answered) > 200, "load runs")
        os.kill(victim, signal.SIGKILL)
        marks = {source: len(load.clients[source].answered) for source in SOURCES}
        eventually(lambda: answered_since(load, marks, SOURCES), "every client is served again")
    eventually(lambda: len(guard.workers) == 2 and victim not in guard.workers, "two workers again")
    assert os.sched_getscheduler(guard.process.pid) == os.SCHED_BATCH, "what watches gives way"
    assert {os.sched_getscheduler(pid) for pid in guard.workers} == {os.SCHED_OTHER}, "and no worker does"
    # the sockets are the hub's: only what the dead worker had already read can be lost, and only its own clients'
    assert len(load.lost) < 50
    assert [source for source in SOURCES if not load.clients[source].waiting], "the other worker's clients lost nothing"
    eventually(lambda: blocked(load) <= told(receiver), "all that was blocked is told", 60)
    assert all(delivery.verified for delivery in receiver.deliveries)


def test_killed_hub_leaves_resolution_alone(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    guard = started(lab, nsd, receiver, workers=1)
    (orphan,) = guard.workers
    with ask.Load(guard.port, names(), rate=200) as load:
        eventually(lambda: len(load.answered) > 100, "load runs")
        guard.kill_hub()
        before = len(load.answered)
        eventually(lambda: len(load.answered) > before + 200, "the worker serves on without a hub")
        guard.start()
        before = len(load.answered)
        eventually(lambda: len(load.answered) > before + 100, "the new hub's worker serves")
        eventually(lambda: not running(orphan), "the old worker has drained")
        before = len(load.answered)
        eventually(lambda: len(load.answered) > before + 100, "still served")
    assert load.lost == []
    eventually(lambda: blocked(load) <= told(receiver), "all that was blocked is told", 60)
    # one alert per name, however often it travelled
    ids = [alert["systemAlertId"] for alert in receiver.alerts]
    assert len(ids) == len(set(ids))
