"""What a worker counts, in memory that the hub reads: no message per query.

An array of unsigned 64-bit cells over a memory file whose descriptor the worker inherits. One process writes it, the
hub reads it; an aligned cell is read whole. The file is the hub's, so a restarted worker counts on where the dead one
stopped, and Prometheus sees no reset.

This table is the only place where a counter gets its slot, its metric, its labels and its help: a slot is a module
constant, so the way of a query does `cells[HITS] += n`.
"""

import bisect
import mmap
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from dnsguard.model import ALERT_TYPES

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One cell of the array."""

    name: str
    """Names the cell in `/readyz` and in tests."""
    metric: str
    """Prometheus family without the `dnsguard_` before it and the `_total` after it."""
    kind: Kind
    labels: Mapping[str, str] = field(default_factory=dict)
    help: str = ""


_fields: list[Field] = []


def _slot(name: str, kind: Kind, metric: str, text: str, **labels: str) -> int:
    _fields.append(Field(name=name, metric=metric, kind=kind, labels=labels, help=text))
    return len(_fields) - 1


def _counter(name: str, metric: str, text: str, **labels: str) -> int:
    return _slot(name, "counter", metric, text, **labels)


def _gauge(name: str, metric: str, text: str) -> int:
    return _slot(name, "gauge", metric, text)


_Q = "Queries received."
QUERIES_UDP: Final = _counter("queries_udp", "queries", _Q, transport="udp")
QUERIES_TCP: Final = _counter("queries_tcp", "queries", _Q, transport="tcp")

_C = "Queries by what the cache had for them."
HITS: Final = _counter("hits", "cache_lookups", _C, result="hit")
MISSES: Final = _counter("misses", "cache_lookups", _C, result="miss")
STALE: Final = _counter(
    "stale", "cache_stale_answers", "Expired answers served because no upstream answered (RFC 8767)."
)
PREFETCH: Final = _counter("prefetch", "cache_prefetches", "Popular answers asked for again before they expired.")
COALESCED: Final = _counter("coalesced", "coalesced_queries", "Queries that waited for an equal one already under way.")

_V = "Queries with a finding, by what came of it."
BLOCKED: Final = _counter("blocked", "verdicts", _V, action="block")
ALERTED: Final = _counter("alerted", "verdicts", _V, action="alert")
SHADOWED: Final = _counter("shadowed", "verdicts", _V, action="shadow")

_R = "Queries that were not forwarded, by reason."
REFUSED_CLIENT: Final = _counter("refused_client", "rejected_queries", _R, reason="client not in allow_from")
FORMERR: Final = _counter("formerr", "rejected_queries", _R, reason="malformed")
NOTIMP: Final = _counter("notimp", "rejected_queries", _R, reason="not implemented")
DROPPED_RESPONSE: Final = _counter("dropped_response", "rejected_queries", _R, reason="not a query")
LOCAL: Final = _counter("local", "local_answers", "Queries answered from local records or special-use names.")
SERVFAIL: Final = _counter("servfail", "servfail_answers", "Queries answered with SERVFAIL.")
TRUNCATED: Final = _counter("truncated", "truncated_answers", "Answers over UDP cut to TC (RFC 1035 section 4.2.1).")

UPSTREAM_QUERIES: Final = _counter("upstream_queries", "upstream_queries", "Queries sent to upstream servers.")
_E = "Upstream queries without a usable answer, by reason."
UPSTREAM_TIMEOUTS: Final = _counter("upstream_timeouts", "upstream_failures", _E, reason="timeout")
UPSTREAM_ERRORS: Final = _counter("upstream_errors", "upstream_failures", _E, reason="error")
UPSTREAM_REJECTED: Final = _counter(
    "upstream_rejected", "upstream_rejected", "Packets from upstream with a wrong id, question or source (RFC 5452)."
)

CACHE_EVICTED: Final = _counter("cache_evicted", "cache_evictions", "Answers that made room for others.")
CACHE_BYTES: Final = _gauge("cache_bytes", "cache_bytes", "Memory of the kept answers. [bytes]")
CACHE_ENTRIES: Final = _gauge("cache_entries", "cache_entries", "Kept answers.")
WAITING: Final = _gauge("waiting", "waiting_queries", "Queries now waiting for an upstream.")
WAITING_REFUSED: Final = _counter(
    "waiting_refused", "waiting_refused", "Queries that found upstream.max_waiting others under way."
)
TCP_CONNECTIONS: Final = _gauge("tcp_connections", "tcp_connections", "Open TCP connections of clients.")
TCP_CLOSED: Final = _counter(
    "tcp_closed", "tcp_connections_cut", "TCP connections closed to make room or for slowness."
)

FINDINGS_UNSENT: Final = _gauge(
    "findings_unsent", "findings_unacknowledged", "Findings the hub has not put on disk yet."
)
FINDINGS_LOST: Final = _counter(
    "findings_lost", "findings_lost", "Findings dropped because the hub took none for too long."
)

QUERY_LOG_LOST: Final = _counter(
    "query_log_lost", "query_log_dropped", "Records of the query log that its writer had no time for."
)
DNSTAP_LOST: Final = _counter(
    "dnstap_lost", "dnstap_dropped", "Messages that the dnstap receiver, or the way to it, had no time for."
)

FINDINGS: Final[Mapping[str, int]] = {
    slug: _counter(f"findings_{slug}", "findings", "Findings, by detector.", detector=slug) for slug in ALERT_TYPES
}
DETECTOR_JUDGED: Final[Mapping[str, int]] = {
    slug: _counter(
        f"detector_judged_{slug}",
        "detector_judged",
        "Queries and answers with something a detector looks for, which it then judged.",
        detector=slug,
    )
    for slug in ALERT_TYPES
}
DETECTOR_ERRORS: Final[Mapping[str, int]] = {
    slug: _counter(
        f"detector_errors_{slug}",
        "detector_errors",
        "Queries a detector crashed on and was skipped for.",
        detector=slug,
    )
    for slug in ALERT_TYPES
}

Table = tuple[str, int, int]
"""What one kind of entries comes to: its name in TABLES, how many there are (-1: not known), how many made room."""
TABLES: Final = (
    "tunnel_zones",
    "tunnel_names",
    "tunnel_sample_bytes",
    "tunnel_clients",
    "tunnel_senders",
    "tunnel_offers",
    "tunnel_exempt_zones",
    "tunnel_shares",
    "anomalies",
    "oddities",
    "failing_clients",
    "rendezvous",
    "flood_zones",
    "random_host_zones",
)
_T = "What detectors remember, by table."
ENTRIES: Final[Mapping[str, int]] = {
    table: _slot(f"entries_{table}", "gauge", "memory_entries", _T, table=table) for table in TABLES
}
EVICTED: Final[Mapping[str, int]] = {
    table: _counter(
        f"evicted_{table}", "memory_evictions", "What detectors forgot to make room, by table.", table=table
    )
    for table in TABLES
}

LATENCY_BOUNDS_US: Final = (
    50,
    100,
    250,
    500,
    1000,
    2500,
    5000,
    10000,
    25000,
    50000,
    100000,
    250000,
    500000,
    1000000,
    2500000,
    5000000,
)
"""Upper bounds of the latency buckets. [microseconds]"""
_L = "Time from a query's arrival to its answer, for queries the cache did not answer at once. [seconds]"
LATENCY: Final = _slot(f"latency_le_{LATENCY_BOUNDS_US[0]}", "histogram", "latency_seconds", _L)
"""The first bucket's slot; one each follows, and one for all that is slower. Not cumulative."""
for _bound in (*LATENCY_BOUNDS_US[1:], "inf"):
    _slot(f"latency_le_{_bound}", "histogram", "latency_seconds", _L)
