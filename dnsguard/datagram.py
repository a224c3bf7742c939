"""UDP in batches: one system call for up to 64 packets in, one for up to 64 out.

`recvmmsg`/`sendmmsg` through cffi in ABI mode, so nothing is compiled; Python's own calls, packet by packet, where the
C library has no such functions. Measured (DESIGN section 3): 5.5-6.5 us a cached answer with batches, 6.3 without.

A peer is opaque: the socket address as the kernel wrote it, and, on a socket bound to a wildcard, the control message
with the address it was asked at (IP_PKTINFO), which goes back as it came, so that the answer leaves from there.
"""

import errno
import socket
import sys
from array import array
from itertools import accumulate
from typing import Any, Final, Protocol

from cffi import FFI

BATCH: Final = 64
"""Packets a call: beyond it the saved calls no longer show (DESIGN section 3)."""
SLOT: Final = 4096
"""Longest packet taken; queries and answers over UDP are far below it, and longer ones are dropped. [bytes]"""
_CONTROL: Final = 64
"""Room for one control message: in6_pktinfo takes 40. [bytes]"""

_ffi: Final = FFI()
_ffi.cdef("""
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int recvmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags, void *timeout);
int sendmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags);
""")
_WORDS: Final = 8
"""64-bit words of a struct mmsghdr: name, namelen, iov, iovlen, control, controllen, flags, len."""
_W_CONTROLLEN: Final = 5
_HALF_LEN: Final = 14
"""msg_len among the 32-bit halves of those words."""
_SLOTS: Final = range(0, BATCH * SLOT, SLOT)
_CONTROLS: Final = range(0, BATCH * _CONTROL, _CONTROL)


class Datagrams(Protocol):
    """A UDP socket, batched."""

    dropped: int
    """Packets not sent because the kernel had no room or no way, and packets too long to take."""

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """Packets, their peers, and their packed client addresses; empty when there are none now.

        Raises ConnectionRefusedError on a connected socket whose other end is closed.
        """

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Send each packet to its peer; `peers` is empty on a connected socket."""


def _library() -> Any:
    """The C library's batch calls; None where struct mmsghdr is laid out otherwise, or is not there."""
    if sys.platform != "linux" or sys.byteorder != "little" or _ffi.sizeof("struct mmsghdr") != 8 * _WORDS:
        return None
    library: Any = _ffi.dlopen(None)
    return library if hasattr(library, "recvmmsg") and hasattr(library, "sendmmsg") else None


_LIBRARY: Final = _library()


def open_datagrams(sock: socket.socket, *, connected: bool = False) -> Datagrams:
    """Wrap a non-blocking UDP socket in the fastest way this system has."""
    if _LIBRARY is not None:
        return BatchedDatagrams(sock, connected=connected)
    return PlainDatagrams(sock, connected=connected)


def wildcard(sock: socket.socket) -> bool:
    """Whether the socket takes packets for every address of the machine."""
    return sock.getsockname()[0] in {"0.0.0.0", "::"}  # noqa: S104 - a comparison


class _Vector:
    """BATCH message headers with their buffers, in memory that the kernel and Python both see.

    `name` is the length of the family's socket address, 0 on a connected socket; addresses lie without a gap.
    """

    __slots__ = ("_kept", "base", "buffer", "control", "halves", "iov", "names", "pointer", "words")

    def __init__(self, name: int, *, control: bool) -> None:
        headers = _ffi.new("struct mmsghdr[]", BATCH)
        vectors = _ffi.new("struct iovec[]", BATCH)
        buffer = _ffi.new("char[]", BATCH * SLOT)
        names = _ffi.new("char[]", BATCH * name or 1)
        controls = _ffi.new("char[]", BATCH * _CONTROL)
        for i in range(BATCH):
            vectors[i].iov_base = buffer + i * SLOT
            vectors[i].iov_len = SLOT
            header = headers[i].msg_hdr
            header.msg_iov = vectors + i
            header.msg_iovlen = 1
            if name:
                header.msg_name = names + i * name
                header.msg_namelen = name
            if control:
                header.msg_control = controls + i * _CONTROL
                header.msg_controllen = _CONTROL
        self._kept = (headers, vectors, buffer, names, controls)
        self.pointer: Any = headers
        self.base = int(_ffi.cast("uintptr_t", buffer))
        self.words: memoryview = memoryview(_ffi.buffer(headers)).cast("B").cast("Q")
        self.halves: memoryview = self.words.cast("B").cast("I")
        self.iov: memoryview = memoryview(_ffi.buffer(vectors)).cast("B").cast("Q")
        # slices of these are bytes at once, unlike a memoryview's
        self.buffer: Any = _ffi.buffer(buffer)
        self.names: Any = _ffi.buffer(names)
        self.control: Any = _ffi.buffer(controls)


