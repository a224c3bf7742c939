"""One UDP socket to one server, on a random port, and the questions asked through it.

RFC 5452 section 9.2: an answer counts only if it comes from the asked address and port (the socket is connected, so the
kernel sees to it), to the port that asked, with the id and the question that were sent. Ports are random over the whole
unprivileged range, used for a few seconds, then replaced; ids are random and never twice under way on one port.
"""

import errno
import os
import random
import socket
from collections.abc import Callable
from typing import Final

from dnsguard.datagram import BATCH, open_datagrams
from dnsguard.errors import UpstreamError
from dnsguard.pending import Pending
from dnsguard.upstream.servers import Server, sockaddr

MIN_LIFE: Final = 2.0
MAX_LIFE: Final = 6.0
"""How long a port asks before another takes its place; drawn anew for each. [seconds]"""
MAX_ASKED: Final = 60_000
"""Most questions under way on one port: a free id is then still found in a few draws of 65,536."""
_BIND_TRIES: Final = 12
_BUFFER: Final = 1 << 20
"""Receive buffer of each socket: some 1,000 answers wait there while a batch is worked on. [bytes]"""
_random: Final = random.SystemRandom()


def open_socket(server: Server) -> socket.socket:
    """A UDP socket on a random port, connected to the server; UpstreamError if there is no way to it."""
    address = server.address
    family = socket.AF_INET6 if address is not None and address.version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        for _ in range(_BIND_TRIES):
            try:
                sock.bind(("", _random.randrange(1024, 65536)))
                break
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
        # after so many collisions the kernel's own random port will do
        sock.connect(sockaddr(server.host, server.port))
    except OSError as error:
        sock.close()
        raise UpstreamError(f"{server.text}: {error.strerror or error}") from error
    return sock


class Port:
    """A socket, its questions under way by id, and the time it is to be replaced."""

    __slots__ = ("_datagrams", "_entropy", "_exact_case", "asked", "late", "rejected", "retire_at", "sock")

    def __init__(self, server: Server, now: float, *, exact_case: bool) -> None:
        self.sock: Final = open_socket(server)
        self.asked: Final[dict[bytes, Pending]] = {}
        """By id, in the order they were asked."""
        self.late: Final[dict[bytes, Pending]] = {}
        """Those another server has been asked for since; an answer still counts."""
        self.rejected = 0
        """Packets with an unknown id, another question, or that were no response."""
        self.retire_at = now + _random.uniform(MIN_LIFE, MAX_LIFE)
        self._datagrams: Final = open_datagrams(self.sock, connected=True)
        self._entropy = b""
        self._exact_case: Final = exact_case

    def ask(self, pendings: list[Pending], now: float) -> None:
        """Send each question under an id of its own. UpstreamError above MAX_ASKED."""
        asked = self.asked
        if len(asked) + len(self.late) + len(pendings) > MAX_ASKED:
            raise UpstreamError("too many questions under way on one port")
        entropy = self._entropy
        packets = []
        for pending in pendings:
            while True:
                if len(entropy) < 2:
                    entropy = os.urandom(1024)
                identity, entropy = entropy[:2], entropy[2:]
                if identity not in asked and identity not in self.late:
                    break
            asked[identity] = pending
            pending.asked_at = now
            packets.append(identity + pending.tail)
        self._entropy = entropy
        self._datagrams.send(packets, [])

    def receive(self, answered: Callable[[list[tuple[Pending, bytes]]], None]) -> None:
        """Take answers that may be believed; ConnectionRefusedError if nobody listens there."""
        asked = self.asked
        while True:
            packets, _, _ = self._datagrams.receive()
            batch = []
            for packet in packets:
                identity = packet[:2]
                pending = asked.get(identity) or self.late.get(identity)
                if pending is None or packet[2] & 0xF8 != 0x80 or self._differs(packet, pending):
                    self.rejected += 1
                else:
                    if asked.pop(identity, None) is None:
                        del self.late[identity]
                    batch.append((pending, packet))
            if batch:
                answered(batch)
            if len(packets) < BATCH:
                return

    def _differs(self, packet: bytes, pending: Pending) -> bool:
        """Whether the answer repeats another question; letter case counts if it was made random."""
        if packet.startswith(pending.question, 12):
            return False
        return self._exact_case or packet[12 : pending.end].lower() != pending.question.lower()

    def overdue(self, before: float) -> list[Pending]:
        """Those asked before that time and not answered; each is returned once, and goes on waiting as late."""
        found = []
        for identity, pending in self.asked.items():
            if pending.asked_at > before:
                break
            found.append((identity, pending))
        for identity, pending in found:
            del self.asked[identity]
            if not pending.done:
                self.late[identity] = pending
        if self.late:
            for identity in [identity for identity, pending in self.late.items() if pending.done]:
                del self.late[identity]
        return [pending for _, pending in found if not pending.done]

    def close(self) -> None:
        """Give the socket back; what is still under way on it gets no answer here."""
        self.sock.close()
        self.asked.clear()
        self.late.clear()
