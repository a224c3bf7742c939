"""TCP clients (RFC 7766, RFC 9210) on inherited listening sockets: who is admitted, for how long, and at what cost.

What clients can make this process hold, with the default of 1000 connections:
    queries   what one read gives and one unfinished message, at most RECEIVE_BUFFER + 64 kB each
    answers   HIGH_WATER each, MAX_UNREAD for the MAX_BLOCKED of them that read too slowly
    kernel    SEND_BUFFER and RECEIVE_BUFFER each, as the kernel counts them: twice
"""

import asyncio
import errno
import logging
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from dnsguard.listen.config import Config
from dnsguard.listen.tcp_connection import Connection, Reason
from dnsguard.tasks import spawn
from dnsguard.wire.networks import unmapped

_log = logging.getLogger("dnsguard.listen")

Handle = Callable[[Any, list[bytes], list[Any], list[bytes]], None]
"""(source, packets, peers, packed client addresses)"""

ACCEPTS: Final = 64
"""Connections accepted before other sockets get their turn."""
ACCEPT_PAUSE: Final = 1.0
"""Without a free descriptor, accepting rests this long: waiting connections would wake the loop for ever. [seconds]"""
LOG_EVERY: Final = 60.0
"""[seconds]"""
STUCK: Final = 30.0
"""A connection whose queries stay unanswered this long is closed: queries end in an answer long before. [seconds]"""
MAX_BLOCKED: Final = 64
"""Connections that may have more than HIGH_WATER unread; the longest blocked one is cut off. [connections]"""
SEND_BUFFER: Final = 128 * 1024
RECEIVE_BUFFER: Final = 64 * 1024
"""Left to itself, the kernel gives each connection up to 4 and 6 MB. [bytes]"""
_NO_ROOM: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class TcpListener:
    """All TCP sockets of one worker: the bounds on connections hold for all of them together.

    `handle` is called with the whole messages that came in one segment, and answers by `send`, at once or later.
    An empty packet says that a query gets no answer.
    """

    stream: Final = True

    def __init__(self, socks: Sequence[socket.socket], handle: Handle, config: Config) -> None:
        """Take listening sockets; `start` begins to accept."""
        self.opened = 0
        """Connections admitted so far."""
        self.closed: Final = dict.fromkeys(Reason, 0)
        """Connections ended, or not admitted, so far."""
        self.draining = False
        self.pipeline: Final = max(config.tcp_pipeline, 1)
        self._socks: Final = tuple(socks)
        self._handle: Final = handle
        self._total: Final = config.tcp_connections
        self._per_client: Final = config.tcp_per_client
        self._idle: Final = float(config.tcp_idle)
        self._write: Final = float(config.tcp_write)
        self._stuck: Final = max(STUCK, self._idle)
        # the longest unmoved one first
        self._connections: Final[OrderedDict[Connection, None]] = OrderedDict()
        self._clients: Final[dict[bytes, dict[Connection, None]]] = {}
        # the longest blocked one first
        self._blocked: Final[OrderedDict[Connection, None]] = OrderedDict()
        self._dirty: list[Connection] = []
        self._in_turn = False
        self._flush_due = False
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._accept_timers: Final[dict[socket.socket, asyncio.TimerHandle]] = {}
        self._logged = float("-inf")
        self._empty: Final = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def start(self) -> None:
        """Begin to accept."""
        self._loop = asyncio.get_running_loop()
        for sock in self._socks:
            sock.setblocking(False)
            # accepted sockets inherit them
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._loop.add_reader(sock, self._accept, sock)
        self._sweep()

    async def drain(self, seconds: float) -> None:
        """Accept and read no more, answer what is under way, and close all, after `seconds` at the latest.

        The listening sockets stay open: they are their owner's, and what waits in them is for who comes next.
        """
        self.draining = True
        if self._sweep_timer is None:
            return  # never started
        for sock in self._socks:
            if (timer := self._accept_timers.pop(sock, None)) is not None:
                timer.cancel()
            else:
                self._loop.remove_reader(sock)
        for connection in list(self._connections):
            if connection.done:
                connection.finish(Reason.DRAINED)
            else:
                connection.hold()
        if self._connections:
            self._empty.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._empty.wait()
            except TimeoutError:
                for connection in list(self._connections):
                    connection.cut(Reason.DRAINED)
        self._sweep_timer.cancel()

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Send each packet to its peer, all of one turn of the loop in one write; closed peers get nothing."""
        dirty = self._dirty
        for packet, connection in zip(packets, peers, strict=True):
            if connection.answered(packet) and not connection.dirty:
                connection.dirty = True
                dirty.append(connection)
        if dirty and not self._in_turn and not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    # what connections tell

    def received(self, connection: Connection, messages: list[bytes]) -> None:
        """Hand over whole messages; what is answered at once leaves at once."""
        connection.moved = self._loop.time()
        self._connections.move_to_end(connection)
        count = len(messages)
        self._in_turn = True
        try:
            self._handle(self, messages, [connection] * count, [connection.client] * count)
        finally:
            self._in_turn = False
        if self._dirty:
            self._flush()

    def block(self, connection: Connection) -> float:
        """Note a client that takes no answers; give the time."""
        self._blocked[connection] = None
        if len(self._blocked) > MAX_BLOCKED:
            next(iter(self._blocked)).cut(Reason.SLOW)
        return self._loop.time()

    def unblock(self, connection: Connection) -> None:
        """Note that it takes them again."""
        self._blocked.pop(connection, None)

    def forget(self, connection: Connection, reason: Reason) -> bool:
        """Strike it off all lists; False if that was done before."""
        if connection not in self._connections:
            return False
        del self._connections[connection]
        self._blocked.pop(connection, None)
        own = self._clients[connection.client]
        del own[connection]
        if not own:
            del self._clients[connection.client]
        self.closed[reason] += 1
        if not self._connections:
            self._empty.set()
        return True

    # accepting

    def _accept(self, sock: socket.socket) -> None:
        for turn in range(ACCEPTS):
            try:
                accepted, address = sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue  # the client left while it waited
            except OSError as error:
                # without a free descriptor the kernel says so even where no connection waits; the first time, one does
                if not turn:
                    self._rest(sock, error)
                return
            self._admit(accepted, _packed(address[0]))

    def _rest(self, sock: socket.socket, error: OSError) -> None:
        """Stop accepting for a while, and free a descriptor if idle connections hold them."""
        self._loop.remove_reader(sock)
        self._accept_timers[sock] = self._loop.call_later(ACCEPT_PAUSE, self._accept_again, sock)
        if error.errno in _NO_ROOM and (idle := self._longest_idle(self._connections)) is not None:
            idle.cut(Reason.ROOM)
        if self._loop.time() - self._logged >= LOG_EVERY:
            self._logged = self._loop.time()
            _log.error("TCP connections can't be accepted: %s", error.strerror or error)

    def _accept_again(self, sock: socket.socket) -> None:
        del self._accept_timers[sock]
        self._loop.add_reader(sock, self._accept, sock)

    def _admit(self, accepted: socket.socket, client: bytes) -> None:
        """RFC 7766 section 6.2.3, RFC 9210 section 4.2: bounds per client and in all; idle ones make room."""
        own = self._clients.get(client, ())
        if len(own) >= self._per_client and not self._make_room(sorted(own, key=_moved)):
            self._refuse(accepted, Reason.REFUSED_CLIENT)
            return
        if len(self._connections) >= self._total and not self._make_room(self._connections):
            self._refuse(accepted, Reason.REFUSED_TOTAL)
            return
        connection = Connection(self, client, self._loop.time())
        self._connections[connection] = None
        self._clients.setdefault(client, {})[connection] = None
        self.opened += 1
        spawn(self._attach(accepted, connection), "accept a TCP connection")

    async def _attach(self, accepted: socket.socket, connection: Connection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError:
            accepted.close()
            connection.cut(Reason.LOST)

    def _refuse(self, accepted: socket.socket, reason: Reason) -> None:
        accepted.close()
        self.closed[reason] += 1

    def _make_room(self, candidates: "Sequence[Connection] | OrderedDict[Connection, None]") -> bool:
        idle = self._longest_idle(candidates)
        if idle is None:
            return False
        idle.cut(Reason.ROOM)
        return True

    @staticmethod
    def _longest_idle(candidates: "Sequence[Connection] | OrderedDict[Connection, None]") -> Connection | None:
        """Give the first without a query under way; one with unread answers counts, so slow readers hold no place."""
        return next((connection for connection in candidates if not connection.waiting), None)

    # time

    def _flush(self) -> None:
        self._flush_due = False
        dirty, self._dirty = self._dirty, []
        now = self._loop.time()
        for connection in dirty:
            if connection in self._connections:
                connection.moved = now
                self._connections.move_to_end(connection)
            connection.flush()

    def _sweep(self) -> None:
        """Close who was idle, slow or stuck for too long: one timer for all, and only the oldest are looked at."""
        now = self._loop.time()
        while self._blocked:
            oldest = next(iter(self._blocked))
            if now - oldest.blocked < self._write:
                break
            oldest.cut(Reason.SLOW)
        least = min(self._idle, self._write)
        for connection in list(self._connections):
            age = now - connection.moved
            if age < least:
                break
            if connection.reason is not None:
                # closing, but the client does not take the last answers
                if age >= self._write:
                    connection.cut(Reason.SLOW)
            elif connection.done:
                if age >= self._idle:
                    connection.cut(Reason.IDLE)
            elif age >= self._stuck:
                connection.cut(Reason.STUCK)
        self._sweep_timer = self._loop.call_later(min(1.0, least / 4), self._sweep)


def _moved(connection: Connection) -> float:
    return connection.moved


def _packed(host: str) -> bytes:
    """Pack an address: 4 bytes, or 16 if it is IPv6 and does not stand for an IPv4 one."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    return unmapped(socket.inet_pton(socket.AF_INET6, host.partition("%")[0]))
