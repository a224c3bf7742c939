"""A side channel from workers to the hub, for what may be lost: whole batches as datagrams of a unix socket.

It has no part in the link that findings take, so a flood here delays none of them, and the hub's event loop never sees
it: a thread of the hub reads. What the reader is too slow for waits in the kernel, then here, and is then lost.
"""

import os
import socket
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

from dnsguard.link.hublink import reachable

MAX_DATAGRAM: Final = 48 << 10
"""Most that senders should put into one: a few fit into the kernel's default buffer of 208 kB. [bytes]"""
MAX_KEPT: Final = 4 << 20
"""Most that waits in a worker for a hub that is slow or away. [bytes]"""
BUFFER: Final = 4 << 20
"""What the kernel is asked to let wait; it may give less. [bytes]"""


class Outlet:
    """A worker's end. `put` and `pump` neither wait nor raise."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._sock: socket.socket | None = None
        self._kept: Final[deque[tuple[bytes, int]]] = deque()
        self._bytes = 0
        self.lost = 0
        """Records that found no room."""

    def put(self, data: bytes, records: int) -> None:
        """Send a batch of so many records, or keep it for the next `pump`."""
        if self._bytes + len(data) > MAX_KEPT:
            self.lost += records
            return
        self._kept.append((data, records))
        self._bytes += len(data)
        self.pump()

    def pump(self) -> None:
        """Send what waits."""
        while self._kept:
            data, _ = self._kept[0]
            try:
                if self._sock is None:
                    self._sock = self._connect()
                self._sock.send(data)
            except BlockingIOError:
                return
            except OSError:
                # nobody there, or another than before: the next attempt looks again
                self._disconnect()
                return
            self._kept.popleft()
            self._bytes -= len(data)

    def close(self) -> None:
        """Send what can be sent; the rest is lost."""
        self.pump()
        self.lost += sum(records for _, records in self._kept)
        self._kept.clear()
        self._bytes = 0
        self._disconnect()

    def _connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            with reachable(self._path) as address:
                sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock

    def _disconnect(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None


class Inlet:
    """The hub's end, for a thread of its own; OSError if the socket can't be had."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        # whoever runs the hub holds the folder's lock, so a socket file is one that a dead hub left
        path.unlink(missing_ok=True)
        self._sock: Final = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            os.fchmod(self._sock.fileno(), 0o600)  # before it has a name
            with reachable(path) as address:
                self._sock.bind(address)
            path.chmod(0o600)
        except OSError:
            self._sock.close()
            raise

    def take(self, wait: float) -> bytes | None:
        """Give a batch; None if none comes within so many seconds."""
        self._sock.settimeout(wait)
        try:
            return self._sock.recv(BUFFER)
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        """Take no more; what workers send from now on waits for the next."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        self._sock.close()
