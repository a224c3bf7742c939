"""The hub's end of the link: takes findings, hands out configurations, and says when to drain."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dnsguard import link, tasks
from dnsguard.hub.inbox import DISK, Inbox, Store
from dnsguard.hub.private import listen_private
from dnsguard.state.shares import Sums

BACKLOG: Final = 512
MAX_REPLIES: Final = 10_000
"""Replies that may wait for one worker; one that reads so little is cut off, and connects again."""

_log = logging.getLogger("dnsguard.hub.server")


@dataclass(slots=True, eq=False)
class Peer:
    """One connected worker."""

    sock: socket.socket
    hello: link.Hello
    heard: float
    """When it last sent something. [monotonic seconds]"""
    configured: int = 0
    """Number of the configuration that holds there; 0: none yet."""
    allows: int = 0
    """Number of the temporary allows that hold there."""
    refused: link.Refused | None = None
    """The latest configuration, if it could not be taken."""
    status: link.Status = field(default_factory=link.Status)
    draining: bool = False
    resend: bool = False
    """Findings were left with the worker; when the others are on disk it is cut off, and sends them again."""
    replies: "asyncio.Queue[bytes]" = field(default_factory=lambda: asyncio.Queue(MAX_REPLIES))

    @property
    def ready(self) -> bool:
        """Whether it serves."""
        return self.configured > 0 and not self.draining


class Server:
    """Listens on the unix socket; `on_change` is called whenever a worker comes, goes, or answers a configuration."""

    def __init__(self, path: Path, epoch: str, store: Store, on_change: Callable[[], None]) -> None:
        self._path: Final = path
        self._epoch: Final = epoch
        self._on_change: Final = on_change
        self._current: link.Configure | None = None
        self._allows: link.Allows | None = None
        self._peers: Final[set[Peer]] = set()
        self._nobody: Final = asyncio.Event()
        self._nobody.set()
        self._closing = False
        self._sums: Final = Sums()
        self.inbox: Final = Inbox(store, self._saved)

    @property
    def own(self) -> list[Peer]:
        """Workers of this hub, by index."""
        return sorted((p for p in self._peers if p.hello.epoch == self._epoch), key=lambda p: p.hello.index)

    @property
    def strangers(self) -> list[Peer]:
        """Workers that an earlier hub left behind."""
        return [peer for peer in self._peers if peer.hello.epoch != self._epoch]

    def configure(self, message: link.Configure) -> None:
        """Give all workers of this hub, now and later, a configuration."""
        self._current = message
        for peer in self.own:
            peer.refused = None
            self._reply(peer, message)

    def allow(self, message: link.Allows) -> None:
        """Give all workers of this hub, now and later, what is let through for a while."""
        self._allows = message
        for peer in self.own:
            self._reply(peer, message)

    def drain(self, peers: list[Peer]) -> None:
        """Tell workers to finish what is under way, and end."""
        for peer in peers:
            if not peer.draining:
                peer.draining = True
                self._reply(peer, link.Drain())

    def close(self) -> None:
        """Tell all workers to drain, also those that come later."""
        self._closing = True
        self.drain(list(self._peers))

    async def all_gone(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller drains against one deadline
        """Wait until no worker is connected, and all they sent has been read; says whether that is so."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._nobody.wait(), timeout)
        return not self._peers

    async def run(self) -> None:
        """Serve until cancelled."""
        loop = asyncio.get_running_loop()
        listener = listen_private(self._path, BACKLOG)
        saving = tasks.spawn(self.inbox.run(), "findings to disk")
        connections: set[asyncio.Task[None]] = set()
        try:
            while True:
                try:
                    sock, _ = await loop.sock_accept(listener)
                except OSError as error:
                    _log.error("no connection can be accepted", extra={"error": str(error)})
                    await asyncio.sleep(0.5)
                    continue
                sock.setblocking(False)
                task = tasks.spawn(self._connection(sock), "link to a worker")
                connections.add(task)
                task.add_done_callback(connections.discard)
        finally:
            listener.close()
            for task in (saving, *connections):
                task.cancel()
            await asyncio.gather(saving, *connections, return_exceptions=True)

    async def _connection(self, sock: socket.socket) -> None:
        # no asyncio transport: it drops unread findings of a killed worker when an acknowledgement can't be written
        loop = asyncio.get_running_loop()
        reader = link.worker_messages()
        peer: Peer | None = None
        writing: asyncio.Task[None] | None = None
        try:
            while data := await loop.sock_recv(sock, 1 << 18):
                for message in reader.feed(data):
                    if peer is None:
                        peer = await self._greet(sock, message)
                        writing = tasks.spawn(self._write(peer), "replies to a worker")
                    else:
                        self._take(peer, message)
        except link.LinkError as error:
            _log.error("connection dropped: not a worker of this version", extra={"error": str(error)})
        except DISK as error:
            _log.debug("connection ended", extra={"error": str(error)})
        finally:
            if writing is not None:
                writing.cancel()
                await asyncio.wait([writing])  # it must be off the socket before that is closed
            sock.close()
            if peer is not None:
                self._peers.discard(peer)
                self._sums.forget(peer.hello.worker)
                if not self._peers:
                    self._nobody.set()
                self._forget(peer.hello.worker)
                self._on_change()

    async def _greet(self, sock: socket.socket, hello: link.FromWorker) -> Peer:
        if not isinstance(hello, link.Hello):
            raise link.LinkError(f"a {type(hello).__name__} before any Hello")
        seq = await self.inbox.greet(hello.worker)
        peer = Peer(sock, hello, time.monotonic())
        self._peers.add(peer)
        self._nobody.clear()
        self._reply(peer, link.Ack(seq))
        if self._closing:
            self.drain([peer])
        elif hello.epoch != self._epoch:
            _log.info("a worker of an earlier run reports", extra={"worker": hello.index, "pid": hello.pid})
        else:
            for message in (self._allows, self._current):
                if message is not None:
                    self._reply(peer, message)
            self._reply(peer, link.Elsewhere([], len(self.own)))
        self._on_change()
        return peer

    def _take(self, peer: Peer, message: link.FromWorker) -> None:
        peer.heard = time.monotonic()
        match message:
            case link.Findings():
                if not peer.resend:
                    peer.resend = not self.inbox.add(peer.hello.worker, message.seq, message.detections)
            case link.Status():
                peer.status = message
                peer.draining = peer.draining or message.draining
            case link.Ready():
                peer.configured = max(peer.configured, message.number)
                self._on_change()
            case link.AllowsHeld():
                peer.allows = max(peer.allows, message.number)
            case link.Carried():
                zones = self._sums.exchange(peer.hello.worker, message.zones)
                self._reply(peer, link.Elsewhere(zones, len(self.own)))
            case link.Refused():
                if self._current is not None and message.number == self._current.number:
                    peer.refused = message
                _log.error(
                    "a worker refused the configuration", extra={"worker": peer.hello.index, "error": message.error}
                )
                self._on_change()
            case link.Hello():
                raise link.LinkError("a second Hello")

    def _saved(self, worker: str, seq: int) -> None:
        alive = [peer for peer in self._peers if peer.hello.worker == worker]
        for peer in alive:
            self._reply(peer, link.Ack(seq))
            if peer.resend and not self.inbox.waits_for(worker):
                self._cut(peer)
        self._forget(worker)

    def _forget(self, worker: str) -> None:
        if not any(peer.hello.worker == worker for peer in self._peers):
            self.inbox.forget(worker)

    def _reply(self, peer: Peer, message: link.FromHub) -> None:
        try:
            peer.replies.put_nowait(link.frame(message))
        except asyncio.QueueFull:
            self._cut(peer)

    def _cut(self, peer: Peer) -> None:
        with suppress(OSError):
            peer.sock.shutdown(socket.SHUT_RDWR)  # the reader sees the end, after what has already arrived

    async def _write(self, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data = await peer.replies.get()
            with suppress(OSError):  # a dead worker takes nothing; what it sent is still read
                await loop.sock_sendall(peer.sock, data)
