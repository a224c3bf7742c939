"""Drives the pipeline with recorded packets at recorded time, as a worker drives it with sockets.

A query goes the way it would go live; where the pipeline would ask an upstream, the response that was recorded for that
client's question is the upstream's answer. What the cache, a block or a local record answers needs none, and then the
recorded one is passed over: live, it would never have been asked for. A truncated response over UDP waits for the
client's own retry over TCP, in whose place live traffic has the upstream's.

Everyone is answered: whom `listen.allow_from` turns away today says nothing about then.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.fold import Fold
from dnsguard.alerts.teller import Teller
from dnsguard.errors import WireError
from dnsguard.listen.acl import Acl
from dnsguard.model import UNTOLD
from dnsguard.pending import Pending
from dnsguard.pipeline import Pipeline
from dnsguard.replay.ledger import Ledger
from dnsguard.replay.recorded import Recorded
from dnsguard.rules import Rules
from dnsguard.state.counters import Counters
from dnsguard.upstream.exchange import answers, question
from dnsguard.wire import ede

TICK: Final = 0.1
"""Stale answers are looked after this often. [seconds of recorded time]"""
FLUSH: Final = 1.0
"""Folded repeats are taken over this often, as by a worker. [seconds of recorded time]"""

Key = tuple[bytes, int, bytes, bytes]
"""Client, its port, the message's id, the question in lower case."""


@dataclass(slots=True)
class Tally:
    """What a replay has seen so far."""

    queries: int = 0
    responses: int = 0
    judged: int = 0
    """Responses that stood for an upstream's answer."""
    alerts: int = 0


@dataclass(slots=True)
class _Flight:
    """A question the pipeline forwarded, and under which keys its response may come: one for each who waits."""

    pending: Pending
    question: bytes
    deadline: float
    keys: list[Key] = field(default_factory=list)
    truncated: bytes = b""
    landed: bool = False


class _Clients:
    """Stands for all clients of one transport."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Nobody waits."""


class Replay:
    """One run over recorded messages.

    `timeout` is `upstream.timeout`, `repeat_every` is `alerts.repeat_every`, both in seconds.
    """

    def __init__(self, rules: Rules, *, timeout: float, repeat_every: float, mask_clients: bool = False) -> None:
        self.tally: Final = Tally()
        self.counters: Final = Counters()
        self._teller: Final = Teller(mask_clients=mask_clients, fold=Fold(longest=FLUSH))
        self._pipeline: Final = Pipeline(rules.but(acl=Acl(("any",))), self.counters, self._teller)
        self._ledger: Final = Ledger(repeat_every)
        self._timeout: Final = timeout
        self._sources: Final = (_Clients(stream=False), _Clients(stream=True))
        self._flights: Final[deque[_Flight]] = deque()
        self._expected: Final[dict[Key, _Flight]] = {}
        self._asked: Final[dict[bytes, list[_Flight]]] = {}
        self._now = float("-inf")
        self._ticked = self._flushed = float("-inf")

    def alerts(self, messages: Iterable[Recorded]) -> Iterator[Alert]:
        """Run over messages in order of time; gives each alert when it is over, the rest at the end."""
        for message in messages:
            if message.time > self._now:
                yield from self._advance(message.time)
            if message.response:
                self.tally.responses += 1
                self._response(message)
            else:
                self.tally.queries += 1
                self._query(message)
            self._pipeline.replies.clear()
            if self._teller.outgoing:
                yield from self._told()
        yield from self._advance(self._now + self._timeout)
        self._teller.outgoing = self._teller.drain()
        yield from self._told()
        yield from self._count(self._ledger.close())

    def _advance(self, now: float) -> Iterator[Alert]:
        """Let time pass: what happens by itself until then, happens first."""
        while self._flights and (self._flights[0].landed or self._flights[0].deadline <= now):
            flight = self._flights.popleft()
            if not flight.landed:
                self._now = max(self._now, flight.deadline)
                self._expire(flight)
        self._now = now
        if now - self._ticked >= TICK:
            self._ticked = now
            self._pipeline.on_tick(now)
            self._pipeline.replies.clear()
        if now - self._flushed >= FLUSH:
            self._flushed = now
            self._teller.outgoing = self._teller.flush(now)
            yield from self._told()
            yield from self._count(self._ledger.sweep(now))

    def _told(self) -> Iterator[Alert]:
        for detection in self._teller.take():
            if detection.action in UNTOLD:
                continue
            yield from self._count(self._ledger.add(detection))

    def _count(self, alerts: Iterator[Alert]) -> Iterator[Alert]:
        for alert in alerts:
            self.tally.alerts += 1
            yield alert

    def _query(self, message: Recorded) -> None:
        pipeline = self._pipeline
        waited = pipeline.waiting
        source = self._sources[message.stream]
        pipeline.on_queries(source, [message.payload], [message], [message.client], self._now)
        if pipeline.forwards:
            pending = pipeline.forwards.pop()
            asked = pending.question[:-4].lower() + pending.question[-4:]
            flight = _Flight(pending, asked, self._now + self._timeout)
            self._flights.append(flight)
            self._asked.setdefault(asked, []).append(flight)
        elif pipeline.waiting > waited:
            asked = question(message.payload)
            waiting = (flight for flight in self._asked[asked] if _waits(flight.pending, message))
            flight = next(waiting)
        else:
            return
        key = (message.client, message.port, message.payload[:2], asked)
        self._expected[key] = flight
        flight.keys.append(key)

    def _response(self, message: Recorded) -> None:
        payload = message.payload
        try:
            key = (message.client, message.port, payload[:2], question(payload))
        except WireError:
            return
        flight = self._expected.get(key)
        if flight is None or not answers(payload, flight.question):
            return
        if payload[2] & 0x02 and not message.stream:
            flight.truncated = payload
        elif self._pipeline.on_answer(flight.pending, payload, self._now):
            self.tally.judged += 1
            self._land(flight)

    def _expire(self, flight: _Flight) -> None:
        """No response was recorded, or only a truncated one."""
        self._land(flight)
        if flight.truncated and self._pipeline.on_answer(flight.pending, flight.truncated, self._now):
            self.tally.judged += 1
            return
        self._pipeline.on_failure(flight.pending, ede.NO_REACHABLE_AUTHORITY, "", self._now)

    def _land(self, flight: _Flight) -> None:
        flight.landed = True
        for key in flight.keys:
            if self._expected.get(key) is flight:
                del self._expected[key]
        flights = self._asked[flight.question]
        flights.remove(flight)
        if not flights:
            del self._asked[flight.question]


def _waits(pending: Pending, message: Recorded) -> bool:
    return bool(pending.waiters) and pending.waiters[-1][1] is message  # (source, peer, query)
