"""A store in memory that can be told to fail."""

import asyncio
import contextlib
import sqlite3

import pytest

from dnsguard.alerts.database import OutboxError
from dnsguard.hub import inbox as module
from dnsguard.hub.inbox import Inbox
from tests.found import detection


class Store:
    def __init__(self):
        self.kept = []
        self.seqs = {}
        self.calls = 0
        self.error = None
        self.poison = set()

    async def record(self, worker, seq, detections):
        self.calls += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        if seq <= self.seqs.get(worker, 0):
            return
        if any(d.name in self.poison for d in detections):
            raise TypeError("cannot be stored")
        self.seqs[worker] = seq
        self.kept += [d.name for d in detections]

    async def last_seq(self, worker):
        if self.error:
            raise self.error
        return self.seqs.get(worker, 0)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
async def inbox(store, monkeypatch):
    monkeypatch.setattr(module, "RETRY", 0.001)
    saved = []
    own = Inbox(store, lambda worker, seq: saved.append((worker, seq)))
    own.acknowledged = saved
    task = asyncio.ensure_future(own.run())
    yield own
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_findings_are_stored_in_order_and_then_acknowledged(inbox, store):
    assert await inbox.greet("w") == 0
    for seq in range(1, 1001):
        assert inbox.add("w", seq, [detection(str(seq))])
    assert inbox.waiting == 1000
    assert await inbox.flush(10)
    assert store.kept == [str(seq) for seq in range(1, 1001)]
    assert inbox.acknowledged[-1] == ("w", 1000)
    assert store.calls < 10  # many findings share a transaction
    assert (inbox.saved, inbox.waiting) == (1000, 0)


async def test_a_lone_finding_waits_for_nothing_and_those_that_follow_share_a_commit(inbox, store, monkeypatch):
    monkeypatch.setattr(module, "PACE", 3600.0)
    await inbox.greet("w")
    inbox.add("w", 1, [detection("1")])
    assert await inbox.flush(10)
    assert store.kept == ["1"]
    for seq in range(2, 12):
        inbox.add("w", seq, [detection(str(seq))])
        await asyncio.sleep(0)
    assert store.calls == 1
    assert inbox.waiting == 10


async def test_what_was_stored_before_a_restart_is_not_stored_again(inbox, store):
    store.seqs["w"] = 2
    assert await inbox.greet("w") == 2
    for seq in (1, 2, 3):
        assert inbox.add("w", seq, [detection(str(seq))])
    assert await inbox.flush(10)
    assert store.kept == ["3"]


async def test_a_second_connection_adds_nothing_twice(inbox, store):
    await asyncio.gather(inbox.greet("w"), inbox.greet("w"))
    for _ in range(2):
        inbox.add("w", 1, [detection("1")])
        inbox.add("w", 2, [detection("2")])
    assert await inbox.flush(10)
    assert store.kept == ["1", "2"]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.OperationalError("disk is full"), OutboxError("full")]
)
async def test_a_full_disk_holds_findings_back_until_there_is_room(inbox, store, error):
    await inbox.greet("w")
    store.error = error
    inbox.add("w", 1, [detection("1")])
    assert not await inbox.flush(0.05)
    assert inbox.trouble
    assert inbox.acknowledged == []
    store.error = None
    assert await inbox.flush(10)
    assert (store.kept, inbox.trouble, inbox.acknowledged) == (["1"], "", [("w", 1)])


async def test_a_worker_is_greeted_while_the_disk_fails(inbox, store):
    store.seqs["w"] = 2
    store.error = OutboxError("not open")
    assert await inbox.greet("w") == 0
    for seq in (1, 2, 3, 4):
        inbox.add("w", seq, [detection(str(seq))])
    store.error = None
    assert await inbox.flush(10)
    assert store.kept == ["3", "4"]


async def test_a_finding_that_can_never_be_stored_stops_no_other(inbox, store):
    store.poison = {"2"}
    await inbox.greet("w")
    for seq in range(1, 5):
        inbox.add("w", seq, [detection(str(seq))])
    assert await inbox.flush(10)
    assert store.kept == ["1", "3", "4"]
    assert (inbox.unusable, inbox.acknowledged[-1]) == (1, ("w", 4))


async def test_what_waits_is_bounded_for_each_worker(inbox, store, monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    store.error = OutboxError("full")
    await inbox.greet("w")
    await inbox.greet("other")
    taken = [inbox.add("w", seq, [detection(str(seq))]) for seq in range(1, 6)]
    assert taken == [True, True, True, False, False]
    assert inbox.add("other", 1, [detection("o")])
    store.error = None
    assert await inbox.flush(10)
    assert inbox.add("w", 4, [detection("4")])
    assert await inbox.flush(10)
    assert sorted(store.kept) == ["1", "2", "3", "4", "o"]


async def test_a_worker_that_is_gone_is_forgotten_once_its_findings_are_stored(inbox, store):
    await inbox.greet("w")
    inbox.add("w", 1, [detection("1")])
    inbox.forget("w")
    assert inbox.waits_for("w")
    assert await inbox.flush(10)
    inbox.forget("w")
    assert not inbox.waits_for("w")
