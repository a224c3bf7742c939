"""Which server is asked, when the next one is, and when to give up.

The quickest healthy server of a group comes first. One that does not answer within about three of its usual times is
not waited for any longer alone: the next is asked beside it, and the first good answer counts. Health comes from use,
and from a probe of every server that has not answered lately, so one that is back is used again at once.

Until it is done, a question is under way on a channel or stands in `_waiting`: none is ever forgotten.
"""

import heapq
import itertools
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from dnsguard.pending import Pending
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.upstream.channel import SILENT, Channel
from dnsguard.upstream.config import Config
from dnsguard.upstream.port import mix_case
from dnsguard.watch import Watch
from dnsguard.wire import ede
from dnsguard.wire.query import Query

TICK: Final = 0.025
"""How often `tick` is called, and so how exact time-outs are. [seconds]"""
MIN_WAIT: Final = 0.2
MAX_WAIT: Final = 1.0
"""The least and the most a server is waited for before the next one is asked too. [seconds]"""
MAX_TRIES: Final = 6
"""Questions sent for one client's question at the most, all servers together."""
PER_TICK: Final = 1000
"""Questions to one server asked again, or given up, in one tick: others get their answers in between. [questions]"""
TIDY: Final = 1.0  # [seconds]
_FORMERR, _SERVFAIL, _NXDOMAIN, _NOTIMP = 1, 2, 3, 4


class Receiver(Protocol):
    """The pipeline, as the pool needs it."""

    watch: Watch | None
    """Who is shown every answer."""

    def on_answer(self, pending: Pending, message: bytes, now: float) -> bool:
        """Take an answer; False: it can't be read."""

    def on_rejected(self, pending: Pending, message: bytes) -> None:
        """Look at what came in place of an answer."""

    def on_failure(self, pending: Pending, code: int, text: str, now: float) -> None:
        """No server answered."""


