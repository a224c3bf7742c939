"""What a worker taps: both sides of every query, in order, with whom it was spoken."""

from types import SimpleNamespace
from typing import Any

import pytest

from dnsguard.dnstap import tap as module
from dnsguard.dnstap.config import Config
from dnsguard.dnstap.peers import port_of
from dnsguard.dnstap.tap import Tap
from dnsguard.dnstap.tapped import Tapped, decode
from dnsguard.state import counters as count
from tests.simulated import START, Simulated

WWW = "www.a.example"
SERVER = SimpleNamespace(kind="udp", host="192.0.2.53", port=53)


class Taken:
    """The outlet's place."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.lost = 0

    def put(self, data: bytes, records: int) -> None:
        self.batches.append(data)

    def pump(self) -> None:
        pass

    def close(self) -> None:
        self.lost += 2

    def messages(self) -> list[Tapped]:
        batches, self.batches = self.batches, []
        return [message for data in batches for message in decode(data).messages]


@pytest.fixture
def outlet() -> Taken:
    return Taken()


def tapped(outlet: Taken, **config: Any) -> Simulated:
    sim = Simulated("mode = 'block'", listed={"bad.example"})
    sim.pipeline.watch = Tap(outlet, sim.counters, Config(**config))  # type: ignore[arg-type]
    return sim


def flushed(sim: Simulated, outlet: Taken) -> list[Tapped]:
    assert sim.pipeline.watch is not None
    sim.now += 1
    sim.pipeline.watch.flush(sim.now, 0.0)
    return outlet.messages()


def test_a_query_and_its_answer(outlet: Taken) -> None:
    sim = tapped(outlet)
    asked = sim.ask(WWW)
    sim.now += 0.25
    sim.answer(f"{WWW} 60 A 192.0.2.1")
    assert flushed(sim, outlet) == [
        Tapped(5, 1, b"\xc0\0\2\7", 0, "", START, 0.0, asked.packet),
        Tapped(6, 1, b"\xc0\0\2\7", 0, "", START, START + 0.25, asked.raw),
    ]


def test_every_cached_answer_by_itself(outlet: Taken) -> None:
    sim = tapped(outlet)
    sim.known(WWW)
    answers = [sim.ask(WWW, number=number) for number in range(4)]
    tcp = sim.ask(WWW, tcp=True)
    messages = flushed(sim, outlet)[2:]
    assert [one.message for one in messages] == [raw for a in (*answers, tcp) for raw in (a.packet, a.raw)]
    assert [one.protocol for one in messages] == [1] * 8 + [2] * 2


def test_a_blocked_answer_carries_its_verdict(outlet: Taken) -> None:
    sim = tapped(outlet)
    sim.ask("bad.example")
    query, answer = flushed(sim, outlet)
    assert query.verdict is None
    assert answer.verdict is not None
    assert (answer.verdict.action, answer.verdict.reason) == ("block", "listed")


def test_what_gets_no_answer_is_a_query_only(outlet: Taken) -> None:
    sim = tapped(outlet)
    sim.send(b"\0\1\1", tcp=True)
    assert [one.type for one in flushed(sim, outlet)] == [5]


@pytest.mark.parametrize(
    ("kind", "stream", "protocol"), [("udp", False, 1), ("udp", True, 2), ("tcp", True, 2), ("tls", True, 3),
                                     ("https", True, 4), ("quic", True, 7)]
)  # fmt: skip
def test_both_sides_of_what_was_forwarded(outlet: Taken, kind: str, stream: bool, protocol: int) -> None:
    sim = tapped(outlet, messages=("forwarder",))
    sim.ask(WWW)
    pending = sim.forwards[0]
    server: Any = SimpleNamespace(kind=kind, host="192.0.2.53", port=53)
    message = b"ab" + bytes(10)
    sim.pipeline.watch.forwarded(server, pending, message, stream, START + 0.5)  # type: ignore[union-attr]
    query, answer = flushed(sim, outlet)
    assert query == Tapped(7, protocol, b"", 53, "192.0.2.53", START, 0.0, b"ab" + pending.tail)
    assert answer == Tapped(8, protocol, b"", 53, "192.0.2.53", START, START + 0.5, message)


def test_only_what_is_wanted(outlet: Taken) -> None:
    sim = tapped(outlet, messages=("client",))
    sim.ask(WWW)
    sim.pipeline.watch.forwarded(SERVER, sim.forwards[0], bytes(12), False, START)  # type: ignore[union-attr]
    sim.answer(f"{WWW} 60 A 192.0.2.1")
    assert [one.type for one in flushed(sim, outlet)] == [5, 6]
    other = tapped(outlet, messages=("forwarder",))
    other.known(WWW)
    other.ask(WWW)
    other.ask(WWW)
    assert flushed(other, outlet) == []


@pytest.mark.parametrize(
    ("client", "shown"), [("192.0.2.7", "c0000200"), ("2001:db8:1:2::3", "20010db8000100000000000000000000")]
)
def test_clients_can_be_masked(outlet: Taken, client: str, shown: str) -> None:
    sim = tapped(outlet, mask_clients=True)
    sim.configure("[listen]\nallow_from = ['any']")
    sim.ask("bad.example", client=client)
    assert {one.client.hex() for one in flushed(sim, outlet)} <= {shown}


def test_batches_stay_within_a_datagram_and_losses_are_counted(outlet: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DATAGRAM", 500)
    sim = tapped(outlet)
    sim.known(WWW)
    for _ in range(20):
        sim.ask(WWW)
    sizes = [len(data) for data in outlet.batches]
    assert len(sizes) > 3
    assert max(sizes) <= 500
    assert len(flushed(sim, outlet)) == 42
    sim.pipeline.watch.close()  # type: ignore[union-attr]
    assert sim.counted(count.DNSTAP_LOST) == 2


def test_ports_of_all_kinds_of_peers() -> None:
    v4 = b"\2\0\x14\xe9" + bytes(12)
    assert port_of(v4) == port_of((v4, b"control")) == port_of((("192.0.2.7", 5353), [])) == 5353
    assert port_of(object()) == 0
