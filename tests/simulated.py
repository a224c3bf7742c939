"""A pipeline whose clock, clients and upstream a test plays: no socket, no waiting."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.config import parse
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.registry import Detector
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.judge import Tell
from dnsguard.model import Finding
from dnsguard.pending import Pending
from dnsguard.pipeline import Pipeline
from dnsguard.rules import Rules
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire.query import Query

START = 1_700_000_000.0
CLIENT = "192.0.2.7"


@dataclass(eq=False)
class Asked:
    """One client's query, and its answer once there is one; stands for the client's address, too."""

    packet: bytes
    raws: list[bytes] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        """The one answer."""
        assert len(self.raws) == 1, f"{len(self.raws)} answers"
        return self.raws[0]

    @property
    def message(self) -> dns.message.Message:
        """The one answer, read by another library; it must answer this query."""
        message = dns.message.from_wire(self.raw)
        assert self.raw[:2] == self.packet[:2]
        assert self.raw[2] & 0x80
        return message

    @property
    def rcode(self) -> str:
        return dns.rcode.to_text(self.message.rcode())

    @property
    def records(self) -> list[str]:
        """The answer section, a line for each record."""
        return lines(self.message.answer)

    @property
    def ede(self) -> list[int]:
        """INFO-CODEs of the Extended DNS Errors."""
        return [int(option.code) for option in self.message.options if isinstance(option, dns.edns.EDEOption)]

    @property
    def ede_text(self) -> str:
        return "; ".join(o.text or "" for o in self.message.options if isinstance(o, dns.edns.EDEOption))


def lines(section: Iterable[dns.rrset.RRset]) -> list[str]:
    """A section as zone-file lines."""
    return [line for rrset in section for line in str(rrset).splitlines()]


def rrsets(texts: Sequence[str]) -> list[dns.rrset.RRset]:
    """Zone-file lines (`name ttl type data`) as sets of one record each, so that their order stays."""
    made = []
    for text in texts:
        name, ttl, rtype, data = text.split(" ", 3)
        made.append(dns.rrset.from_text(name + ".", int(ttl), "IN", rtype, data))
    return made


def packet(
    name: str,
    qtype: str = "A",
    *,
    number: int = 7,
    edns: int | None = None,
    do: bool = False,
    flags: str = "RD",
    options: Sequence[dns.edns.Option] = (),
) -> bytes:
    """A query as stub resolvers send it; `edns` is the size it tells."""
    message = dns.message.make_query(name, qtype, id=number, flags=dns.flags.from_text(flags))
    if edns is not None or do:
        message.use_edns(0, int(dns.flags.DO) if do else 0, 1232 if edns is None else edns, options=list(options))
    return message.to_wire()


def response(
    asked: bytes,
    *answer: str,
    rcode: int = 0,
    authority: Sequence[str] = (),
    additional: Sequence[str] = (),
    flags: str = "QR RD RA",
    ede: int | None = None,
    edns: bool = True,
) -> bytes:
    """An upstream's answer to a question as it was sent, with id 0."""
    message = dns.message.make_response(dns.message.from_wire(asked))
    message.id = 0
    message.flags = dns.flags.from_text(flags)
    message.use_edns(
        0 if edns else None, options=[] if ede is None else [dns.edns.EDEOption(dns.edns.EDECode(ede), "upstream")]
    )
    message.set_rcode(dns.rcode.Rcode(rcode))
    message.answer += rrsets(answer)
    message.authority += rrsets(authority)
    message.additional += rrsets(additional)
    return message.to_wire(max_size=65535)


class Clients:
    """All clients of one transport; each answer finds the query it belongs to."""

    def __init__(self, *, stream: bool = False) -> None:
        self.stream = stream

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        for raw, peer in zip(packets, peers, strict=True):
            peer.raws.append(raw)


