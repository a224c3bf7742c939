"""The worker's end of the link: one for the life of the worker, over any number of connections."""

import asyncio
import logging
import os
import socket
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.errors import DnsguardError
from dnsguard.link.frames import LinkError, frame, hub_messages
from dnsguard.link.messages import (
    Ack,
    Allows,
    AllowsHeld,
    Carried,
    Configure,
    Drain,
    Elsewhere,
    Findings,
    Hello,
    Ready,
    Refused,
    Status,
)
from dnsguard.model import Detection
from dnsguard.state import counters as count

MAX_UNSENT: Final = 32 << 20
"""Most a worker keeps for a hub that takes nothing: some 60,000 detections. [bytes]"""
MAX_TOLD: Final = 500
"""Findings in one message, as many as the hub puts on disk at once: the sums of all that goes on leave together, and
are more than a frame may hold."""
MAX_UNIX_PATH: Final = 100
"""Longest path used as it is; 108 on Linux, 104 elsewhere. [bytes]"""
RECONNECT: Final = (0.05, 2.0)
"""First and longest wait for a hub that is away. [seconds]"""

_log = logging.getLogger("dnsguard.link")


@contextmanager
def reachable(path: Path | str) -> Iterator[str]:
    """Give a name for a unix socket that fits its address, which holds 108 bytes (unix(7)), however deep the path."""
    if len(os.fsencode(path)) < MAX_UNIX_PATH:
        yield str(path)
        return
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{name}"
    finally:
        os.close(fd)


