"""A server of plain DNS: asked over UDP, and over TCP for what does not fit or may be forged."""

import asyncio
import errno
import logging
from typing import Final

from dnsguard.errors import UpstreamError
from dnsguard.pending import Pending
from dnsguard.upstream.channel import LAST_TRY, Channel, Pool, Stream
from dnsguard.upstream.config import Config
from dnsguard.upstream.port import MAX_FORGED, Port
from dnsguard.upstream.servers import Server
from dnsguard.upstream.stream import TcpExchange

WARN_EVERY: Final = 60.0
"""A forger must not fill the log. [seconds]"""
_SHORT: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

_log: Final = logging.getLogger("dnsguard.upstream")


class UdpChannel(Channel):
    """Plain DNS: UDP from a handful of short-lived ports, TCP for what does not fit (RFC 7766 section 5)."""

    def __init__(self, server: Server, config: Config, pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server)
        self._config: Final = config
        self._pool: Final = pool
        self._loop: Final = loop
        self._ports: Final[list[Port]] = []
        self._retired: Final[list[Port]] = []
        """At most one for each port and two seconds of the time-out, with those of a busy server closed earlier."""
        self._turn = 0
        self._stream: Stream | None = None
        self._warned = float("-inf")

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask all of them from one port, the next of the round: one system call for the batch."""
        try:
            port = self._port(now)
            port.ask(pendings, now)
        except UpstreamError as error:
            self._pool.refused(self, pendings, str(error), gone=True)

    def send_stream(self, pending: Pending, now: float) -> None:
        """As Channel says."""
        if self._stream is None:
            self._stream = Stream(
                self, TcpExchange(self.server, on_rejected=self._pool.rejected), self._config, self._pool
            )
        left = pending.created + self._config.timeout - now
        self._stream.ask([pending], now, max(left, LAST_TRY))

    def _port(self, now: float) -> Port:
        ports = self._ports
        self._turn += 1
        at = self._turn % self._config.sockets
        if at < len(ports) and ports[at].retire_at > now:
            return ports[at]
        try:
            port = Port(self.server, now, exact_case=self._config.randomize_case)
        except OSError as error:
            # where this process is short of something, an old port is better than none
            if ports and error.errno in _SHORT:
                return ports[at % len(ports)]
            raise UpstreamError(f"{self.server.text}: {error.strerror or error}") from error
        self._loop.add_reader(port.sock, self._readable, port)
        if at < len(ports):
            ports[at].retire_at = now
            self._retired.append(ports[at])
            ports[at] = port
        else:
            ports.append(port)
        return port

    def _readable(self, port: Port) -> None:
        port.receive(self._answered)
        if port.rejected or port.lost or port.doubted:
            self._attend(port)

    def _answered(self, batch: list[tuple[Pending, bytes]], since: float) -> None:
        self._pool.answered(self, batch, since)

    def _attend(self, port: Port) -> None:
        """See to what else has come than answers."""
        if port.rejected:
            self._pool.rejected(port.rejected)
            port.rejected = 0
            if port.strange:
                self._pool.strange(port.strange)
                port.strange = []
        doubted, port.doubted = port.doubted, []
        if port.lost:
            # closed, for uvloop listens to a socket no more once it had an error
            lost = self._drop(port)
            self._pool.refused(self, lost, f"{self.server.text}: {port.lost}", gone=True)
        elif port.forged > MAX_FORGED:
            doubted += self._drop(port)
            if self._loop.time() - self._warned >= WARN_EVERY:
                self._warned = self._loop.time()
                _log.warning("answers are being forged; asking over TCP", extra={"server": self.server.text})
        if doubted:
            self._pool.doubted(self, doubted)

    def _drop(self, port: Port) -> list[Pending]:
        """Close a port at once; what it was waiting for."""
        for ports in (self._ports, self._retired):
            if port in ports:
                ports.remove(port)
        asked = list(port.asked.values())
        self._close(port)
        return asked

    def overdue(self, before: float, limit: int) -> list[Pending]:
        """As Channel says."""
        overdue: list[Pending] = []
        for port in (*self._ports, *self._retired):
            if port.asked:
                overdue += port.overdue(before, limit)
        return overdue

    def tidy(self, now: float) -> None:
        """Close retired ports once nothing they asked can still be answered in time."""
        for port in (*self._ports, *self._retired):
            port.tidy()
        for port in self._retired.copy():
            if not port.asked and (not port.late or port.retire_at + self._config.timeout <= now):
                self._retired.remove(port)
                self._close(port)

    def _close(self, port: Port) -> None:
        self._loop.remove_reader(port.sock)
        port.close()

    async def close(self) -> None:
        """As Channel says."""
        for port in (*self._ports, *self._retired):
            self._close(port)
        self._ports.clear()
        self._retired.clear()
        if self._stream is not None:
            await self._stream.exchange.close()
