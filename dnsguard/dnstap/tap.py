"""A worker's part of dnstap: copies of messages, in batches, handed on without waiting."""

from typing import Any, Final

from dnsguard.cache.entry import Reply
from dnsguard.dnstap.config import Config
from dnsguard.dnstap.peers import port_of
from dnsguard.dnstap.tapped import (
    CLIENT_QUERY,
    CLIENT_RESPONSE,
    FORWARDER_QUERY,
    FORWARDER_RESPONSE,
    PROTOCOLS,
    Batch,
    Tapped,
    encode,
)
from dnsguard.link.datagrams import MAX_DATAGRAM, Outlet
from dnsguard.model import Judged
from dnsguard.pending import Pending, Source
from dnsguard.querylog.record import verdict
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.watch import Server

EVERY: Final = 0.1
"""What is not full goes on after so long. [seconds]"""
OVERHEAD: Final = 64
"""Bytes of a message's other fields in a batch, rounded up. [bytes]"""
UDP: Final = PROTOCOLS["udp"]
TCP: Final = PROTOCOLS["tcp"]


class Tap:
    """A Watch."""

    def __init__(self, outlet: Outlet, counters: Counters, config: Config) -> None:
        self._outlet: Final = outlet
        self._cells: Final = counters.cells
        self._clients: Final = "client" in config.messages
        self._forwarders: Final = "forwarder" in config.messages
        self._masked: Final = config.mask_clients
        self._messages: list[Tapped] = []
        self._bytes = 0
        self._due = 0.0
        self._drift = 0.0
        self._lost = 0

    def cached(self, peer: Any, client: bytes, packet: bytes, reply: Reply, now: float) -> None:
        """As Watch says."""
        if self._clients:
            self._client(UDP, peer, client, packet, packet[:2] + reply.payload, None, now, now)

    def answered(
        self,
        source: Source,
        peer: Any,
        client: bytes,
        packet: bytes,
        answer: bytes,
        judged: Judged | None,
        asked: float,
        now: float,
    ) -> None:
        """As Watch says."""
        if self._clients:
            self._client(TCP if source.stream else UDP, peer, client, packet, answer, judged, asked, now)

    def _client(
        self,
        protocol: int,
        peer: Any,
        client: bytes,
        packet: bytes,
        answer: bytes,
        judged: Judged | None,
        asked: float,
        now: float,
    ) -> None:
        port = port_of(peer)
        if self._masked:
            client = client[:3] + b"\0" if len(client) == 4 else client[:6] + bytes(10)
            port = 0
        self._add(Tapped(CLIENT_QUERY, protocol, client, port, "", asked, 0.0, packet))
        if answer:
            found = verdict(judged) if judged is not None else None
            self._add(Tapped(CLIENT_RESPONSE, protocol, client, port, "", asked, now, answer, found))

    def forwarded(self, server: Server, pending: Pending, message: bytes, stream: bool, now: float) -> None:
        """As Watch says; the question has the id that its answer has."""
        if not self._forwarders:
            return
        protocol = TCP if stream and server.kind == "udp" else PROTOCOLS[server.kind]
        asked = pending.asked_at
        question = message[:2] + pending.tail
        self._add(Tapped(FORWARDER_QUERY, protocol, b"", server.port, server.host, asked, 0.0, question))
        self._add(Tapped(FORWARDER_RESPONSE, protocol, b"", server.port, server.host, asked, now, message))

    def _add(self, message: Tapped) -> None:
        size = len(message.message) + OVERHEAD
        if self._bytes + size > MAX_DATAGRAM and self._messages:
            self._send()
        self._messages.append(message)
        self._bytes += size

    def flush(self, now: float, drift: float) -> None:
        """As Watch says."""
        if 0 < self._due - now <= EVERY:
            return
        self._due = now + EVERY
        self._drift = drift
        self._send()
        self._outlet.pump()

    def close(self) -> None:
        """As Watch says."""
        self._send()
        self._outlet.close()
        self._count_lost()

    def _send(self) -> None:
        if not self._messages:
            return
        self._outlet.put(encode(Batch(self._drift, self._messages)), len(self._messages))
        self._messages = []
        self._bytes = 0
        self._count_lost()

    def _count_lost(self) -> None:
        lost = self._outlet.lost
        self._cells[count.DNSTAP_LOST] += lost - self._lost
        self._lost = lost