LATENCY_SUM_US: Final = _slot("latency_sum_us", "histogram", "latency_seconds", _L)

FIELDS: Final[Sequence[Field]] = tuple(_fields)
SLOTS: Final[Mapping[str, int]] = {item.name: slot for slot, item in enumerate(FIELDS)}
SIZE: Final = 8 * len(FIELDS)
"""Length of the shared memory. [bytes]"""


def latency_slot(microseconds: float) -> int:
    """Find the bucket a latency falls into, for `cells[slot] += 1`."""
    return LATENCY + bisect.bisect_left(LATENCY_BOUNDS_US, microseconds)


def create() -> int:
    """Make a zeroed memory file for one worker; returns its descriptor, which the caller closes."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("dnsguard-counters", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:  # no name: nothing to clean up
            fd = os.dup(file.fileno())
    os.ftruncate(fd, SIZE)
    return fd


class Counters:
    """The cells. `fd` is a file made by `create`; without one the memory is private (tests, replay)."""

    __slots__ = ("_memory", "cells")

    def __init__(self, fd: int | None = None) -> None:
        self._memory = mmap.mmap(-1 if fd is None else fd, SIZE)
        self.cells: memoryview = memoryview(self._memory).cast("Q")

    def add(self, slot: int, n: int = 1) -> None:
        """Count `n` more."""
        self.cells[slot] += n

    def set(self, slot: int, n: int) -> None:
        """State what a gauge stands at."""
        self.cells[slot] = n

    def latency(self, microseconds: float) -> None:
        """Count one answer's latency."""
        cells = self.cells
        cells[LATENCY + bisect.bisect_left(LATENCY_BOUNDS_US, microseconds)] += 1
        cells[LATENCY_SUM_US] += int(microseconds)

    def read(self) -> dict[str, int]:
        """All cells by name."""
        return dict(zip(SLOTS, self.cells.tolist(), strict=True))

    def clear_gauges(self) -> None:
        """For a worker that died: what it held is gone, what it counted is not."""
        for slot, item in enumerate(FIELDS):
            if item.kind == "gauge":
                self.cells[slot] = 0

    def close(self) -> None:
        """Give the memory back."""
        self.cells.release()
        self._memory.close()
