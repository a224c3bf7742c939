"""A UDP socket that clients ask."""

import socket
from collections.abc import Callable
from typing import Any, Final

from dnsguard.datagram import BATCH, open_datagrams

ROUNDS: Final = 8
"""Batches taken before other sockets get their turn."""

Handle = Callable[[Any, list[bytes], list[Any], list[bytes]], None]
"""(source, packets, peers, packed client addresses)"""


class UdpListener:
    """One inherited socket; the event loop calls `on_readable`."""

    stream: Final = False

    def __init__(self, sock: socket.socket, handle: Handle) -> None:
        sock.setblocking(False)
        self.sock: Final = sock
        self._datagrams: Final = open_datagrams(sock)
        self._handle: Final = handle

    @property
    def dropped(self) -> int:
        """Answers the kernel had no room or no way for."""
        return self._datagrams.dropped

    def on_readable(self) -> bool:
        """Take what has come; whether more may be there."""
        for _ in range(ROUNDS):
            packets, peers, clients = self._datagrams.receive()
            if packets:
                self._handle(self, packets, peers, clients)
            if len(packets) < BATCH:
                return False
        return True

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Send each packet to its peer."""
        self._datagrams.send(packets, peers)
