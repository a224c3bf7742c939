"""UDP in batches: one system call for up to 64 packets in, one for up to 64 out.

`recvmmsg`/`sendmmsg` through cffi in ABI mode, so nothing is compiled; Python's own calls, packet by packet, where the
C library has no such functions. Measured (DESIGN section 3): 5.5-6.5 us a cached answer with batches, 6.3 without.

A peer is opaque: the socket address as the kernel wrote it, and, on a socket bound to a wildcard that reports it, the
control message with the address it was asked at (IP_PKTINFO), which goes back so that the answer leaves from there.

All sockets of a process share the batches' memory, half a megabyte: it is filled and emptied within one call, and an
upstream port that lives for seconds would otherwise have its own cleared and mapped each time. So: one thread only.
"""

import errno
import os
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
_IP_PKTINFO: Final = 8  # linux/in.h; Python's socket module does not name it
_CONTROL_V4: Final = (32, 16)
"""A control message with a struct in_pktinfo, and where in it the interface stands. [bytes]"""
_CONTROL_V6: Final = (40, 32)
"""The same with a struct in6_pktinfo. [bytes]"""
RETRIES: Final = 8
"""Errors of earlier packets that one call of `send` on a connected socket may meet and step over."""

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
_HALF_FLAGS: Final = 12
_HALF_LEN: Final = 14
"""msg_flags and msg_len among the 32-bit halves of those words."""
_SLOTS: Final = range(0, BATCH * SLOT, SLOT)
_NO_INTERFACES: Final = memoryview(array("I", bytes(4 * BATCH)))


