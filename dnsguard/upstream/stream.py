"""Asks over TCP (RFC 7766) and TLS (RFC 7858): one connection, kept open, with many queries under way on it."""

import asyncio
import random
import socket
import ssl
from collections.abc import Callable
from typing import Final, cast

from dnsguard.errors import UpstreamError, WireError
from dnsguard.upstream.certificates import client_context, reason
from dnsguard.upstream.exchange import Lookup, answers, bare_error, ignored, question
from dnsguard.upstream.kept_open import CONNECT, KeptOpen
from dnsguard.upstream.padding import padded, unpadded
from dnsguard.upstream.servers import Server, sockaddr
from dnsguard.wire.framing import Unframer, framed

MAX_WAITING: Final = 4096
"""Unanswered queries on one connection: one in sixteen ids, so that a free one is found at once. [queries]"""
MAX_UNSENT: Final = 1 << 20
"""What a server that stopped reading may leave here before it is given up. [bytes]"""
IDLE: Final = 20.0
"""A connection without a query is closed after this; servers do so after some 10 to 30 s. [seconds]"""
SILENCE: Final = 1.0
"""A query given up after this, with nothing heard meanwhile, shows a dead connection: it is opened anew. [seconds]"""
CLOSE: Final = 1.0
"""What a server may take to say goodbye. [seconds]"""

_draw: Final = random.SystemRandom()


class TcpExchange:
    """Asks a plain server over TCP; its answers may come in any order."""

    def __init__(
        self,
        server: Server,
        *,
        lookup: Lookup | None = None,
        on_rejected: Callable[[], None] = ignored,
        idle: float = IDLE,
    ) -> None:
        """Open nothing yet; `lookup` is needed for a server given by name."""
        self.server = server
        self._on_rejected = on_rejected
        self._idle = idle
        self._kept = KeptOpen(server, lookup, self._connect)

    async def exchange(self, message: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - retries share one deadline
        """Send `message`, give its answer; raises UpstreamError."""
        asked = question(message)
        return await self._kept.ask(lambda connection: connection.ask(message, asked), timeout)

    async def close(self) -> None:
        """Close the connection; who still waits gets UpstreamError."""
        await self._kept.close()

    async def _connect(self, host: str) -> "_Connection":
        loop = asyncio.get_running_loop()
        connection = _Connection(self.server.text, self._on_rejected, self._idle)
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, sockaddr(host, self.server.port))
            await self._start(loop, connection, sock)
        except BaseException:
            sock.close()
            raise
        return connection

    async def _start(self, loop: asyncio.AbstractEventLoop, connection: "_Connection", sock: socket.socket) -> None:
        await loop.create_connection(lambda: connection, sock=sock)


