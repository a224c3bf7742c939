"""What clients are sent of what is kept or has gone wrong: answers fresh and stale, SERVFAIL; each is counted."""

from typing import Final

from dnsguard.cache.entry import FRESH, SERVFAIL, Entry
from dnsguard.detect.inspector import DetectorCrashError
from dnsguard.judge import Judge
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire import build, ede
from dnsguard.wire.query import Query


class Serving:
    """Makes answers under the judge's rules."""

    def __init__(self, judge: Judge, counters: Counters) -> None:
        self._judge: Final = judge
        self._cells: Final = counters.cells
        self._last_latency = -1.0
        self._last_bucket = 0
        self._latency_sum = 0.0

    def kept(self, query: Query, entry: Entry, now: float, stale_ttl: int = FRESH) -> bytes:
        """An entry as the answer to one query; `stale_ttl` from 0 says that it is served past its end."""
        payload = entry.answer(query, now, stale_ttl)
        if payload[0] & 0x02 and not query.stream:
            self._cells[count.TRUNCATED] += 1
        return query.packet[:2] + payload

    def stale(self, query: Query, entry: Entry, now: float) -> bytes:
        """Answer from an expired entry, judged again where that is due; its query has been judged."""
        rules = self._judge.rules
        self._cells[count.STALE] += 1
        if entry.flagged or entry.generation != rules.generation:
            try:
                instead = self._judge.kept(query, entry)
            except DetectorCrashError:
                return self.servfail(query.packet, "a detector failed")
            if instead is not None:
                return instead
        return self.kept(query, entry, now, int(rules.cache.stale_ttl))

    def servfail(self, packet: bytes, text: str) -> bytes:
        """Say that there is no answer, and why."""
        self._cells[count.SERVFAIL] += 1
        return build.error(packet, SERVFAIL, ede=ede.OTHER, text=text)

    def crashed(self, packet: bytes, error: Exception) -> bytes:
        """Answer a query that raised."""
        self.report(error)
        return self.servfail(packet, "internal error")

    def report(self, error: Exception) -> None:
        """Have a bug of ours counted and logged."""
        if self._judge.rules.on_crash is not None:
            self._judge.rules.on_crash("pipeline", error)

    def took(self, seconds: float) -> None:
        """Count one answer's latency; those of one batch are equal, and found at once."""
        if seconds != self._last_latency:
            self._last_latency = seconds
            # a clock may be set back while a query is under way
            self._last_bucket = count.latency_slot(max(seconds, 0.0) * 1e6)
        self._cells[self._last_bucket] += 1
        self._latency_sum += max(seconds, 0.0)

    def on_tick(self) -> None:
        """Show the sum of latencies: whole microseconds, so that single ones need not be rounded."""
        whole = int(self._latency_sum * 1e6)
        self._cells[count.LATENCY_SUM_US] += whole
        self._latency_sum -= whole / 1e6