class Datagrams(Protocol):
    """A UDP socket, batched."""

    dropped: int
    """Packets not sent because the kernel had no room or no way, and packets too long to take."""
    error: int
    """On a connected socket: what the network said of an earlier packet while another was sent; 0: nothing."""

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """Packets, their peers, and their packed client addresses; empty when there are none now.

        On a connected socket raises OSError when the network has said that the other end can't be reached.
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


def _control(sock: socket.socket) -> tuple[int, int]:
    """The control message each packet comes with, and where its interface stands; (0, 0) if it has none."""
    # only a wildcard takes packets for several addresses
    if sock.getsockname()[0] not in {"0.0.0.0", "::"} or sys.platform != "linux":  # noqa: S104 - a comparison
        return 0, 0
    if sock.family == socket.AF_INET6:
        return _CONTROL_V6 if sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO) else (0, 0)
    return _CONTROL_V4 if sock.getsockopt(socket.IPPROTO_IP, _IP_PKTINFO) else (0, 0)


class _Vector:
    """BATCH message headers with their buffers, in memory that the kernel and Python both see.

    `name` is the length of the family's socket address, 0 on a connected socket; `control` that of a control message,
    0 without. Both lie without a gap: all packets of a socket have the same.
    """

    __slots__ = ("_kept", "base", "buffer", "control", "halves", "interfaces", "iov", "names", "pointer")

    def __init__(self, name: int, control: int) -> None:
        headers = _ffi.new("struct mmsghdr[]", BATCH)
        vectors = _ffi.new("struct iovec[]", BATCH)
        buffer = _ffi.new("char[]", BATCH * SLOT)
        names = _ffi.new("char[]", BATCH * name or 1)
        controls = _ffi.new("char[]", BATCH * control or 4)
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
                header.msg_control = controls + i * control
                header.msg_controllen = control
        self._kept = (headers, vectors, buffer, names, controls)
        self.pointer: Any = headers
        self.base = int(_ffi.cast("uintptr_t", buffer))
        self.halves: memoryview = memoryview(_ffi.buffer(headers)).cast("B").cast("I")
        self.iov: memoryview = memoryview(_ffi.buffer(vectors)).cast("B").cast("Q")
        # slices of these are bytes at once, unlike a memoryview's
        self.buffer: Any = _ffi.buffer(buffer)
        self.names: Any = _ffi.buffer(names)
        self.control: Any = _ffi.buffer(controls)
        self.interfaces: memoryview = memoryview(_ffi.buffer(controls)).cast("B").cast("I")


_vectors: Final[dict[tuple[int, int], tuple[_Vector, _Vector]]] = {}
"""For packets in and out, by length of name and control: five kinds of sockets at the most."""


class BatchedDatagrams:
    """Linux: `recvmmsg` and `sendmmsg`."""

    def __init__(self, sock: socket.socket, *, connected: bool = False) -> None:
        self.dropped = 0
        self.error = 0
        self._sock = sock
        self._fd = sock.fileno()
        self._v6 = sock.family == socket.AF_INET6
        self._name = 0 if connected else 28 if self._v6 else 16
        self._control, interface = (0, 0) if connected else _control(sock)
        self._interface = interface // 4
        kind = (self._name, self._control)
        if kind not in _vectors:
            _vectors[kind] = (_Vector(*kind), _Vector(*kind))
        self._in, self._out = _vectors[kind]

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """As Datagrams says."""
        vector = self._in
        n = _LIBRARY.recvmmsg(self._fd, vector.pointer, BATCH, socket.MSG_DONTWAIT, _ffi.NULL)
        if n < 0:
            error = _ffi.errno
            if self._name or error in {errno.EAGAIN, errno.EINTR}:
                return [], [], []
            raise OSError(error, os.strerror(error))
        buffer = vector.buffer
        lengths = vector.halves[_HALF_LEN : 2 * _WORDS * n : 2 * _WORDS].tolist()
        packets = [buffer[at : at + length] for at, length in zip(_SLOTS, lengths, strict=False)]
        size = self._name
        peers: list[Any] = []
        clients: list[bytes] = []
        if size:
            names = vector.names
            peers = [names[at : at + size] for at in range(0, n * size, size)]
            clients = [_unmapped(peer[8:24]) for peer in peers] if self._v6 else [peer[4:8] for peer in peers]
            stride = self._control
            if stride:
                # the answer leaves from that address, by whatever interface the routes say
                vector.interfaces[self._interface : n * stride // 4 : stride // 4] = _NO_INTERFACES[:n]
                control = vector.control
                controls = [control[at : at + stride] for at in range(0, n * stride, stride)]
                peers = list(zip(peers, controls, strict=True))
        if SLOT in lengths:
            # what fills its slot may have been cut
            flags = vector.halves[_HALF_FLAGS : 2 * _WORDS * n : 2 * _WORDS].tolist()
            for i in range(n - 1, -1, -1):
                if flags[i] & socket.MSG_TRUNC:
                    self.dropped += 1
                    for column in (packets, peers, clients) if size else (packets,):
                        del column[i]
        return packets, peers, clients

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """As Datagrams says."""
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
        vector.buffer[0 : len(joined)] = joined
        lengths = array("Q", map(len, packets))
        # each packet's place in the joined ones: the next begins where it ends
        vector.iov[0 : 2 * total : 2] = memoryview(array("Q", accumulate(lengths, initial=vector.base)))[:total]
        vector.iov[1 : 2 * total : 2] = memoryview(lengths)
        if self._control:
            vector.control[0 : total * self._control] = b"".join([control for _, control in peers])
            peers = [peer for peer, _ in peers]
        if self._name:
            vector.names[0 : total * self._name] = b"".join(peers)
        done = 0
        retries = 0 if self._name else RETRIES
        while done < total:
            n = _LIBRARY.sendmmsg(self._fd, vector.pointer + done, total - done, socket.MSG_DONTWAIT)
            if n > 0:
                done += n
                continue
            error = _ffi.errno
            if error in {errno.EAGAIN, errno.ENOBUFS}:
                # the sender asks again sooner than a queue here would help it
                self.dropped += total - done
                return
            if error == errno.ECONNREFUSED and retries:
                # an earlier packet's end: this one is not sent yet
                self.error = error
                retries -= 1
                continue
            # this one can't be sent (no route, refused by a firewall); the next may
            self.dropped += 1
            done += 1


class PlainDatagrams:
    """Any system: Python's own calls, packet by packet."""

    def __init__(self, sock: socket.socket, *, connected: bool = False) -> None:
        self.dropped = 0
        self.error = 0
        self._sock = sock
        self._connected = connected
        self._room, interface = (0, 0) if connected else _control(sock)
        self._interface = interface - 16  # where it stands after the message's header

    def receive(self) -> tuple[list[bytes], list[Any], list[bytes]]:
        """As Datagrams says."""
        packets: list[bytes] = []
        peers: list[Any] = []
        clients: list[bytes] = []
        for _ in range(BATCH):
            try:
                packet, control, flags, address = self._sock.recvmsg(SLOT, self._room)
            except OSError as error:
                if self._connected and not isinstance(error, BlockingIOError):
                    if not packets:
                        raise
                    self.error = error.errno or errno.EIO
                break
            if flags & socket.MSG_TRUNC:
                self.dropped += 1
                continue
            packets.append(packet)
            if not self._connected:
                at = self._interface  # the answer leaves by whatever interface the routes say
                peers.append((address, [(*kind, data[:at] + bytes(4) + data[at + 4 :]) for *kind, data in control]))
                clients.append(_unmapped(socket.inet_pton(self._sock.family, address[0].partition("%")[0])))
        return packets, peers, clients

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """As Datagrams says."""
        for i, packet in enumerate(packets):
            for _ in range(RETRIES):
                try:
                    if self._connected:
                        self._sock.send(packet)
                    else:
                        address, control = peers[i]
                        self._sock.sendmsg([packet], control, 0, address)
                    break
                except ConnectionRefusedError:
                    self.error = errno.ECONNREFUSED  # an earlier packet's end: this one is not sent yet
                except OSError:
                    self.dropped += 1
                    break
            else:
                self.dropped += 1


def _unmapped(address: bytes) -> bytes:
    """A v4-mapped IPv6 address as the IPv4 address it is (RFC 4291 section 2.5.5.2)."""
    if len(address) == 16 and address.startswith(b"\0\0\0\0\0\0\0\0\0\0\xff\xff"):
        return address[12:]
    return address
