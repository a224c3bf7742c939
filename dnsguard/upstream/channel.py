"""One server as the pool sees it: how it does, and how questions get there."""

import asyncio
from typing import Final, Protocol

from dnsguard.errors import UpstreamError
from dnsguard.pending import Pending
from dnsguard.tasks import spawn
from dnsguard.upstream.config import Config
from dnsguard.upstream.exchange import Exchange
from dnsguard.upstream.port import Port
from dnsguard.upstream.servers import Server
from dnsguard.upstream.stream import TcpExchange

DOWN_AFTER: Final = 3
"""Failures in a row after which a server is asked only when no other is left, and by probes."""
UNKNOWN_RTT: Final = 0.1
"""What a server is taken for before its first answer. [seconds]"""


class Pool(Protocol):
    """What a channel tells."""

    def answered(self, channel: "Channel", batch: list[tuple[Pending, bytes]], *, stream: bool = False) -> None:
        """Answers that may be believed have come, over UDP or a stream."""

    def refused(self, channel: "Channel", pendings: list[Pending], error: str) -> None:
        """These could not be asked, or the server said that nobody listens."""


class Channel:
    """A server's health; `send` is its kind's own."""

    def __init__(self, server: Server) -> None:
        self.server: Final = server
        self.rtt = UNKNOWN_RTT
        """Smoothed time to an answer (RFC 6298 section 2, alpha 1/8). [seconds]"""
        self.failures = 0
        """In a row."""
        self.error = ""
        """Why the last one failed; empty after an answer."""
        self.sent = 0
        self.timeouts = 0
        self.rejected = 0

    @property
    def down(self) -> bool:
        """Whether it failed too often in a row to be trusted with a client's question."""
        return self.failures >= DOWN_AFTER

    def heard(self, seconds: float) -> None:
        """Count an answer that took so long."""
        self.failures = 0
        self.error = ""
        self.rtt += (seconds - self.rtt) / 8

    def failed(self, error: str) -> None:
        """Count a question without an answer."""
        self.failures += 1
        self.error = error

    @property
    def rejected_so_far(self) -> int:
        """Packets that came from this server's address and could not be believed."""
        return self.rejected

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask; answers and refusals come through the pool."""
        raise NotImplementedError

    def overdue(self, before: float) -> list[Pending]:
        """Questions asked before that time and not answered; each is returned once."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give sockets back."""


class UdpChannel(Channel):
    """Plain DNS: UDP from a handful of short-lived ports, TCP for what does not fit (RFC 7766 section 5)."""

    def __init__(self, server: Server, config: Config, pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server)
        self._config: Final = config
        self._pool: Final = pool
        self._loop: Final = loop
        self._ports: list[Port] = []
        self._retired: list[Port] = []
        self._turn = 0
        self._tcp: TcpExchange | None = None

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask all of them from one port, the next of the round: one system call for the batch."""
        try:
            port = self._port(now)
            port.ask(pendings, now)
        except UpstreamError as error:
            self._pool.refused(self, pendings, str(error))
            return
        self.sent += len(pendings)

    @property
    def rejected_so_far(self) -> int:
        """As Channel says."""
        return self.rejected + sum([port.rejected for port in (*self._ports, *self._retired)])

    def send_stream(self, pending: Pending) -> None:
        """Ask by TCP: the answer over UDP was cut."""
        if self._tcp is None:
            self._tcp = TcpExchange(self.server)
        spawn(exchanged(self, self._tcp, pending, self._config.timeout, self._pool), "tcp")

    def _port(self, now: float) -> Port:
        self._turn += 1
        if len(self._ports) < self._config.sockets:
            port = self._open(now)
            self._ports.append(port)
            return port
        at = self._turn % len(self._ports)
        port = self._ports[at]
        if port.retire_at <= now:
            self._retired.append(port)
            port = self._ports[at] = self._open(now)
        return port

    def _open(self, now: float) -> Port:
        port = Port(self.server, now, exact_case=self._config.randomize_case)
        self._loop.add_reader(port.sock, self._readable, port)
        return port

    def _readable(self, port: Port) -> None:
        try:
            port.receive(self._answered)
        except ConnectionRefusedError:
            lost = list(port.asked.values())
            port.asked.clear()  # they are asked again, here or elsewhere, under new ids
            self._pool.refused(self, lost, f"{self.server.text}: nobody listens there")

    def _answered(self, batch: list[tuple[Pending, bytes]]) -> None:
        self._pool.answered(self, batch)

    def overdue(self, before: float) -> list[Pending]:
        """As Channel says."""
        overdue = []
        for port in (*self._ports, *self._retired):
            if port.asked or port.late:
                overdue += port.overdue(before)
        return overdue

    def tidy(self, now: float) -> None:
        """Close retired ports once nothing they asked can still be answered in time."""
        patience = float(self._config.timeout)
        kept = []
        for port in self._retired:
            if port.asked and port.retire_at + patience > now:
                kept.append(port)
            else:
                self._close(port)
        self._retired = kept

    def _close(self, port: Port) -> None:
        self._loop.remove_reader(port.sock)
        self.rejected += port.rejected
        port.close()

    async def close(self) -> None:
        """As Channel says."""
        for port in (*self._ports, *self._retired):
            self._close(port)
        self._ports, self._retired = [], []
        if self._tcp is not None:
            await self._tcp.close()


class StreamChannel(Channel):
    """DNS over TLS, HTTPS or QUIC: one exchange a question, on kept-open connections."""

    def __init__(self, server: Server, exchange: Exchange, config: Config, pool: Pool) -> None:
        super().__init__(server)
        self._exchange: Final = exchange
        self._config: Final = config
        self._pool: Final = pool
        self._asked: dict[int, Pending] = {}

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask each in a task of its own."""
        self.sent += len(pendings)
        for pending in pendings:
            pending.asked_at = now
            self._asked[id(pending)] = pending
            spawn(exchanged(self, self._exchange, pending, self._config.timeout, self._pool), self.server.kind)

    def overdue(self, before: float) -> list[Pending]:
        """As Channel says."""
        overdue = [pending for pending in self._asked.values() if pending.done or pending.asked_at <= before]
        for pending in overdue:
            del self._asked[id(pending)]
        return [pending for pending in overdue if not pending.done]

    async def close(self) -> None:
        """As Channel says."""
        await self._exchange.close()


async def exchanged(channel: Channel, exchange: Exchange, pending: Pending, seconds: float, pool: Pool) -> None:
    """Ask one question over a stream and hand on what comes of it."""
    try:
        message = await exchange.exchange(b"\0\0" + pending.tail, seconds)
    except UpstreamError as error:
        if not pending.done:
            pool.refused(channel, [pending], str(error))
        return
    pool.answered(channel, [(pending, message)], stream=True)