class BatchedDatagrams:
    """Linux: `recvmmsg` and `sendmmsg`."""

    def __init__(self, sock: socket.socket, *, connected: bool = False) -> None:
        self.dropped = 0
        self._sock = sock
        self._fd = sock.fileno()
        self._v6 = sock.family == socket.AF_INET6
        self._name = 0 if connected else 28 if self._v6 else 16
        self._control = not connected and wildcard(sock)
        self._in = _Vector(self._name, control=self._control)
        self._out = _Vector(self._name, control=self._control)

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """As Datagrams says."""
        vector = self._in
        if self._control:
            for i in range(BATCH):
                vector.words[i * _WORDS + _W_CONTROLLEN] = _CONTROL
        n = _LIBRARY.recvmmsg(self._fd, vector.pointer, BATCH, socket.MSG_DONTWAIT, _ffi.NULL)
        if n < 0:
            if _ffi.errno == errno.ECONNREFUSED:
                raise ConnectionRefusedError
            return [], [], []
        buffer = vector.buffer
        lengths = vector.halves[_HALF_LEN : 2 * _WORDS * n : 2 * _WORDS].tolist()
        packets = [buffer[at : at + length] for at, length in zip(_SLOTS, lengths, strict=False)]
        size = self._name
        if not size:
            return packets, [], []
        names = vector.names
        peers: list[Any] = [names[at : at + size] for at in range(0, n * size, size)]
        clients = [_unmapped(peer[8:24]) for peer in peers] if self._v6 else [peer[4:8] for peer in peers]
        if self._control:
            used = vector.words[_W_CONTROLLEN : _WORDS * n : _WORDS].tolist()
            peers = [
                (peer, vector.control[at : at + length])
                for peer, at, length in zip(peers, _CONTROLS, used, strict=False)
            ]
        return packets, peers, clients

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """As Datagrams says."""
        if len(packets) <= BATCH:
            self._send(packets, peers)
            return
        for start in range(0, len(packets), BATCH):
            self._send(packets[start : start + BATCH], peers[start : start + BATCH])

    def _send(self, packets: list[bytes], peers: list[Any]) -> None:
        vector = self._out
        total = len(packets)
        joined = b"".join(packets)
        if len(joined) > BATCH * SLOT:
            # possible only with answers near 4 kB each, which no client is sent over UDP
            for i in range(total):
                self._send(packets[i : i + 1], peers[i : i + 1])
            return
        lengths = array("Q", map(len, packets))
        vector.buffer[0 : len(joined)] = joined
        # each packet's place in the joined ones: the next begins where it ends
        vector.iov[0 : 2 * total : 2] = memoryview(array("Q", accumulate(lengths, initial=vector.base)))[:total]
        vector.iov[1 : 2 * total : 2] = memoryview(lengths)
        if self._control:
            for i, (_, control) in enumerate(peers):
                vector.control[i * _CONTROL : i * _CONTROL + len(control)] = control
                vector.words[i * _WORDS + _W_CONTROLLEN] = len(control)
            peers = [peer for peer, _ in peers]
        if self._name:
            vector.names[0 : total * self._name] = b"".join(peers)
        done = 0
        while done < total:
            n = _LIBRARY.sendmmsg(self._fd, vector.pointer + done, total - done, socket.MSG_DONTWAIT)
            if n > 0:
                done += n
                continue
            if _ffi.errno in {errno.EAGAIN, errno.ENOBUFS}:
                # the sender asks again sooner than a queue here would help it
                self.dropped += total - done
                return
            # this one can't be sent (no route, refused by a firewall, an error the last packet left); the next may
            self.dropped += 1
            done += 1


class PlainDatagrams:
    """Any system: Python's own calls, packet by packet."""

    def __init__(self, sock: socket.socket, *, connected: bool = False) -> None:
        self.dropped = 0
        self._sock = sock
        self._connected = connected
        self._control = not connected and wildcard(sock)

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """As Datagrams says."""
        packets: list[bytes] = []
        peers: list[Any] = []
        clients: list[bytes] = []
        try:
            while len(packets) < BATCH:
                if self._connected:
                    packets.append(self._sock.recv(SLOT))
                    continue
                packet, control, _flags, address = self._sock.recvmsg(SLOT, _CONTROL if self._control else 0)
                packets.append(packet)
                peers.append((address, control))
                packed = socket.inet_pton(self._sock.family, address[0].partition("%")[0])
                clients.append(_unmapped(packed))
        except ConnectionRefusedError:
            if not packets:
                raise
        except OSError:
            pass
        return packets, peers, clients

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """As Datagrams says."""
        for i, packet in enumerate(packets):
            try:
                if self._connected:
                    self._sock.send(packet)
                else:
                    address, control = peers[i]
                    self._sock.sendmsg([packet], control, 0, address)
            except OSError:
                self.dropped += 1


def _unmapped(address: bytes) -> bytes:
    """A v4-mapped IPv6 address as the IPv4 address it is (RFC 4291 section 2.5.5.2)."""
    if len(address) == 16 and address.startswith(b"\0\0\0\0\0\0\0\0\0\0\xff\xff"):
        return address[12:]
    return address