class Upstreams:
    """Groups of servers; group 0 is asked for all names that no `[[forward]]` names.

    The pool knows no clock: `clock` gives Unix seconds. `flush` is called after each batch of answers.
    """

    def __init__(
        self,
        config: Config,
        receiver: Receiver,
        counters: Counters,
        clock: Callable[[], float],
        flush: Callable[[], None],
    ) -> None:
        self._config: Final = config
        self.timeout: Final = float(config.timeout)
        self._receiver: Final = receiver
        self._cells: Final = counters.cells
        self._clock: Final = clock
        self._flush: Final = flush
        self.groups: list[list[Channel]] = []
        self._waiting: Final[list[tuple[float, int, Pending]]] = []
        """A heap by time: to be asked again then, or to be given up."""
        self._order: Final = itertools.count()
        self._probe_at = clock() + config.probe
        self._tidy_at = clock() + TIDY
        self._closed = False

    def open(self, groups: Sequence[Sequence[Channel]]) -> None:
        """Set the servers, in the configuration's order; no group is empty."""
        self.groups = [list(group) for group in groups]

    def send(self, pendings: list[Pending]) -> None:
        """Ask the best server of each question's group."""
        now = self._clock()
        if self._config.randomize_case:
            for pending in pendings:
                mix_case(pending)
        route = pendings[0].route
        if len(self.groups) == 1 or all(pending.route == route for pending in pendings):
            self._send(pendings, _best(self.groups[route]), now)
            return
        by_route: dict[int, list[Pending]] = {}
        for pending in pendings:
            by_route.setdefault(pending.route, []).append(pending)
        for route, some in by_route.items():
            self._send(some, _best(self.groups[route]), now)

    def _send(self, pendings: list[Pending], channel: Channel, now: float) -> None:
        for pending in pendings:
            pending.tried.append(channel)
        self._cells[count.UPSTREAM_QUERIES] += len(pendings)
        channel.send(pendings, now)

    def answered(
        self, channel: Channel, batch: list[tuple[Pending, bytes]], since: float, *, stream: bool = False
    ) -> None:
        """As channel.Pool says."""
        now = self._clock()
        # of the first of the batch: good enough to rank servers, and cheap
        channel.heard(now - since)
        receiver = self._receiver
        watch = receiver.watch
        for pending, message in batch:
            if watch is not None and pending.key:
                watch.forwarded(channel.server, pending, message, stream, now)
            if pending.done:
                continue
            if not pending.key:
                pending.done = True
                continue
            if message[2] & 0x02 and not stream:
                self._stream(channel, pending, now)
                continue
            rcode = message[3] & 0x0F
            if rcode and rcode != _NXDOMAIN:
                if self._better(channel, pending, message, rcode, now):
                    continue
                message = _kinder(pending.last, message)  # noqa: PLW2901 - the refusal that is delivered
            if receiver.on_answer(pending, message, now):
                pending.done = True
            else:
                self._again([pending], now)
        self._flush()

    def _better(self, channel: Channel, pending: Pending, message: bytes, rcode: int, now: float) -> bool:
        """Whether a better answer than this refusal may come; what it takes for that is done."""
        if rcode in {_FORMERR, _NOTIMP} and pending.tail[9] and len(pending.tried) < MAX_TRIES:
            # RFC 6891 section 7: a server that does not know EDNS is asked without
            pending.tail = pending.tail[:9] + b"\0" + pending.tail[10:-11]
            self._send([pending], channel, now)
            return True
        if not message[5]:
            # a bare error: as it could belong to any question, nobody is told
            self._again([pending], now)
            return True
        fresh = len(pending.tried) < MAX_TRIES and bool(self._fresh(pending))
        out = not pending.last and any(other is not channel for other in pending.tried)
        if not (fresh or out):
            return False
        pending.last = _kinder(pending.last, message)
        if fresh:
            self._again([pending], now)
        else:
            # one that was slow has not answered yet
            self._wait(pending, now + MAX_WAIT)
        return True

    def doubted(self, channel: Channel, pendings: list[Pending]) -> None:
        """As channel.Pool says."""
        now = self._clock()
        for pending in pendings:
            if not pending.done:
                self._stream(channel, pending, now)
        self._flush()

    def _stream(self, channel: Channel, pending: Pending, now: float) -> None:
        channel.send_stream(pending, now)
        # TCP may be blocked on the way, and shows that by silence only
        self._wait(pending, now + MAX_WAIT)

    def refused(self, channel: Channel, pendings: list[Pending], error: str, *, gone: bool) -> None:
        """As channel.Pool says."""
        now = self._clock()
        if gone:
            channel.failures = max(channel.failures, 2)
        channel.failed(error)
        self._cells[count.UPSTREAM_ERRORS] += len(pendings) or 1
        rest = []
        for pending in pendings:
            group = self.groups[pending.route]
            # all were tried, one of them twice, and none is there; or another one's refusal is all there is
            hopeless = len(pending.tried) > len(group) and all(other.down for other in group)
            if not pending.done and pending.key and (hopeless or (pending.last and not self._fresh(pending))):
                self._fail(pending, now)
            else:
                rest.append(pending)
        self._again(rest, now)
        self._flush()

    def rejected(self, packets: int = 1) -> None:
        """As channel.Pool says."""
        self._cells[count.UPSTREAM_REJECTED] += packets

    def strange(self, answers: list[tuple[Pending, bytes]]) -> None:
        """As channel.Pool says."""
        for pending, message in answers:
            self._receiver.on_rejected(pending, message)

    def tick(self, now: float) -> None:
        """Ask others for what was waited for long enough, and give up what is too old; call it every TICK."""
        least, most = MIN_WAIT, min(MAX_WAIT, self.timeout)
        for group in self.groups:
            for channel in group:
                overdue = channel.overdue(now - min(max(3 * channel.rtt, least), most), PER_TICK)
                if overdue:
                    self._cells[count.UPSTREAM_TIMEOUTS] += len(overdue)
                    channel.failed(SILENT)
                    self._again(overdue, now)
        due: list[Pending] = []
        while self._waiting and self._waiting[0][0] <= now and len(due) < PER_TICK:
            due.append(heapq.heappop(self._waiting)[2])
        self._again(due, now)
        if now >= self._probe_at:
            self._probe_at = now + self._config.probe
            self._probe(now)
        if now >= self._tidy_at:
            self._tidy_at = now + TIDY
            for group in self.groups:
                for channel in group:
                    channel.tidy(now)
        self._flush()

    def _fresh(self, pending: Pending) -> list[Channel]:
        """Servers of its group that were not asked yet."""
        return [channel for channel in self.groups[pending.route] if channel not in pending.tried]

    def _again(self, pendings: list[Pending], now: float) -> None:
        """Ask the next server, or, when all were, the best one once more, ever later; give up what is too old."""
        batches: dict[Channel, list[Pending]] = {}
        for pending in pendings:
            if pending.done:
                continue
            if not pending.key:
                pending.done = True  # a probe has told what it could
                continue
            end = pending.created + self.timeout
            tries = len(pending.tried)
            if now >= end or self._closed:
                self._fail(pending, now)
                continue
            fresh = self._fresh(pending)
            group = self.groups[pending.route]
            channel = _best(fresh or group)
            due = pending.asked_at if fresh else pending.asked_at + MIN_WAIT * 2.0 ** (tries - len(group))
            if tries >= MAX_TRIES:
                self._wait(pending, end)
            elif pending.last and not fresh:
                # someone has refused; those who are silent are waited for a moment longer, not asked again
                if now >= pending.asked_at + MAX_WAIT:
                    self._fail(pending, now)
                else:
                    self._wait(pending, pending.asked_at + MAX_WAIT)
            elif channel.asking(pending):
                self._wait(pending, now + MAX_WAIT)
            elif due > now:
                self._wait(pending, due)
            else:
                batches.setdefault(channel, []).append(pending)
                if now + MAX_WAIT > end:
                    self._wait(pending, end)  # sooner than the channel would find it overdue
        for channel, some in batches.items():
            self._send(some, channel, now)

    def _wait(self, pending: Pending, due: float) -> None:
        end = pending.created + self.timeout
        heapq.heappush(self._waiting, (min(due, end), next(self._order), pending))

    def _fail(self, pending: Pending, now: float) -> None:
        """Give the client the best there is: another server's refusal, or our own."""
        if not (pending.last and self._receiver.on_answer(pending, pending.last, now)):
            errors = {channel.error for channel in pending.tried if channel.error}
            if errors <= {SILENT}:
                code, text = ede.NO_REACHABLE_AUTHORITY, "no upstream answered in time"
            else:
                code, text = ede.NETWORK_ERROR, "no upstream can be reached"
            self._receiver.on_failure(pending, code, text, now)
        pending.done = True

    def _probe(self, now: float) -> None:
        """Ask the root's NS of servers that failed, or have not been the first choice."""
        for route, group in enumerate(self.groups):
            for channel in group:
                if channel.failures or (len(group) > 1 and not channel.fresh):
                    query = Query.of("", "NS", time=now, edns=True)
                    self._send([Pending(b"", 1, query, route, now, 0)], channel, now)
                channel.fresh = False

    def retire(self) -> None:
        """Wait for what is under way; probe no more."""
        self._probe_at = float("inf")

    async def close(self) -> None:
        """Close all channels; what is still under way fails."""
        self._closed = True
        for group in self.groups:
            for channel in group:
                await channel.close()


def _best(group: list[Channel]) -> Channel:
    return group[0] if len(group) == 1 else min(group, key=_rank)


def _rank(channel: Channel) -> tuple[bool, float]:
    return channel.down, channel.rtt * (1 + channel.failures)


def _kinder(first: bytes, second: bytes) -> bytes:
    """The refusal that says more: SERVFAIL is about the name, the others are about us; else the one that came first."""
    if not first or (second[3] & 0x0F == _SERVFAIL and first[3] & 0x0F != _SERVFAIL):
        return second
    return first
