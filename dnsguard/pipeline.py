"""The way of a query, as DESIGN draws it: sans-I/O, no socket, no clock, no asyncio.

    on_queries: cache ─hit─► answer
                  │ miss
                detect.query ─► policy ─block─► answer
                  │ allow
                `forwards` ─► (the driver asks an upstream) ─► on_answer: detect.response ─► policy ─► cache
                                                                                                 └─► `replies`

A worker drives it with sockets, `replay` with recorded packets, tests by hand; the same packets get the same verdicts.
Times are Unix seconds, given by the driver, once a batch.

A clean cache hit meets no detector: it leaves nothing outside, and its name met them all when it was first asked. What
was flagged, or judged under an older generation of lists and policy, is judged again at each query.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dnsguard.cache.config import Config as CacheConfig
from dnsguard.cache.entry import MAX_UDP, Entry, Reply, finish, opt_record
from dnsguard.cache.store import Store
from dnsguard.detect.inspector import DetectorCrashError, Inspector
from dnsguard.detect.response_view import Response
from dnsguard.errors import WireError
from dnsguard.model import Finding, Mode
from dnsguard.pending import Pending, Source, key, key_bits
from dnsguard.policy.config import BlockConfig
from dnsguard.policy.policy import Policy, Verdict
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire import build, ede, rewrite
from dnsguard.wire.answer import EDE_OPTION, Answer
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import ANY, AXFR, IXFR, OPT, TKEY, TSIG

SERVFAIL: Final = 2
NXDOMAIN: Final = 3
NOTIMP: Final = 4
REFUSED: Final = 5
BADVERS: Final = 16
IN: Final = 1
NOT_FORWARDED: Final = frozenset({OPT, TKEY, TSIG, AXFR, IXFR})
"""Types that ask for a transfer or belong to one hop; a forwarder has no answer to them (RFC 5936, RFC 8945)."""
STALE: Final = EDE_OPTION.to_bytes(2, "big") + b"\0\2" + ede.STALE_ANSWER.to_bytes(2, "big")
"""The Extended DNS Error of a stale answer (RFC 8914 section 4.4)."""
MIN_PREFETCH_TTL: Final = 10
"""Shorter-lived answers would be asked for all the time. [seconds]"""


class Tell(Protocol):
    """Takes what is told about a query: folds repeats, masks the client, sends it on."""

    def __call__(self, query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> str:
        """Return the id of the alert it belongs to."""


class Acl(Protocol):
    """Who is answered."""

    verdicts: Mapping[bytes, bool]
    """Clients already decided on."""

    def allows(self, client: bytes) -> bool:
        """Decide on a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that a configuration and a snapshot say about queries; replaced as a whole, never changed.

    What is None is not configured, and costs no call.
    """

    generation: int
    """Rises with each change of lists or policy; cache entries of an older one are judged again."""
    inspector: Inspector
    policy: Policy
    block: BlockConfig
    cache: CacheConfig
    acl: Acl
    local: Callable[[Query], bytes | None] | None
    """Answers the operator's own records; they meet no detector."""
    special: Callable[[Query], bytes | None] | None
    """Answers special-use names, after the detectors have seen them."""
    route: Callable[[str], int] | None
    """Which group of servers a name is asked of."""
    withheld: Callable[[str, Answer], str] | None
    """Why an answer must not reach a client (rebinding); empty: it may."""
    max_waiting: int
    sources: object = None
    """What answers come from; when it is no longer equal, kept answers are forgotten."""
    on_crash: Callable[[str, Exception], None] | None = None
    """Counts and logs a query that raised; must not raise."""