class HubLink:
    """The worker's end: one for the life of the worker, over any number of connections."""

    def __init__(self, path: Path | str, *, index: int, epoch: str, counters: count.Counters | None = None) -> None:
        self.worker: Final = str(uuid.uuid4())
        self._path = str(path)
        self._hello = Hello(worker=self.worker, index=index, pid=os.getpid(), epoch=epoch)
        self._counters = counters or count.Counters()
        self._sock: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seq = 0
        self._unacknowledged: deque[tuple[int, bytes]] = deque()
        self._kept = 0  # bytes in it
        self._out = bytearray()  # what the kernel's buffer had no room for
        self._heard = False  # a hub that takes the connection and cannot use it is asked ever less often
        self._adds_up = False  # it said Elsewhere: one of an earlier version, or of another run, does not
        self._settled = asyncio.Event()
        self._settled.set()
        self._status: Status | None = None

    @property
    def connected(self) -> bool:
        """Whether a hub is there now."""
        return self._sock is not None

    @property
    def unacknowledged(self) -> int:
        """How many messages of findings are not known to be on disk."""
        return len(self._unacknowledged)

    def tell(self, detections: Sequence[Detection]) -> None:
        """Hand findings to the kernel before returning, and keep them until the hub has them on disk.

        Never waits and never raises for a hub that is slow or away; beyond MAX_UNSENT they are counted as lost.
        """
        for start in range(0, len(detections), MAX_TOLD):
            self._tell(detections[start : start + MAX_TOLD])

    def _tell(self, detections: Sequence[Detection]) -> None:
        seq = self._seq + 1
        try:
            data = frame(Findings(seq=seq, detections=list(detections)))
        except (LinkError, msgspec.MsgspecError, TypeError, OverflowError) as error:
            _log.error("findings cannot be written", extra={"error": str(error), "findings": len(detections)})
            self._counters.add(count.FINDINGS_LOST, len(detections))
            return
        if self._kept + len(data) > MAX_UNSENT:
            # the older ones stay: their ids stand in answers that clients already have
            self._counters.add(count.FINDINGS_LOST, len(detections))
            return
        self._seq = seq
        self._unacknowledged.append((seq, data))
        self._kept += len(data)
        self._settled.clear()
        self._counters.set(count.FINDINGS_UNSENT, len(self._unacknowledged))
        self._write(data)

    def status(self, status: Status) -> None:
        """Send how the worker does; the last one is sent again to a hub that comes later."""
        self._status = status
        if not self._out:  # a hub that reads nothing needs no stale status later
            self._write(frame(status))

    def carried(self, message: Carried) -> None:
        """Send what tunnels carry, if the hub adds it up; one that is slow or away gets a newer one later."""
        if self._adds_up and not self._out:
            self._write(frame(message))

    async def settle(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller drains against one deadline
        """Wait until the hub has everything on disk, at most `timeout` seconds; says whether it has."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), timeout)
        return not self._unacknowledged

    async def run(
        self,
        on_configure: Callable[[Configure], Awaitable[None]],
        on_drain: Callable[[], None],
        on_allows: Callable[[Allows], None],
        on_elsewhere: Callable[[Elsewhere], None],
    ) -> None:
        """Stay connected until cancelled.

        `on_configure` returns when the new configuration holds; what it raises is told to the hub as Refused.
        `on_drain` starts the worker's end and returns at once; `on_allows` lets them hold before it returns, and
        `on_elsewhere` takes what other workers have seen.
        """
        self._loop = asyncio.get_running_loop()
        wait, longest = RECONNECT
        while True:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.setblocking(False)
            self._heard = False
            try:
                with reachable(self._path) as address:
                    await self._loop.sock_connect(sock, address)
                self._open(sock)
                await self._read(sock, on_configure, on_drain, on_allows, on_elsewhere)
                _log.warning("the hub is gone; serving on without it")
            except (OSError, LinkError) as error:
                _log.debug("no hub", extra={"error": str(error)})
            finally:
                self._close()
                sock.close()
            if self._heard:
                wait = RECONNECT[0]
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)

    def _open(self, sock: socket.socket) -> None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)  # the kernel's own bound may be lower
        self._sock = sock
        self._out.clear()
        self._adds_up = False
        self._write(frame(self._hello))
        for _, data in self._unacknowledged:
            self._write(data)
        if self._status is not None:
            self._write(frame(self._status))

    def _close(self) -> None:
        if self._sock is not None and self._loop is not None:
            self._loop.remove_writer(self._sock)
        self._sock = None
        self._out.clear()

    def _write(self, data: bytes) -> None:
        if self._sock is None:
            return
        if self._out:
            self._out += data
            return
        try:
            sent = self._sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the reader sees the end of this connection, and the next one gets it all again
        if sent < len(data) and self._loop is not None:
            self._out += data[sent:]
            self._loop.add_writer(self._sock, self._flush)

    def _flush(self) -> None:
        if self._sock is None or self._loop is None:
            return
        try:
            sent = self._sock.send(self._out[: 1 << 20], socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return
        except OSError:
            self._out.clear()
            sent = 0
        del self._out[:sent]
        if not self._out:
            self._loop.remove_writer(self._sock)

    async def _read(
        self,
        sock: socket.socket,
        on_configure: Callable[[Configure], Awaitable[None]],
        on_drain: Callable[[], None],
        on_allows: Callable[[Allows], None],
        on_elsewhere: Callable[[Elsewhere], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        reader = hub_messages()
        while data := await loop.sock_recv(sock, 1 << 18):
            self._heard = True
            for message in reader.feed(data):
                match message:
                    case Ack():
                        self._acknowledge(message.seq)
                    case Drain():
                        on_drain()
                    case Allows():
                        on_allows(message)
                        self._write(frame(AllowsHeld(number=message.number)))
                    case Elsewhere():
                        self._adds_up = True
                        on_elsewhere(message)
                    case Configure():
                        await self._configure(message, on_configure)

    def _acknowledge(self, seq: int) -> None:
        kept = self._unacknowledged
        while kept and kept[0][0] <= seq:
            self._kept -= len(kept.popleft()[1])
        self._counters.set(count.FINDINGS_UNSENT, len(kept))
        if not kept:
            self._settled.set()

    async def _configure(self, message: Configure, on_configure: Callable[[Configure], Awaitable[None]]) -> None:
        try:
            await on_configure(message)
        except DnsguardError as error:
            self._write(frame(Refused(number=message.number, error=str(error))))
        except Exception as error:  # noqa: BLE001 - a worker outlives whatever its new configuration does
            _log.exception("configuration could not be taken", extra={"number": message.number})
            self._write(frame(Refused(number=message.number, error=repr(error))))
        else:
            self._write(frame(Ready(number=message.number)))
