"""A worker's part of the query log: records in small batches, handed on without waiting.

A cached answer costs one look-up in a dictionary: equal ones of one client fold into a record with a count until the
next flush, so that the floods of a busy name are cheap to keep.
"""

from typing import Any, Final

from dnsguard.cache.entry import Reply
from dnsguard.link.datagrams import Outlet
from dnsguard.model import Judged
from dnsguard.pending import Pending, Source
from dnsguard.querylog.record import QUESTION, Batch, Record, encode, verdict
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.watch import Server

BATCH: Final = 400
"""Records of one batch: some 40 kB, encoded within 0.2 ms, so that no query waits for it noticeably."""
FOLDED: Final = 8192
"""Cached answers that are folded at a time; from then on they leave early. Some 4 MB."""
EVERY: Final = 0.5
"""What is not full goes on after so long, and folded answers begin to. [seconds]"""
REFUSED: Final = 5


class Collector:
    """A Watch. Strangers that are refused are not logged, or anyone could fill the ring: metrics count them."""

    def __init__(self, outlet: Outlet, counters: Counters) -> None:
        self._outlet: Final = outlet
        self._cells: Final = counters.cells
        self._records: list[Record] = []
        self._cached: dict[tuple[bytes, Reply], list[Any]] = {}
        """First time, the question and how many, by client and reply."""
        self._leaving: list[tuple[tuple[bytes, Reply], list[Any]]] = []
        """Those of them that fold no more, and leave batch by batch."""
        self._due = 0.0
        self._drift = 0.0
        self._lost = 0

    def cached(self, peer: Any, client: bytes, packet: bytes, reply: Reply, now: float) -> None:  # noqa: ARG002
        """As Watch says."""
        key = (client, reply)
        known = self._cached.get(key)
        if known is not None:
            known[2] += 1
            return
        self._cached[key] = [now, packet[12 : 12 + QUESTION], 1]
        if len(self._cached) >= FOLDED:
            self._turn()

    def answered(
        self,
        source: Source,
        peer: Any,  # noqa: ARG002
        client: bytes,
        packet: bytes,
        answer: bytes,
        judged: Judged | None,
        asked: float,
        now: float,
    ) -> None:
        """As Watch says."""
        if len(answer) < 12:
            return
        rcode = answer[3] & 15
        if rcode == REFUSED and judged is None and asked == now:
            return
        found = None if judged is None else verdict(judged)
        question = packet[12 : 12 + QUESTION]
        self._records.append(Record(asked, client, question, rcode, max(now - asked, 0.0), 1, source.stream, found))
        if len(self._records) >= BATCH:
            self._send()

    def forwarded(self, server: Server, pending: Pending, message: bytes, stream: bool, now: float) -> None:
        """Nothing: the log is about clients."""

    def flush(self, now: float, drift: float) -> None:
        """As Watch says."""
        self._drift = drift
        self._send_leaving()
        if not 0 < self._due - now <= EVERY:
            self._due = now + EVERY
            self._turn()
            self._send()
        self._outlet.pump()

    def close(self) -> None:
        """As Watch says."""
        self._turn()
        self._turn()
        self._send()
        self._outlet.close()
        self._count_lost()

    def _turn(self) -> None:
        """Begin to fold anew."""
        while self._leaving:
            self._send_leaving()
        self._leaving = list(self._cached.items())
        self._cached = {}

    def _send_leaving(self) -> None:
        some = self._leaving[-BATCH:]
        del self._leaving[-BATCH:]
        self._put(
            [
                Record(time, client, question, reply.payload[1] & 15, 0.0, times, False, None)
                for (client, reply), (time, question, times) in some
            ]
        )

    def _send(self) -> None:
        records, self._records = self._records, []
        self._put(records)

    def _put(self, records: list[Record]) -> None:
        if records:
            self._outlet.put(encode(Batch(self._drift, records)), len(records))
            self._count_lost()

    def _count_lost(self) -> None:
        lost = self._outlet.lost
        self._cells[count.QUERY_LOG_LOST] += lost - self._lost
        self._lost = lost