class Pipeline:
    """One worker's way of a query.

    Drivers call `on_queries`, then take `forwards` to the upstreams; call `on_answer` or `on_failure` for each of them,
    and `on_tick` a few times a second; then send `replies`.
    """

    def __init__(self, rules: Rules, counters: Counters, tell: Tell) -> None:
        self.rules = rules
        self.answers: Final[Store[Entry]] = Store(rules.cache.size // 2)
        """By normalised question."""
        self.ready: Final[Store[Reply]] = Store(rules.cache.size // 2)
        """By exact packet without id: what is asked again and again, ready to send."""
        self.pending: Final[dict[bytes, Pending]] = {}
        self.waiting = 0
        """Clients' queries under way, at most rules.max_waiting."""
        self.forwards: list[Pending] = []
        self.replies: list[tuple[Source, Any, bytes]] = []
        self._impatient: Final[deque[Pending]] = deque()
        """Those with a stale answer at hand, oldest first; each is in `pending` too, or done."""
        self._cells: Final = counters.cells
        self._tell: Final = tell
        self._last_latency = -1.0
        self._last_bucket = 0
        self._latency_sum = 0.0

    def configure(self, rules: Rules) -> None:
        """Let a new configuration or snapshot hold from the next query on."""
        if rules.sources != self.rules.sources:
            # another server, a forward or a local record answers now: what the old ones said no longer counts
            self.answers.clear()
            self.ready.clear()
        self.rules = rules

    def on_queries(
        self, source: Source, packets: list[bytes], peers: list[Any], clients: list[bytes], now: float
    ) -> tuple[list[bytes], list[Any]]:
        """Take a batch; return the answers that are ready at once, and the peer of each."""
        out: list[bytes] = []
        out_peers: list[Any] = []
        ready = self.ready.entries
        rules = self.rules
        generation = rules.generation
        known = rules.acl.verdicts
        stream = source.stream
        hits = 0
        for packet, peer, client in zip(packets, peers, clients, strict=True):
            if not stream:
                reply = ready.get(packet[2:])
                if reply is not None and now < reply.until and reply.generation == generation and known.get(client):
                    out.append(packet[:2] + reply.payload)
                    out_peers.append(peer)
                    hits += 1
                    continue
            try:
                answer = self._query(source, packet, peer, client, now)
            except Exception as error:  # noqa: BLE001 - one query must not take its batch with it
                answer = self._crashed(packet, error)
            if answer is not None:
                out.append(answer)
                out_peers.append(peer)
        cells = self._cells
        cells[count.QUERIES_TCP if stream else count.QUERIES_UDP] += len(packets)
        cells[count.HITS] += hits
        return out, out_peers

    def _crashed(self, packet: bytes, error: Exception) -> bytes | None:
        if self.rules.on_crash is not None:
            self.rules.on_crash("pipeline", error)
        self._cells[count.SERVFAIL] += 1
        return build.error(packet, SERVFAIL, ede=ede.OTHER, text="internal error") if len(packet) >= 12 else None

    def _query(self, source: Source, packet: bytes, peer: Any, client: bytes, now: float) -> bytes | None:
        """Handle what no ready reply fits; None: the answer comes later, or never."""
        cells = self._cells
        rules = self.rules
        if len(packet) < 12 or packet[2] & 0x80:
            # RFC 1035 section 7.3 and RFC 5625: never answer a response, or two servers talk for ever
            cells[count.DROPPED_RESPONSE] += 1
            return b"" if source.stream else None
        if not (rules.acl.verdicts.get(client) or rules.acl.allows(client)):
            cells[count.REFUSED_CLIENT] += 1
            return build.error(packet, REFUSED, ede=ede.PROHIBITED)
        try:
            query = Query(packet, client, now, source.stream)
        except WireError as error:
            cells[count.NOTIMP if error.rcode == NOTIMP else count.FORMERR] += 1
            return build.error(packet, error.rcode)
        if query.edns_version:
            return build.error(packet, BADVERS)
        if query.qclass != IN or query.qtype in NOT_FORWARDED:
            return build.error(packet, REFUSED if query.qclass != IN else NOTIMP)

        bits = key_bits(query)
        name_key = key(query, bits)
        entry = self.answers.entries.get(name_key)
        if entry is not None and now < entry.expires:
            cells[count.HITS] += 1
            entry.used = True
            if entry.generation == rules.generation and not entry.flagged:
                return self._hit(query, entry, name_key, bits, now)
            return self._judge_again(query, entry, now)
        cells[count.MISSES] += 1

        if rules.local is not None:
            local = rules.local(query)
            if local is not None:
                cells[count.LOCAL] += 1
                return local
        try:
            findings = rules.inspector.query(query)
        except DetectorCrashError:
            return build.error(packet, SERVFAIL, ede=ede.OTHER, text="a detector failed")
        if findings:
            blocked = self._apply(query, findings, "query")
            if blocked is not None:
                return blocked
        if query.qtype == ANY:
            return build.minimal_any(query)
        if rules.special is not None:
            special = rules.special(query)
            if special is not None:
                cells[count.LOCAL] += 1
                return special
        return self._forward(source, peer, query, name_key, bits, entry, bool(findings), now)

    def _hit(self, query: Query, entry: Entry, name_key: bytes, bits: int, now: float) -> bytes:
        """Answer from a clean entry, and make its reply ready for the next equal packet."""
        cache = self.rules.cache
        reply = Reply(entry, query)
        payload = reply.refresh(now)
        if not query.stream:
            self.ready.put(query.packet[2:], reply)
        life = entry.expires - entry.stored
        if (
            cache.prefetch
            and not entry.refreshing
            and life >= MIN_PREFETCH_TTL
            and entry.expires - now < life / 10
            and name_key not in self.pending
        ):
            entry.refreshing = True
            self._cells[count.PREFETCH] += 1
            self._ask(query, name_key, bits, now)
        return query.packet[:2] + payload

    def _judge_again(self, query: Query, entry: Entry, now: float) -> bytes:
        """Put a kept answer before the detectors once more: it was flagged, or the rules have changed."""
        rules = self.rules
        try:
            findings = rules.inspector.query(query)
            stage = "query"
            if not findings:
                findings = rules.inspector.response(Response(query, Answer(entry.message)))
                stage = "response"
        except DetectorCrashError:
            return build.error(query.packet, SERVFAIL, ede=ede.OTHER, text="a detector failed")
        entry.flagged = bool(findings)
        entry.generation = rules.generation
        if findings:
            blocked = self._apply(query, findings, stage)
            if blocked is not None:
                return blocked
        return self._render(query, entry, now)

    def _forward(
        self,
        source: Source,
        peer: Any,
        query: Query,
        name_key: bytes,
        bits: int,
        stale: Entry | None,
        flagged: bool,
        now: float,
    ) -> bytes | None:
        """Ask an upstream, or wait with others who already do."""
        rules = self.rules
        if stale is not None and now >= stale.expires + rules.cache.stale:
            stale = None
        if stale is not None and now < stale.retry_at and not flagged:
            # RFC 8767 section 5, failure recheck timer: no upstream answered a moment ago
            self._cells[count.STALE] += 1
            return self._render(query, stale, now)
        if self.waiting >= rules.max_waiting:
            self._cells[count.WAITING_REFUSED] += 1
            return build.error(query.packet, SERVFAIL, ede=ede.OTHER, text="too many queries under way")
        pending = self.pending.get(name_key)
        if pending is None:
            pending = self._ask(query, name_key, bits, now)
            if stale is not None:
                pending.stale = stale
                self._impatient.append(pending)
        else:
            self._cells[count.COALESCED] += 1
        pending.findings = pending.findings or flagged
        pending.waiters.append((source, peer, query))
        self.waiting += 1
        return None

    def _ask(self, query: Query, name_key: bytes, bits: int, now: float) -> Pending:
        rules = self.rules
        route = rules.route(query.name) if rules.route is not None else 0
        pending = Pending(name_key, bits, query, route, now, rules.generation)
        self.pending[name_key] = pending
        self.forwards.append(pending)
        return pending

    def on_answer(self, pending: Pending, message: bytes, now: float) -> bool:
        """Take an answer whose sender, id and question the upstream has checked.

        False: it can't be read, and the upstream may go on waiting for a better one.
        """
        if pending.done:
            return True
        try:
            return self._answer(pending, message, now)
        except Exception as error:  # noqa: BLE001 - one answer must not take its batch with it
            if self.rules.on_crash is not None:
                self.rules.on_crash("pipeline", error)
            return False

    def _answer(self, pending: Pending, message: bytes, now: float) -> bool:
        rules = self.rules
        try:
            answer = Answer(message, pending.end)
            if answer.foreign() or (answer.opt_start >= 0 and answer.opt_end != answer.end):
                answer = Answer(rewrite.scrubbed(message))
            _ = answer.cnames  # what is no name shows here, and not in a detector
            response = Response(pending.query, answer)
            findings = rules.inspector.response(response)
        except WireError:
            self._cells[count.UPSTREAM_REJECTED] += 1
            return False
        except DetectorCrashError:
            self.on_failure(pending, ede.OTHER, "a detector failed", now)
            return True
        rcode = answer.rcode
        if rcode and rcode != NXDOMAIN:
            if pending.stale is not None:
                self.on_failure(pending, ede.STALE_ANSWER, "", now)
                return True
            ttl: float = rules.cache.failure_ttl
        else:
            ttl = answer.ttl(rules.cache.max_ttl, rules.cache.max_negative_ttl)
        withheld = rules.withheld(pending.query.name, answer) if rules.withheld is not None else ""
        if withheld:
            self._finish(pending)
            for source, peer, query in pending.waiters:
                reply = build.negative(query, 0, rules.block.ttl, ede=ede.FILTERED, text=withheld)
                self.replies.append((source, peer, reply))
            return True
        flagged = pending.findings or bool(findings)
        entry = Entry(answer, pending.key, now, ttl, pending.generation, flagged=flagged)
        if ttl > 0 and rules.cache.size:
            self.answers.put(pending.key, entry)
        self._deliver(pending, entry, findings, now)
        return True

    def on_failure(self, pending: Pending, code: int, text: str, now: float) -> None:
        """No upstream answered: serve what is stale, or SERVFAIL with an Extended DNS Error `code`, remembered a while.

        RFC 9520 section 3: "Resolvers MUST implement a cache for resolution failures".
        """
        if pending.done:
            return
        cache = self.rules.cache
        if pending.stale is not None:
            pending.stale.retry_at = now + cache.failure_ttl
            self._cells[count.STALE] += len(pending.waiters)
            self._deliver(pending, pending.stale, [], now)
            return
        self._cells[count.SERVFAIL] += len(pending.waiters)
        answer = Answer(rewrite.failure(pending.query, SERVFAIL, code, text))
        entry = Entry(answer, pending.key, now, cache.failure_ttl, pending.generation, flagged=pending.findings)
        old = self.answers.entries.get(pending.key)
        # a prefetch that failed must not push out an answer that is still good
        if old is None or now >= old.expires:
            self.answers.put(pending.key, entry)
        self._deliver(pending, entry, [], now)

    def on_tick(self, now: float) -> None:
        """Serve stale answers to those who have waited long enough (RFC 8767 section 5, client response timer)."""
        impatient = self._impatient
        patience = self.rules.cache.stale_after
        while impatient and (impatient[0].done or impatient[0].created + patience <= now):
            pending = impatient.popleft()
            if pending.done or pending.stale is None:
                continue
            self._cells[count.STALE] += len(pending.waiters)
            for source, peer, query in pending.waiters:
                self.replies.append((source, peer, self._render(query, pending.stale, now)))
                self._took(now - query.time)
            self.waiting -= len(pending.waiters)
            pending.waiters.clear()
        cells = self._cells
        cells[count.WAITING] = self.waiting
        whole = int(self._latency_sum * 1e6)
        cells[count.LATENCY_SUM_US] += whole
        self._latency_sum -= whole / 1e6
        cells[count.CACHE_BYTES] = self.answers.bytes + self.ready.bytes
        cells[count.CACHE_ENTRIES] = len(self.answers.entries)
        cells[count.CACHE_EVICTED] = self.answers.evicted + self.ready.evicted

    def _finish(self, pending: Pending) -> None:
        pending.done = True
        del self.pending[pending.key]
        self.waiting -= len(pending.waiters)

    def _deliver(self, pending: Pending, entry: Entry, findings: list[Finding], now: float) -> None:
        """Answer all who wait, each as its own group's policy says."""
        self._finish(pending)
        replies = self.replies
        for source, peer, query in pending.waiters:
            message = self._apply(query, findings, "response") if findings else None
            replies.append((source, peer, self._render(query, entry, now) if message is None else message))
            self._took(now - query.time)

    def _took(self, seconds: float) -> None:
        """Count one answer's latency; those of one batch are equal, and found at once."""
        if seconds != self._last_latency:
            self._last_latency = seconds
            self._last_bucket = count.latency_slot(seconds * 1e6)
        self._cells[self._last_bucket] += 1
        self._latency_sum += seconds

    def _render(self, query: Query, entry: Entry, now: float) -> bytes:
        """An entry as the answer to one query."""
        opt = b""
        if query.edns:
            opt = opt_record(query, entry.extended, entry.ede if now < entry.expires else entry.ede + STALE)
        limit = 65535 if query.stream else min(query.udp_size, MAX_UDP)
        body = entry.aged(now, int(self.rules.cache.stale_ttl))
        return query.packet[:2] + finish(body, entry.opt, query.question, opt, limit)

    def _apply(self, query: Query, findings: list[Finding], stage: str) -> bytes | None:
        """Let policy decide, tell, and answer if it is to be blocked."""
        rules = self.rules
        cells = self._cells
        verdict: Verdict = rules.policy.decide(query.client, query.name, findings)
        text = ""
        for finding, mode in verdict.told:
            cells[count.FINDINGS[finding.slug]] += 1
            if mode is Mode.SHADOW:
                continue
            alert = self._tell(query, finding, mode, verdict.group, stage)
            if mode is Mode.BLOCK and not text:
                text = f"{finding.slug}: {finding.reason}; alert {alert}"
        if verdict.action is Mode.BLOCK:
            cells[count.BLOCKED] += 1
            # RFC 8914 section 4.16 and 4.18: Blocked is the operator's doing, Filtered what the client's side asked for
            code = ede.FILTERED if verdict.group else ede.BLOCKED
            return build.blocked(query, rules.block, ede=code, text=text)
        if verdict.action is Mode.ALERT:
            cells[count.ALERTED] += 1
        elif verdict.action is Mode.SHADOW:
            cells[count.SHADOWED] += 1
        return None
