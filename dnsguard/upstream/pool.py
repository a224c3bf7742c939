"""Which server is asked, when the next one is, and when to give up.

The quickest healthy server of a group comes first. One that does not answer within about three of its usual times is
not waited for any longer alone: the next is asked beside it, and the first good answer counts. Health comes from use,
and from a probe of every server that has not answered lately, so one that is back is used again at once.
"""

import random
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from dnsguard.pending import Pending
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.upstream.channel import Channel, UdpChannel
from dnsguard.upstream.config import Config
from dnsguard.wire import ede
from dnsguard.wire.query import Query

TICK: Final = 0.025
"""How often `tick` is called, and so how exact time-outs are. [seconds]"""
RETRY: Final = (0.2, 1.0)
"""The least and the most a server is waited for before the next one is asked too. [seconds]"""
MAX_TRIES: Final = 6
"""Questions sent for one client's question at the most, all servers together."""
_FORMERR: Final = 1
_NOTIMP: Final = 4
_random: Final = random.SystemRandom()


class Receiver(Protocol):
    """The pipeline, as the pool needs it."""

    def on_answer(self, pending: Pending, message: bytes, now: float) -> bool:
        """Take an answer; False: it can't be read."""

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
        self._receiver: Final = receiver
        self._cells: Final = counters.cells
        self._clock: Final = clock
        self._flush: Final = flush
        self.groups: list[list[Channel]] = []
        self._waiting: list[Pending] = []
        """Refused, and asked again in a moment; or asked MAX_TRIES times, and waiting for a late answer or their end."""
        self._probe_at = clock() + config.probe

    def open(self, groups: Sequence[Sequence[Channel]]) -> None:
        """Set the servers, in the configuration's order."""
        self.groups = [list(group) for group in groups]

    def send(self, pendings: list[Pending]) -> None:
        """Ask the best server of each question's group."""
        now = self._clock()
        if self._config.randomize_case:
            for pending in pendings:
                _mix_case(pending)
        if len(self.groups) == 1 or all(pending.route == pendings[0].route for pending in pendings):
            self._send(pendings, self._best(self.groups[pendings[0].route]), now)
            return
        by_route: dict[int, list[Pending]] = {}
        for pending in pendings:
            by_route.setdefault(pending.route, []).append(pending)
        for route, some in by_route.items():
            self._send(some, self._best(self.groups[route]), now)

    def _best(self, group: list[Channel]) -> Channel:
        if len(group) == 1:
            return group[0]
        return min(group, key=_rank)

    def _next(self, pending: Pending) -> Channel:
        """The best server not asked yet for this question; when all were, the best one again."""
        group = self.groups[pending.route]
        fresh = [channel for channel in group if channel not in pending.tried]
        return self._best(fresh or group)

    def _send(self, pendings: list[Pending], channel: Channel, now: float) -> None:
        for pending in pendings:
            pending.tried.append(channel)
        self._cells[count.UPSTREAM_QUERIES] += len(pendings)
        channel.send(pendings, now)

    def answered(self, channel: Channel, batch: list[tuple[Pending, bytes]], *, stream: bool = False) -> None:
        """As channel.Pool says."""
        now = self._clock()
        first = batch[0][0]
        # a time from the first try, of the first of the batch: good enough to rank servers, and cheap
        if len(first.tried) == 1:
            channel.heard(now - first.created)
        else:
            channel.heard(channel.rtt)
        receiver = self._receiver
        for pending, message in batch:
            if pending.done:
                continue
            if message[2] & 0x02 and not stream and isinstance(channel, UdpChannel):
                channel.send_stream(pending)
                continue
            rcode = message[3] & 0x0F
            if rcode and rcode != 3 and self._better(channel, pending, message, rcode, now):
                continue
            if pending.key and not receiver.on_answer(pending, message, now):
                continue
            pending.done = True
        self._flush()

    def _better(self, channel: Channel, pending: Pending, message: bytes, rcode: int, now: float) -> bool:
        """Ask again for a better answer than this refusal; False if nothing is left to try."""
        if rcode in {_FORMERR, _NOTIMP} and pending.tail[9] and len(pending.tried) < MAX_TRIES:
            # RFC 6891 section 7: a server that does not know EDNS is asked without
            pending.tail = pending.tail[:9] + b"\0" + pending.tail[10:-11]
            self._send([pending], channel, now)
            return True
        group = self.groups[pending.route]
        if pending.key and len(pending.tried) < MAX_TRIES and any(other not in pending.tried for other in group):
            pending.last = message
            self._send([pending], self._next(pending), now)
            return True
        return False

    def refused(self, channel: Channel, pendings: list[Pending], error: str) -> None:
        """As channel.Pool says."""
        now = self._clock()
        channel.failures = max(channel.failures, 2)
        channel.failed(error)
        self._cells[count.UPSTREAM_ERRORS] += len(pendings) or 1
        for pending in pendings:
            if pending.done:
                continue
            group = self.groups[pending.route]
            if not pending.key:
                pending.done = True
            elif len(pending.tried) < MAX_TRIES and any(other not in pending.tried for other in group):
                self._send([pending], self._next(pending), now)
            elif len(pending.tried) > len(group) and all(other.down for other in group):
                # each was tried, one of them twice, and all say that nobody is there
                self._fail(pending, now)
            else:
                self._waiting.append(pending)
        self._flush()

    def tick(self, now: float) -> None:
        """Ask others for what was waited for long enough, and give up what is too old; call it every TICK."""
        least, most = RETRY
        for group in self.groups:
            for channel in group:
                for pending in channel.overdue(now - min(max(3 * channel.rtt, least), most)):
                    self._overdue(channel, pending, now)
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for pending in waiting:
                if not pending.done:
                    self._wait(pending, now)
        if now >= self._probe_at:
            self._probe_at = now + self._config.probe
            self._probe(now)
        self._flush()

    def _overdue(self, channel: Channel, pending: Pending, now: float) -> None:
        channel.timeouts += 1
        self._cells[count.UPSTREAM_TIMEOUTS] += 1
        channel.failed("no answer")
        if not pending.key:
            pending.done = True
        elif len(pending.tried) < MAX_TRIES and now - pending.created < self._config.timeout:
            self._send([pending], self._next(pending), now)
        else:
            self._wait(pending, now)

    def _wait(self, pending: Pending, now: float) -> None:
        if now - pending.created >= self._config.timeout:
            self._fail(pending, now)
        elif len(pending.tried) < MAX_TRIES and now - pending.asked_at >= RETRY[0]:
            self._send([pending], self._next(pending), now)
        else:
            self._waiting.append(pending)

    def _fail(self, pending: Pending, now: float) -> None:
        if pending.last:
            self._receiver.on_answer(pending, pending.last, now)
            pending.done = True
            return
        errors = {channel.error for channel in pending.tried if channel.error}
        silent = errors <= {"no answer"}
        text = "no upstream answered in time" if silent else "no upstream can be reached"
        self._receiver.on_failure(pending, ede.NO_REACHABLE_AUTHORITY if silent else ede.NETWORK_ERROR, text, now)
        pending.done = True

    def _probe(self, now: float) -> None:
        """Ask the root's NS of servers that failed, or have not been the first choice."""
        for route, group in enumerate(self.groups):
            for channel in group:
                if channel.failures or len(group) > 1:
                    query = Query.of("", "NS", time=now, edns=True)
                    pending = Pending(b"", 1, query, route, now, 0)
                    self._send([pending], channel, now)
                if isinstance(channel, UdpChannel):
                    channel.tidy(now)

    async def close(self) -> None:
        """Close all channels."""
        for group in self.groups:
            for channel in group:
                await channel.close()


def _rank(channel: Channel) -> tuple[bool, float]:
    return channel.down, channel.rtt * (1 + channel.failures)


def _mix_case(pending: Pending) -> None:
    """Ask in random letter case (draft-vixie-dnsext-dns0x20-00): one more bit to guess for each letter."""
    question = bytearray(pending.question)
    bits = _random.getrandbits(len(question))
    for i, octet in enumerate(question[:-4]):
        if (65 <= octet <= 90 or 97 <= octet <= 122) and bits >> i & 1:
            question[i] = octet ^ 0x20
    pending.question = bytes(question)
    pending.tail = pending.tail[:10] + pending.question + pending.tail[10 + len(question) :]
