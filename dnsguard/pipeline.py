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
was flagged, or judged under an older generation of lists and policy, is judged again at each query. What was blocked is
blocked again for a few seconds without being judged, if the same client repeats it to the byte: it is counted alike.
"""

from collections import deque
from typing import Any, Final

from dnsguard.cache.entry import MAX_KEY, NXDOMAIN, SERVFAIL, Entry, Reply
from dnsguard.detect.inspector import DetectorCrashError
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.response_view import Response
from dnsguard.errors import WireError
from dnsguard.judge import Judge, Tell
from dnsguard.keeping import Keeping
from dnsguard.model import Finding
from dnsguard.pending import Pending, Source, Waiter, key, key_bits
from dnsguard.rules import Rules
from dnsguard.serving import Serving
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.watch import Watch
from dnsguard.wire import build, ede, rewrite
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import ANY, AXFR, IXFR, OPT, TKEY, TSIG

NOTIMP: Final = 4
REFUSED: Final = 5
BADVERS: Final = 16
IN: Final = 1
TRANSFERS: Final = frozenset({AXFR, IXFR})
"""A forwarder has no zone to give away (RFC 5936 section 2.2.1)."""
HOP_BY_HOP: Final = frozenset({OPT, TKEY, TSIG})
"""Types that belong to one hop, and are not asked for (RFC 6891, RFC 2930, RFC 8945)."""
MIN_PREFETCH_TTL: Final = 10
"""Shorter-lived answers would be asked for all the time. [seconds]"""
MAX_STEP_BACK: Final = 1.0
"""A clock that goes back further was set by hand: what was kept then would live too long. [seconds]"""


class Pipeline:
    """One worker's way of a query.

    Drivers call `on_queries`, then take `forwards` to the upstreams; call `on_answer` or `on_failure` for each of them,
    and `on_tick` a few times a second; then send `take_replies`.
    """

    def __init__(self, rules: Rules, counters: Counters, tell: Tell) -> None:
        self.rules = rules
        self.kept: Final = Keeping(rules.cache.size, counters)
        self.answers: Final = self.kept.answers
        self.ready: Final = self.kept.ready
        self.pending: Final[dict[bytes, Pending]] = {}
        """What others can join; at most rules.max_waiting."""
        self.waiting = 0
        """Clients' queries under way, at most rules.max_waiting."""
        self.forwards: list[Pending] = []
        self.replies: list[tuple[Source, Any, bytes]] = []
        self.watch: Watch | None = None
        """Who is shown every answer: the query log, dnstap."""
        self._impatient: Final[deque[Pending]] = deque()
        """Those with a stale answer at hand, oldest first; forgotten when they are done or have served it."""
        self._judge: Final = Judge(rules, counters, tell)
        self._serving: Final = Serving(self._judge, counters)
        self._cells: Final = counters.cells
        self._misses = 0
        """Of the batch at hand."""
        self._ticked = 0.0

    def configure(self, rules: Rules) -> None:
        """Let a new configuration or snapshot hold from the next query on."""
        if rules.sources != self.rules.sources:
            # another server, a forward or a local record answers now: what the old ones said, or are about to say,
            # no longer counts
            self.kept.clear()
            self.pending.clear()
            for pending in self._impatient:
                pending.stale = None
        if rules.cache.size != self.rules.cache.size:
            self.kept.resize(rules.cache.size)
        self.rules = self._judge.rules = rules

    # a query comes

    def on_queries(
        self, source: Source, packets: list[bytes], peers: list[Any], clients: list[bytes], now: float
    ) -> tuple[list[bytes], list[Any]]:
        """Take a batch; return the answers that are ready at once, and the peer of each."""
        out: list[bytes] = []
        out_peers: list[Any] = []
        ready = self.ready.entries
        blocked = self.kept.blocked.entries
        rules = self.rules
        cells = self._cells
        allows = rules.policy.allows
        generation = rules.generation
        known = rules.acl.verdicts
        stream = source.stream
        watch = self.watch
        hits = 0
        repeats = 0
        for packet, peer, client in zip(packets, peers, clients, strict=True):
            if not stream:
                tail = packet[2:]
                reply = ready.get(tail)
                if reply is not None and now < reply.until and reply.generation == generation and known.get(client):
                    out.append(packet[:2] + reply.payload)
                    out_peers.append(peer)
                    hits += 1
                    if watch is not None:
                        watch.cached(peer, client, packet, reply, now)
                    continue
                again = blocked.get(client + tail) if blocked else None
                if again is not None and known.get(client) and again.counts(client, generation, allows, now):
                    answer = packet[:2] + again.payload
                    out.append(answer)
                    out_peers.append(peer)
                    repeats += 1
                    cells[again.finding_cell] += 1
                    if watch is not None:
                        watch.answered(source, peer, client, packet, answer, again.judged, now, now)
                    continue
            if watch is not None:
                self._judge.take_judged()
            try:
                answered = self._query(source, packet, peer, client, now)
            except Exception as error:  # noqa: BLE001 - one query must not take its batch with it
                answered = self._serving.crashed(packet, error)
            if answered is not None:
                out.append(answered)
                out_peers.append(peer)
                if watch is not None:
                    watch.answered(source, peer, client, packet, answered, self._judge.take_judged(), now, now)
        cells[count.QUERIES_TCP if stream else count.QUERIES_UDP] += len(packets)
        cells[count.HITS] += hits
        # no entry had an answer for what was blocked again, either
        cells[count.MISSES] += self._misses + repeats
        self._misses = 0
        cells[count.BLOCKED] += repeats
        return out, out_peers

    def _query(self, source: Source, packet: bytes, peer: Any, client: bytes, now: float) -> bytes | None:
        """Handle what no ready reply fits; None: the answer comes later, or never."""
        cells = self._cells
        rules = self.rules
        if len(packet) < 12 or packet[2] & 0x80:
            # RFC 1035 section 7.3 and RFC 5625: never answer a response, or two servers talk for ever
            cells[count.DROPPED_RESPONSE] += 1
            if rules.acl.verdicts.get(client) or rules.acl.allows(client):
                self._judge.refused(Malformed(packet, client, now, stream=source.stream))
            return b"" if source.stream else None
        if not (rules.acl.verdicts.get(client) or rules.acl.allows(client)):
            cells[count.REFUSED_CLIENT] += 1
            return build.error(packet, REFUSED, ede=ede.PROHIBITED)
        try:
            query = Query(packet, client, now, source.stream)
        except WireError as error:
            cells[count.NOTIMP if error.rcode == NOTIMP else count.FORMERR] += 1
            self._judge.refused(Malformed(packet, client, now, stream=source.stream))
            return build.error(packet, error.rcode)
        if query.edns_version:
            self._judge.refused(Malformed(packet, client, now, stream=source.stream, query=query))
            return build.error(packet, BADVERS)
        if query.qclass != IN or query.qtype in TRANSFERS or query.qtype in HOP_BY_HOP:
            cells[count.NOTIMP] += 1
            self._judge.refused(Malformed(packet, client, now, stream=source.stream, query=query))
            return build.error(packet, NOTIMP if query.qtype in HOP_BY_HOP else REFUSED)

        bits = key_bits(query)
        name_key = key(query, bits)
        entry = self.answers.entries.get(name_key)
        if entry is not None and now < entry.expires:
            cells[count.HITS] += 1
            entry.used = True
            if entry.generation == rules.generation and not entry.flagged:
                return self._hit(query, entry, name_key, bits, now)
            try:
                instead = self._judge.hit(query, entry)
            except DetectorCrashError:
                return self._serving.servfail(packet, "a detector failed")
            return self._serving.kept(query, entry, now) if instead is None else instead
        self._misses += 1

        if rules.local is not None:
            local = rules.local(query)
            if local is not None:
                cells[count.LOCAL] += 1
                return local
        try:
            findings = rules.inspector.query(query)
        except DetectorCrashError:
            return self._serving.servfail(packet, "a detector failed")
        if findings:
            blocked = self._judge.apply(query, findings, "query")
            if blocked is not None:
                told = self._judge.repeats
                if told is not None:
                    self.kept.block(query, blocked, told, rules)
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
        rules = self.rules
        packet = query.packet
        payload = entry.answer(query, now)
        if not query.stream:
            if payload[0] & 0x02:
                self._cells[count.TRUNCATED] += 1
            elif len(packet) <= MAX_KEY and query.question == name_key[:-1]:
                # in mixed case (0x20) it would not come again, and push others out
                self.ready.put(packet[2:], Reply(entry, query, payload, now))
        life = entry.expires - entry.stored
        if (
            rules.cache.prefetch
            and not entry.refreshing
            and not entry.failure
            and life >= MIN_PREFETCH_TTL
            and entry.expires - now < life / 10
            and name_key not in self.pending
            and len(self.pending) < rules.max_waiting
        ):
            entry.refreshing = True
            self._cells[count.PREFETCH] += 1
            self._ask(query, name_key, bits, now)
        return packet[:2] + payload

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
        pending = self.pending.get(name_key)
        full = self.waiting >= rules.max_waiting or (pending is None and len(self.pending) >= rules.max_waiting)
        if stale is not None:
            if stale.failure or now >= stale.expires + rules.cache.stale:
                stale = None
            elif (
                full
                # RFC 8767 section 5, failure recheck timer: no upstream answered a moment ago
                or now < stale.retry_at
                # the client response timer of those who asked first has run out
                or (pending is not None and now >= pending.created + rules.cache.stale_after)
            ):
                return self._serving.stale(query, stale, now)
        if full:
            self._cells[count.WAITING_REFUSED] += 1
            return self._serving.servfail(query.packet, "too many queries under way")
        if pending is None:
            pending = self._ask(query, name_key, bits, now)
        else:
            self._cells[count.COALESCED] += 1
        if stale is not None and pending.stale is None:
            pending.stale = stale
            self._impatient.append(pending)
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

    # an answer comes, or none

    def on_answer(self, pending: Pending, message: bytes, now: float) -> bool:
        """Take an answer whose sender, id and question the upstream has checked.

        False: it can't be read, and the upstream may go on waiting for a better one.
        """
        if pending.done:
            return True
        try:
            return self._answer(pending, message, now)
        except Exception as error:  # noqa: BLE001 - one answer must not take its batch with it
            self._serving.report(error)
            return pending.done

    def on_rejected(self, pending: Pending, message: bytes) -> None:
        """Look at what had the id of a question, and is no answer to it; the answer is waited for as before."""
        if not pending.key:
            return  # our own question
        try:
            self._judge.rejected(_rejected(pending, message))
        except Exception as error:  # noqa: BLE001 - as on_answer
            self._serving.report(error)

    def _answer(self, pending: Pending, message: bytes, now: float) -> bool:
        rules = self.rules
        try:
            answer = Answer(message, pending.end)
            if answer.foreign() or (answer.opt_start >= 0 and answer.opt_end != answer.end):
                answer = Answer(rewrite.scrubbed(message))
            _ = answer.cnames  # what is no name shows here, and not in a detector
            findings = rules.inspector.response(Response(pending.query, answer))
            if answer.message is not message:
                findings += rules.inspector.rejected(_rejected(pending, message, answer.message))
        except WireError:
            self._cells[count.UPSTREAM_REJECTED] += 1
            self._judge.rejected(_rejected(pending, message))
            return False
        except DetectorCrashError:
            pending.stale = None  # an unjudged answer is not replaced by an older one
            self.on_failure(pending, ede.OTHER, "a detector failed", now)
            return True
        rcode = answer.rcode
        if rcode and rcode != NXDOMAIN:
            if pending.stale is not None:
                self.on_failure(pending, ede.STALE_ANSWER, "", now)
                return True
            ttl: float = rules.cache.failure_ttl
            if rcode == SERVFAIL:
                self._cells[count.SERVFAIL] += len(pending.waiters)
        else:
            ttl = answer.ttl(rules.cache.max_ttl, rules.cache.max_negative_ttl)
        why = rules.withheld(pending.query.name, answer) if rules.withheld is not None else ""
        flagged = pending.findings or bool(findings)
        entry = Entry(answer, pending.key, now, ttl, pending.generation, flagged=flagged)
        if self._finish(pending) and not why:
            self.kept.keep(pending.key, entry, rules.cache.stale, now)
        for waiter in pending.waiters:
            self._deliver(waiter, entry, findings, why, now)
        return True

    def on_failure(self, pending: Pending, code: int, text: str, now: float) -> None:
        """No upstream answered: serve what is stale, or SERVFAIL with an Extended DNS Error `code`, remembered a while.

        RFC 9520 section 3: "Resolvers MUST implement a cache for resolution failures".
        """
        if pending.done:
            return
        ttl = self.rules.cache.failure_ttl
        if pending.stale is not None:
            pending.stale.retry_at = now + ttl
            self._serve_stale(pending, pending.stale, now)
            self._finish(pending)
            return
        self._cells[count.SERVFAIL] += len(pending.waiters)
        answer = Answer(rewrite.failure(pending.query, SERVFAIL, code, text))
        entry = Entry(answer, pending.key, now, ttl, pending.generation, flagged=pending.findings)
        if self._finish(pending):
            self.kept.keep(pending.key, entry, self.rules.cache.stale, now)
        for waiter in pending.waiters:
            self._deliver(waiter, entry, (), "", now)

    def _finish(self, pending: Pending) -> bool:
        """Take it off the table; False: what answers it is no longer what answers come from."""
        pending.done = True
        self.waiting -= len(pending.waiters)
        if self.pending.get(pending.key) is not pending:
            return False
        del self.pending[pending.key]
        return True

    def on_tick(self, now: float) -> None:
        """Serve stale answers to those who have waited long enough (RFC 8767 section 5, client response timer)."""
        impatient = self._impatient
        if now < self._ticked - MAX_STEP_BACK:
            self.kept.clear()
            for pending in impatient:
                pending.created = min(pending.created, now)
        self._ticked = now
        patience = self.rules.cache.stale_after
        while impatient and (impatient[0].done or impatient[0].created + patience <= now):
            pending = impatient.popleft()
            if not pending.done and pending.stale is not None:
                self._serve_stale(pending, pending.stale, now)
        self._cells[count.WAITING] = self.waiting
        self._serving.on_tick()
        self.kept.show()

    # an answer goes

    def take_replies(self) -> list[tuple[Source, list[bytes], list[Any]]]:
        """Hand over what is to be sent: packets and peers of each source."""
        replies, self.replies = self.replies, []
        # every TCP connection is a source of its own, so there may be as many as replies
        by_source: dict[int, tuple[Source, list[bytes], list[Any]]] = {}
        for source, peer, packet in replies:
            group = by_source.get(id(source))
            if group is None:
                by_source[id(source)] = (source, [packet], [peer])
            else:
                group[1].append(packet)
                group[2].append(peer)
        return list(by_source.values())

    def _serve_stale(self, pending: Pending, stale: Entry, now: float) -> None:
        """Answer all who wait from a stale entry; the question stays under way."""
        for source, peer, query in pending.waiters:
            try:
                message = self._serving.stale(query, stale, now)
            except Exception as error:  # noqa: BLE001 - one client must not take the others with it
                message = self._serving.crashed(query.packet, error)
            self._reply(source, peer, query, message, now)
        self.waiting -= len(pending.waiters)
        pending.waiters.clear()

    def _deliver(self, waiter: Waiter, entry: Entry, findings: tuple[Finding, ...], why: str, now: float) -> None:
        """Answer one who waits, as its own group's policy says; `why` an answer is withheld comes after that."""
        source, peer, query = waiter
        try:
            message = self._judge.apply(query, findings, "response") if findings else None
            if message is None:
                message = self._judge.withhold(query, why) if why else self._serving.kept(query, entry, now)
        except Exception as error:  # noqa: BLE001 - one client must not take the others with it
            message = self._serving.crashed(query.packet, error)
        self._reply(source, peer, query, message, now)

    def _reply(self, source: Source, peer: Any, query: Query, message: bytes, now: float) -> None:
        """Have one who waited answered."""
        self.replies.append((source, peer, message))
        self._serving.took(now - query.time)
        if self.watch is not None:
            self.watch.answered(source, peer, query.client, query.packet, message, query.judged, query.time, now)


def _rejected(pending: Pending, message: bytes, cleaned: bytes = b"") -> Malformed:
    query = pending.query
    return Malformed(message, query.client, query.time, stream=query.stream, query=query, cleaned=cleaned)
