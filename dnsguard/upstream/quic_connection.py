"""One QUIC connection to a DNS server (RFC 9250), by aioquic; imported only where a server asks for it."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Final, cast

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.tls import SessionTicket

from dnsguard.errors import UpstreamError
from dnsguard.upstream.servers import Server, sockaddr
from dnsguard.wire.framing import MAX_MESSAGE

IDLE: Final = 20.0
"""A connection without a query is closed after this, or sooner if the server says so. [seconds]"""
SILENCE: Final = 1.0
"""A query given up after this, with nothing heard meanwhile, shows a dead connection: it is opened anew. [seconds]"""
CLOSE: Final = 1.0
"""What a server may take to say goodbye. [seconds]"""
MAX_WAITING: Final = 4096
"""Unanswered queries on one connection. [queries]"""
# RFC 9250 section 4.3
NO_ERROR: Final = 0
REQUEST_CANCELLED: Final = 3


class Session:
    """What one connection leaves to the next: a TLS ticket, which saves the certificates, and an address token."""

    def __init__(self) -> None:
        self.ticket: SessionTicket | None = None
        self.token = b""

    def keep_ticket(self, ticket: SessionTicket) -> None:
        """Take the newest."""
        self.ticket = ticket

    def keep_token(self, token: bytes) -> None:
        """Take the newest."""
        self.token = token


async def connect(host: str, server: Server, authorities: Path | None, session: Session) -> "Connection":
    """Open a connection to one of the server's addresses; raises OSError."""
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=["doq"],
        server_name=server.sni,
        verify_mode=ssl.CERT_REQUIRED,
        idle_timeout=IDLE,
        session_ticket=session.ticket,
        token=session.token,
    )
    if authorities is not None:
        configuration.load_verify_locations(cafile=str(authorities))
    else:
        # aioquic would take a list of its own; this machine's is what its owner trusts
        system = ssl.get_default_verify_paths()
        if system.cafile or system.capath:
            configuration.load_verify_locations(cafile=system.cafile, capath=system.capath)
    quic = QuicConnection(
        configuration=configuration,
        session_ticket_handler=session.keep_ticket,
        token_handler=session.keep_token,
    )
    peer = sockaddr(host, server.port)
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(peer)  # so that the kernel tells when nobody listens there
        _, connection = await loop.create_datagram_endpoint(lambda: Connection(quic, peer, server.text), sock=sock)
    except BaseException:
        sock.close()
        raise
    connection.connect(peer)
    try:
        await connection.opened()
    except BaseException:
        connection.abort()
        raise
    return connection


class Connection(QuicConnectionProtocol):
    """One open connection, and who waits on it."""

    def __init__(self, quic: QuicConnection, peer: tuple[str, int] | tuple[str, int, int, int], name: str) -> None:
        super().__init__(quic)
        self.open = False
        self.answered = 0
        self._name = name
        self._peer = peer
        self._ready: asyncio.Future[str] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._reason = "closed the connection without an answer"
        self._waiting: dict[int, tuple[asyncio.Future[bytes | str], bytearray]] = {}
        self._packets = 0

    async def opened(self) -> None:
        """Wait for the handshake; raises ConnectionError."""
        if problem := await self._ready:
            raise ConnectionError(problem)

    async def ask(self, body: bytes) -> bytes | str:
        """Send a message with its length on a stream of its own; give the answer, also with its length, or why not."""
        if not self.open:
            return self._reason
        if len(self._waiting) >= MAX_WAITING:
            raise UpstreamError(f"{self._name}: {MAX_WAITING} queries already wait for it")
        stream = self._quic.get_next_available_stream_id()
        future: asyncio.Future[bytes | str] = self._loop.create_future()
        self._waiting[stream] = (future, bytearray())
        # the end of the stream is the end of the query: RFC 9250 section 4.2
        self._quic.send_stream_data(stream, body, end_stream=True)
        self._transmit_soon()
        sent, packets = self._loop.time(), self._packets
        try:
            return await future
        except asyncio.CancelledError:
            if self.open:
                self._quic.stop_stream(stream, REQUEST_CANCELLED)
                self._transmit_soon()
            if packets == self._packets and self._loop.time() - sent >= SILENCE:
                self._end("stays silent")
            raise
        finally:
            self._waiting.pop(stream, None)

    async def finish(self) -> None:
        """Say goodbye, and wait until the other side has heard it."""
        self.open = False
        self.close(NO_ERROR)
        try:
            async with asyncio.timeout(CLOSE):
                await self._ended.wait()
        except TimeoutError:
            pass
        self.abort()

    def abort(self) -> None:
        """Close without a word."""
        self._end(self._reason)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send through a transport that knows where to."""
        super().connection_made(cast("asyncio.BaseTransport", _Connected(cast("asyncio.DatagramTransport", transport))))

    def datagram_received(self, data: bytes | str, _addr: object) -> None:
        """Take a packet; the kernel lets only the peer's through."""
        self._packets += 1
        super().datagram_received(data, self._peer)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if isinstance(exc, OSError) and exc.strerror:
            self._end(exc.strerror)

    def quic_event_received(self, event: events.QuicEvent) -> None:
        """Sort what came to who waits for it."""
        match event:
            case events.HandshakeCompleted():
                self.open = True
                self._settle("")
            case events.StreamDataReceived(data=data, end_stream=end, stream_id=stream) if stream in self._waiting:
                self._take(stream, data, end)
            case events.StreamReset(stream_id=stream) if stream in self._waiting:
                future, _ = self._waiting[stream]
                if not future.done():
                    future.set_result("refused the query")
            case events.ConnectionTerminated():
                text = event.reason_phrase if not self._ready.done() else ""
                self._end(text or self._reason)
            case _:
                pass

    def _take(self, stream: int, data: bytes, end: bool) -> None:
        future, taken = self._waiting[stream]
        taken += data
        if future.done():
            return
        if end:
            self.answered += 1
            future.set_result(bytes(taken))
        elif len(taken) > MAX_MESSAGE + 2:
            self._quic.stop_stream(stream, REQUEST_CANCELLED)
            future.set_result("sent more than a DNS message can be")

    def _settle(self, problem: str) -> None:
        if not self._ready.done():
            self._ready.set_result(problem)

    def _end(self, why: str) -> None:
        self.open = False
        self._reason = why
        self._settle(why)
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_result(why)
        self._waiting.clear()
        if not self._ended.is_set():
            self._ended.set()
            # not at once: aioquic may be about to send its last packet
            self._loop.call_soon(self._close_socket)

    def _close_socket(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()


class _Connected:
    """A connected socket's transport, for aioquic, which gives the peer's address with each packet."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def sendto(self, data: bytes, _addr: object) -> None:
        """Send to the peer."""
        if not self._transport.is_closing():
            self._transport.sendto(data)

    def close(self) -> None:
        """Close the socket."""
        self._transport.close()
