"""What a worker hands on: every answer, equal cached ones folded, nothing that a stranger can fill the disk with."""

import pytest

from dnsguard.model import Finding, Judged, Mode
from dnsguard.querylog import collector as module
from dnsguard.querylog.collector import Collector
from dnsguard.querylog.record import Record, decode
from dnsguard.state import counters as count
from tests.simulated import START, Simulated, packet

WWW = "www.a.example"
CLIENT = b"\xc0\0\2\7"


class Taken:
    """The outlet's place: keeps batches, or loses them."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.lost = 0
        self.full = False
        self.pumped = 0

    def put(self, data: bytes, records: int) -> None:
        if self.full:
            self.lost += records
        else:
            self.batches.append(data)

    def pump(self) -> None:
        self.pumped += 1

    def close(self) -> None:
        self.lost += 1

    def records(self) -> list[Record]:
        batches, self.batches = self.batches, []
        return [record for data in batches for record in decode(data).records]


@pytest.fixture
def outlet() -> Taken:
    return Taken()


@pytest.fixture
def sim(outlet: Taken) -> Simulated:
    made = Simulated("mode = 'block'", listed={"bad.example"})
    made.pipeline.watch = Collector(outlet, made.counters)  # type: ignore[arg-type]
    return made


def flushed(sim: Simulated, outlet: Taken) -> list[Record]:
    assert sim.pipeline.watch is not None
    for _ in range(3):
        sim.now += 1
        sim.pipeline.watch.flush(sim.now, 0.0)
    return outlet.records()


def test_a_forwarded_query_has_its_times_and_its_question(sim: Simulated, outlet: Taken) -> None:
    sim.ask(WWW)
    sim.now += 0.25
    sim.answer(f"{WWW} 60 A 192.0.2.1")
    (record,) = flushed(sim, outlet)
    assert record == Record(START, CLIENT, packet(WWW)[12:], 0, 0.25, 1, stream=False, verdict=None)


def test_cached_answers_of_one_client_fold_and_none_is_missing(sim: Simulated, outlet: Taken) -> None:
    sim.known(WWW)
    for _ in range(5):
        sim.ask(WWW)
    sim.ask(WWW, client="192.0.2.8")
    sim.ask(WWW, tcp=True)
    records = flushed(sim, outlet)
    assert sum(record.times for record in records) == 8
    assert {(record.client[3], record.times, record.stream) for record in records} == {
        (7, 1, False),  # the forwarded one, and the first that the cache answered
        (7, 4, False),
        (8, 1, False),
        (7, 1, True),
    }


def test_a_find_has_the_words_of_its_alert(sim: Simulated, outlet: Taken) -> None:
    sim.ask("bad.example")
    (record,) = flushed(sim, outlet)
    (told,) = sim.teller.drain()
    found = record.verdict
    assert found is not None
    assert (found.action, found.detector, found.reason, found.alert) == ("block", told.slug, told.reason, told.id)
    assert (found.score, found.threshold, found.list) == (told.score, told.threshold, "")
    assert record.rcode == 3


def test_strangers_are_not_logged(sim: Simulated, outlet: Taken) -> None:
    sim.ask(WWW, client="198.51.100.1")
    assert flushed(sim, outlet) == []


def test_a_refusal_of_something_found_is_logged(sim: Simulated, outlet: Taken) -> None:
    sim.configure("mode = 'block'\n[block]\nanswer = 'refused'")
    sim.ask("bad.example")
    sim.ask("refused.example")
    sim.now += 0.1
    sim.answer(rcode=5)
    assert [record.rcode for record in flushed(sim, outlet)] == [5, 5]


def test_full_batches_leave_at_once_and_others_in_time(
    sim: Simulated, outlet: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    assert sim.pipeline.watch is not None
    sim.pipeline.watch.flush(sim.now, 0.0)
    for number in range(7):
        sim.ask(f"bad{number}.example")
        sim.fail()
    assert len(outlet.batches) == 2
    sim.pipeline.watch.flush(sim.now + 0.1, 0.0)
    assert len(outlet.batches) == 2
    sim.pipeline.watch.flush(sim.now + 0.6, 2.5)
    assert len(outlet.batches) == 3
    assert decode(outlet.batches[-1]).drift == 2.5


def ready(sim: Simulated, outlet: Taken, clients: range) -> None:
    """From now on a ready-made reply answers these clients."""
    sim.known(WWW)
    for client in clients:
        sim.ask(WWW, client=f"192.0.2.{client}")
    assert sim.pipeline.watch is not None
    for _ in range(9):
        sim.pipeline.watch.flush(sim.now, 0.0)
    outlet.batches.clear()


def test_folded_answers_leave_batch_by_batch(sim: Simulated, outlet: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    clients = range(10, 15)
    ready(sim, outlet, clients)
    for client in clients:
        for _ in range(client):
            sim.ask(WWW, client=f"192.0.2.{client}")
    sizes = []
    for _ in range(5):
        sim.pipeline.watch.flush(sim.now + 1, 0.0)  # type: ignore[union-attr]
        sizes.append(len(outlet.batches))
    assert sizes == [0, 1, 2, 3, 3]
    assert sorted((record.client[3], record.times) for record in outlet.records()) == [(n, n) for n in clients]


def test_no_more_are_folded_than_there_is_room_for(
    sim: Simulated, outlet: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLDED", 4)
    clients = range(10, 31)
    ready(sim, outlet, clients)
    for client in clients:
        sim.ask(WWW, client=f"192.0.2.{client}")
    assert len(outlet.batches) == 4
    sim.pipeline.watch.close()  # type: ignore[union-attr]
    assert sorted(record.client[3] for record in outlet.records()) == list(clients)


def test_what_finds_no_room_is_counted(sim: Simulated, outlet: Taken) -> None:
    outlet.full = True
    for number in range(3):
        sim.ask(f"a{number}.example")
        sim.fail()
    assert flushed(sim, outlet) == []
    assert sim.counted(count.QUERY_LOG_LOST) == 3
    assert sim.pipeline.watch is not None
    sim.pipeline.watch.close()
    assert sim.counted(count.QUERY_LOG_LOST) == 4


def test_a_verdict_names_its_list_and_what_suppressed_it() -> None:
    finding = Finding(
        slug="threat_intel",
        technique="T1071",
        reason="listed",
        zone="bad.example",
        suppressed="expected",
        evidence={"lists": [{"list": "our own", "entry": "bad.example"}]},
    )
    found = module.verdict(Judged(finding, Mode.SHADOW, "id"))
    assert (found.action, found.list, found.alert) == ("suppressed", "our own", "id")
