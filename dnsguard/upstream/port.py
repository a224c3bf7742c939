"""One UDP socket to one server, on a random port, and the questions asked through it.

RFC 5452 section 9.2: an answer counts only if it comes from the asked address and port (the socket is connected, so the
kernel sees to it), to the port that asked, with the id and the question that were sent. Ports are random over the whole
unprivileged range, used for a few seconds, then replaced; ids are random and never twice under way on one port.

What a forger must guess: one of 64,512 ports while it is in use, and one of 65,536 ids while the question is under way.
Whoever has found a port makes MAX_FORGED guesses on it before it is closed and its questions are asked over TCP, so a
port found costs one chance in 1,300, and a port must be found anew every few seconds.
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
MAX_FORGED: Final = 50
"""Answers on one port that nothing asked there can have brought (RFC 5452 section 9.2); then it is given up."""
MAX_STRANGE: Final = 8
"""Answers kept to be looked at; who sends more shows himself in these. [messages]"""
ROUNDS: Final = 8
"""Batches taken before other sockets get their turn."""
_BIND_TRIES: Final = 12
_BUFFER: Final = 1 << 20
"""Receive buffer of each socket: some 1,000 answers wait there while a batch is worked on. [bytes]"""
_random: Final = random.SystemRandom()


def open_socket(server: Server) -> socket.socket:
    """A UDP socket on a random port, connected to the server; OSError or UpstreamError if there is no way to it."""
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
    except BaseException:
        sock.close()
        raise
    return sock


def mix_case(pending: Pending) -> None:
    """Ask in random letter case (draft-vixie-dnsext-dns0x20-00): one more bit to guess for each letter."""
    question = bytearray(pending.question)
    bits = _random.getrandbits(len(question))
    for i in range(len(question) - 4):  # by index: mypyc knows no loop over a bytearray
        octet = question[i]
        if (65 <= octet <= 90 or 97 <= octet <= 122) and bits >> i & 1:
            question[i] = octet ^ 0x20
    pending.question = bytes(question)
    pending.tail = pending.tail[:10] + pending.question + pending.tail[10 + len(question) :]


class Port:
    """A socket, its questions under way by id, and the time it is to be replaced."""

    __slots__ = (
        "_datagrams",
        "_entropy",
        "_exact_case",
        "_given",
        "_used",
        "asked",
        "doubted",
        "forged",
        "late",
        "lost",
        "rejected",
        "retire_at",
        "sock",
        "strange",
    )

    def __init__(self, server: Server, now: float, *, exact_case: bool) -> None:
        self.sock: Final = open_socket(server)
        self.asked: Final[dict[bytes, Pending]] = {}
        """By id, in the order they were asked."""
        self.late: Final[dict[bytes, tuple[Pending, float]]] = {}
        """Those another server has been asked for since, and when they were asked here; an answer still counts."""
        self.doubted: list[Pending] = []
        """Those whose answer had the right id and the wrong letter case: forged, or from a server that changes it."""
        self.rejected = 0
        """Packets with an unknown id, another question, or that were no response."""
        self.forged = 0
        """Those of them that no delay or doubling on the way explains."""
        self.strange: list[tuple[Pending, bytes]] = []
        """Some of the rejected that had the id of a question, and were no answer to it."""
        self.lost = ""
        """Why the port is of no more use: the network has said that nobody listens there. Empty: it is of use."""
        self.retire_at = now + _random.uniform(MIN_LIFE, MAX_LIFE)
        self._datagrams: Final = open_datagrams(self.sock, connected=True)
        self._entropy = b""
        self._given: list[bytes] = []
        self._used: Final[set[bytes]] = set()
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
                    self._given.append(entropy)
                identity, entropy = entropy[:2], entropy[2:]
                if identity not in asked and identity not in self.late:
                    break
            asked[identity] = pending
            pending.asked_at = now
            packets.append(identity + pending.tail)
        self._entropy = entropy
        self._datagrams.send(packets, [])

    def receive(self, answered: Callable[[list[tuple[Pending, bytes]], float], None]) -> None:
        """Take answers that may be believed, and when the first of a batch was asked.

        Bare errors are among them: RFC 6891 section 7 has servers that do not repeat the question they can't read.
        Afterwards `lost`, `doubted`, `rejected` and `forged` say what else came.
        """
        asked = self.asked
        since = 0.0
        for _ in range(ROUNDS):
            try:
                packets, _, _ = self._datagrams.receive()
            except OSError as error:
                self.lost = error.strerror or repr(error)
                continue  # what came before it is still there
            batch: list[tuple[Pending, bytes]] = []
            for packet in packets:
                identity = packet[:2]
                pending = asked.get(identity)
                if (
                    pending is not None
                    and packet.startswith(pending.question, 12)
                    and packet[2] & 0xF8 == 0x80
                    and packet[5] == 1
                    and packet[4] == 0
                ):
                    del asked[identity]
                    asked_at = pending.asked_at
                else:
                    found = self._judge(packet, identity)
                    if found is None:
                        continue
                    pending, asked_at = found
                if not batch:
                    since = asked_at
                batch.append((pending, packet))
            if batch:
                answered(batch, since)
            if len(packets) < BATCH:
                break
        if self._datagrams.error and not self.lost:
            self.lost = os.strerror(self._datagrams.error)

    def _judge(self, packet: bytes, identity: bytes) -> tuple[Pending, float] | None:
        """What a packet answers that is not simply right, and when that was asked; None: it is not believed."""
        pending = self.asked.get(identity)
        if pending is not None:
            found = (pending, pending.asked_at)
        elif identity in self.late:
            found = self.late[identity]
            pending = found[0]
        else:
            self.rejected += 1
            if not self._gave(identity):
                self.forged += 1
            return None
        if len(packet) >= 12 and packet[2] & 0xF8 == 0x80:
            if packet[4:6] == b"\0\1":
                if packet.startswith(pending.question, 12):
                    self._forget(identity)
                    return found
                if packet[12 : pending.end].lower() == pending.question.lower():
                    # letter case counts if it was made random
                    self._forget(identity)
                    if not self._exact_case:
                        return found
                    self.doubted.append(pending)
                    self.rejected += 1
                    self.forged += 1
                    return None
            elif packet[4:6] == b"\0\0" and packet[3] & 0x0F:
                self._forget(identity)
                return found
        if len(self.strange) < MAX_STRANGE:
            self.strange.append((pending, packet))
        self.rejected += 1
        self.forged += 1
        return None

    def _gave(self, identity: bytes) -> bool:
        """Whether the id was ever used here: an answer to it may be a second one, or have come too late.

        Ids are the random bytes in their order, so that nothing need be kept for each question.
        """
        for entropy in self._given:
            self._used.update([entropy[at : at + 2] for at in range(0, len(entropy), 2)])
        self._given.clear()
        return identity in self._used

    def _forget(self, identity: bytes) -> None:
        if self.asked.pop(identity, None) is None:
            self.late.pop(identity, None)

    def overdue(self, before: float, limit: int) -> list[Pending]:
        """Those asked before that time and not answered, at most `limit`: each once; they go on waiting as late."""
        found: list[tuple[bytes, Pending]] = []
        for identity, pending in self.asked.items():
            if pending.asked_at > before or len(found) >= limit:
                break
            found.append((identity, pending))
        for identity, pending in found:
            del self.asked[identity]
            if not pending.done:
                self.late[identity] = (pending, pending.asked_at)
        return [pending for _, pending in found if not pending.done]

    def tidy(self) -> None:
        """Forget what others have answered."""
        if self.late:
            for identity in [identity for identity, (pending, _) in self.late.items() if pending.done]:
                del self.late[identity]

    def close(self) -> None:
        """Give the socket back; what is still under way on it gets no answer here."""
        self.sock.close()
        self.asked.clear()
        self.late.clear()