class Simulated:
    """Ask with `ask`, be the upstream with `answer` and `fail`, let time pass with `wait`.

    `listed` are names that the query detector finds, `listed_targets` those that the response detector finds behind
    CNAMEs; both crash where `crashing` holds their stage. After each step it is checked that the books balance.
    """

    def __init__(
        self,
        config: str = "",
        *,
        listed: Iterable[str] = (),
        listed_targets: Iterable[str] = (),
        tell: Tell | None = None,
    ) -> None:
        self.listed = set(listed)
        self.listed_targets = set(listed_targets)
        self.crashing: set[str] = set()
        self.crashes: list[str] = []
        self.now = START
        self.counters = Counters()
        self.teller = Teller()
        self.udp = Clients()
        self.tcp = Clients(stream=True)
        self.forwards: list[Pending] = []
        self._all: list[Pending] = []
        self._generation = 0
        self.pipeline = Pipeline(self.rules(config), self.counters, tell or self.teller)

    def rules(self, config: str = "", **changes: Any) -> Rules:
        """Rules of a new generation, with this test's detectors."""
        self._generation += 1

        def detector(stage: Any, inspect: Any) -> tuple[Detector]:
            cue = QueryCue if stage == "query" else ResponseCue
            return (Detector("threat_intel", stage, inspect, DetectorConfig, cue),)

        with mock.patch.multiple(
            "dnsguard.detect.inspector",
            QUERY=detector("query", self._inspect_query),
            RESPONSE=detector("response", self._inspect_response),
        ):
            listen = "" if "[listen]" in config else '\n[listen]\nallow_from = ["192.0.2.0/24"]'
            settings = parse(config + listen, Path("/"))
            made = assemble.rules(settings, EMPTY, self._generation, lambda part, _: self.crashes.append(part))
        return made.but(**changes)

    def configure(self, config: str = "", **changes: Any) -> None:
        """Reload."""
        self.pipeline.configure(self.rules(config, **changes))
        self._check()

    def _inspect_query(self, query: Query, _: object) -> Finding | None:
        assert "query" not in self.crashing, "a detector's bug"
        return _finding(query.name) if query.name in self.listed else None

    def _inspect_response(self, response: Response, _: object) -> Finding | None:
        assert "response" not in self.crashing, "a detector's bug"
        for target in response.answer.cnames:
            if target in self.listed_targets:
                return _finding(target)
        return None

    def ask(self, name: str, qtype: str = "A", *, tcp: bool = False, client: str = CLIENT, **more: Any) -> Asked:
        """One query; `more` as `packet` takes it."""
        return self.send(packet(name, qtype, **more), tcp=tcp, client=client)

    def send(self, raw: bytes, *, tcp: bool = False, client: str = CLIENT) -> Asked:
        """One packet, whatever it is."""
        return self.batch([raw], tcp=tcp, client=client)[0]

    def batch(self, raws: Sequence[bytes], *, tcp: bool = False, client: str = CLIENT) -> list[Asked]:
        """Several packets at once."""
        asked = [Asked(raw) for raw in raws]
        source = self.tcp if tcp else self.udp
        clients = [ipaddress.ip_address(client).packed] * len(raws)
        out, peers = self.pipeline.on_queries(source, list(raws), list(asked), clients, self.now)
        source.send(out, peers)
        self.forwards += self.pipeline.forwards
        self._all += self.pipeline.forwards
        self.pipeline.forwards = []
        self._check()
        return asked

    def answer(self, *records: str, **more: Any) -> Pending:
        """Answer the oldest question under way; `more` as `response` takes it."""
        return self.reply(response(b"\0\0" + self.forwards[0].tail, *records, **more))

    def reply(self, raw: bytes, *, taken: bool = True) -> Pending:
        """Answer the oldest question under way with these octets; not `taken`, it stays under way."""
        pending = self.forwards.pop(0)
        assert self.pipeline.on_answer(pending, raw, self.now) is taken
        if not taken:
            self.forwards.insert(0, pending)
        self._send()
        return pending

    def fail(self, code: int = 22) -> Pending:
        """No server answers the oldest question under way."""
        pending = self.forwards.pop(0)
        self.pipeline.on_failure(pending, code, "no upstream answered in time", self.now)
        self._send()
        return pending

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.pipeline.on_tick(self.now)
        self._send()

    def known(self, name: str, *records: str, **more: Any) -> Asked:
        """Ask, and let the upstream answer: now it is in the cache."""
        asked = self.ask(name, **more)
        self.answer(*(records or (f"{name} 60 A 192.0.2.1",)))
        return asked

    def counted(self, slot: int) -> int:
        return self.counters.cells[slot]

    def latencies(self) -> int:
        """How many answers had their time taken."""
        return sum(self.counters.cells[count.LATENCY : count.LATENCY_SUM_US])

    def told(self) -> list[tuple[str, str, str]]:
        """What was told since the last call: name, action, stage."""
        return [(one.name, one.action, one.stage) for one in self.teller.drain()]

    def _send(self) -> None:
        for source, peer, raw in self.pipeline.replies:
            source.send([raw], [peer])
        self.pipeline.replies.clear()
        self._check()

    def _check(self) -> None:
        """The books balance: whoever waits is counted, nobody waits for what is done, no store is over its size."""
        pipeline = self.pipeline
        assert pipeline.waiting == sum(len(pending.waiters) for pending in self._all if not pending.done)
        assert not any(pending.done for pending in pipeline.pending.values())
        for store in (pipeline.answers, pipeline.ready, pipeline.kept.blocked):
            assert store.bytes == sum(value.cost for value in store.entries.values()) <= store.size


def _finding(name: str) -> Finding:
    return Finding(slug="threat_intel", technique="T1071", reason="listed", zone=name)