class TlsExchange(TcpExchange):
    """Asks over TLS: the certificate must show the server's name; lengths are padded."""

    def __init__(
        self,
        server: Server,
        *,
        lookup: Lookup | None = None,
        on_rejected: Callable[[], None] = ignored,
        idle: float = IDLE,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet; `context` stands in for this machine's own authorities."""
        super().__init__(server, lookup=lookup, on_rejected=on_rejected, idle=idle)
        self._context = context

    async def exchange(self, message: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - retries share one deadline
        """Send `message`, give its answer; raises UpstreamError."""
        return unpadded(await super().exchange(padded(message), timeout))

    async def _start(self, loop: asyncio.AbstractEventLoop, connection: "_Connection", sock: socket.socket) -> None:
        await loop.create_connection(
            lambda: connection,
            sock=sock,
            ssl=self._context or client_context("dot"),
            server_hostname=self.server.sni,
            ssl_handshake_timeout=CONNECT,
            ssl_shutdown_timeout=CLOSE,
        )


class _Connection(asyncio.Protocol):
    """One open connection, and who waits on it."""

    def __init__(self, name: str, on_rejected: Callable[[], None], idle: float) -> None:
        self.open = False
        self.answered = 0
        self._name = name
        self._on_rejected = on_rejected
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._waiting: dict[int, tuple[asyncio.Future[bytes | str | UpstreamError], bytes]] = {}
        self._given_up = 0
        self._unframer = Unframer()
        self._out: list[bytes] = []
        self._reason = "closed the connection without an answer"
        self._heard = self._loop.time()
        self._segments = 0
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, message: bytes, asked: bytes) -> bytes | str:
        """Give the answer, with the message's own id; or, if the connection was lost, why."""
        if not self.open:
            return self._reason
        if len(self._waiting) >= MAX_WAITING:
            raise UpstreamError(f"{self._name}: {MAX_WAITING} queries already wait for it")
        # RFC 7766 section 6.2.1: ids on one connection must differ, and clients' ids need not
        number = _draw.getrandbits(16)
        while number in self._waiting:
            number = _draw.getrandbits(16)
        future: asyncio.Future[bytes | str | UpstreamError] = self._loop.create_future()
        self._waiting[number] = (future, asked)
        self._send(number.to_bytes(2, "big") + message[2:])
        sent, segments = self._loop.time(), self._segments
        try:
            answer = await future
        except asyncio.CancelledError:
            self._given_up += 1
            if segments == self._segments and self._loop.time() - sent >= SILENCE:
                self._drop("stays silent")
            raise
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, UpstreamError):
            raise answer
        return message[:2] + answer[2:] if isinstance(answer, bytes) else answer

    async def finish(self) -> None:
        """Say goodbye, and wait until the other side has heard it."""
        if self._transport is None or self._lost.done():
            return
        self.open = False
        self._transport.close()
        await asyncio.wait([self._lost], timeout=CLOSE)
        if not self._lost.done():
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's derive from no class of asyncio
        self.open = True
        self._timer = self._loop.call_later(self._idle, self._look_for_idleness)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all who wait."""
        self.open = False
        if exc is not None:
            self._reason = reason(exc)
        if self._timer is not None:
            self._timer.cancel()
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_result(self._reason)
        self._waiting.clear()
        self._out.clear()
        if not self._lost.done():
            self._lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take what came apart."""
        self._heard = self._loop.time()
        self._segments += 1
        try:
            while True:
                for message in self._unframer.feed(data, MAX_WAITING):
                    self._take(message)
                if not self._unframer.waiting:
                    return
                data = b""
        except WireError as error:
            self._drop(f"sent {error}")

    def _take(self, message: bytes) -> None:
        future, asked = self._waiting.get(message[0] << 8 | message[1], (None, b""))
        if future is None or future.done():
            if self._given_up:
                self._given_up -= 1
            else:
                self._on_rejected()
        elif answers(message, asked):
            self.answered += 1
            future.set_result(message)
        elif rcode := bare_error(message):
            # a result, not an exception: the query may have been given up meanwhile, and nobody would look at it
            future.set_result(UpstreamError(f"{self._name}: answered with error {rcode}, without the question"))
        else:
            self._on_rejected()

    def _send(self, message: bytes) -> None:
        # queries of one turn of the loop leave together
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(framed(message))

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            if self._transport.get_extra_info("ssl_object") is None:
                self._transport.write(b"".join(self._out))
            else:
                # each write is a TLS record: of one with several queries, dnsdist 1.7 answers the first two only, as
                # it waits on the socket for the others, which it has already
                for message in self._out:
                    self._transport.write(message)
            if self._transport.get_write_buffer_size() > MAX_UNSENT:
                self._drop("takes no queries")
        self._out.clear()

    def _look_for_idleness(self) -> None:
        rest = self._heard + self._idle - self._loop.time()
        if not self._waiting and rest <= 0 and self._transport is not None:
            self.open = False
            self._transport.close()
            return
        self._timer = self._loop.call_later(max(rest, self._idle / 4), self._look_for_idleness)

    def _drop(self, why: str) -> None:
        self._reason = why
        self.open = False
        if self._transport is not None:
            self._transport.abort()
