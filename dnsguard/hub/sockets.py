"""Binds the DNS sockets: the only part that needs a privilege, so the hub does it and workers inherit the descriptors.

Every address gets one UDP and one TCP socket per worker, in one SO_REUSEPORT group, and a classic BPF program that
picks the socket by the client's address: all packets of one client reach one worker. The hub keeps every socket open,
so a worker's death loses no queued packet and does not change the order the program counts on.
"""

import ctypes
import errno
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final

from dnsguard.errors import DnsguardError

RECEIVE_BUFFER: Final = 4 << 20
"""What may wait in the kernel for one worker: some 5,000 small packets as the kernel counts them. [bytes]"""
BACKLOG: Final = 511
"""TCP connections that may wait to be accepted; the kernel's net.core.somaxconn may be lower."""
EPHEMERAL_TRIES: Final = 16
"""How many ports are tried for one that is free on UDP and TCP alike, where the address says port 0."""

# what Python's socket module does not name (linux/in.h, in6.h, asm-generic/socket.h)
_IP_PKTINFO: Final = 8
_IP_MTU_DISCOVER: Final = 10
_IPV6_MTU_DISCOVER: Final = 23
_PMTUDISC_OMIT: Final = 5
_SO_RCVBUFFORCE: Final = 33
_SO_ATTACH_REUSEPORT_CBPF: Final = 51

# linux/bpf_common.h, linux/filter.h
_LOAD_WORD_ABSOLUTE: Final = 0x20
_COPY_A_TO_X: Final = 0x07
_XOR_X: Final = 0xAC
_MODULO: Final = 0x94
_ADD: Final = 0x04
_RETURN_A: Final = 0x16
_NETWORK_HEADER: Final = 0xFFF00000  # SKF_NET_OFF: offsets count from the IP header
_SOURCE_IPV4: Final = 12
_SOURCE_IPV6: Final = (8, 12, 16, 20)

_LINUX: Final = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Bound:
    """One address of `listen.dns`, with a UDP and a TCP socket for each worker."""

    address: str
    """With the real port, where port 0 was asked for."""
    udp: tuple[socket.socket, ...]
    tcp: tuple[socket.socket, ...]

    def close(self) -> None:
        """Close all; workers that inherited theirs keep them."""
        for sock in (*self.udp, *self.tcp):
            sock.close()


def parse_address(text: str) -> tuple[socket.AddressFamily, str, int]:
    """Read `192.0.2.1:53` or `[2001:db8::1]:53`; ValueError says what would be right."""
    host, colon, port = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host.strip("[]")
    wrong = f'{text!r} is no address and port; write "127.0.0.1:53" or "[::1]:53"'
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host) != bracketed:
        raise ValueError(wrong)
    try:
        found = socket.getaddrinfo(host, int(port), flags=socket.AI_NUMERICHOST, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise ValueError(wrong) from error
    return found[0][0], host, int(port)


def bind(addresses: Sequence[str], workers: int, *, beside: bool = False) -> tuple[Bound, ...]:
    """Bind every address once for each worker.

    `beside` allows sockets of an earlier run to be on the same port (its workers are about to drain); otherwise
    whatever is there is an error, for SO_REUSEPORT would let two servers share a port without either knowing.
    Raises DnsguardError, which says what a person can do.
    """
    with ExitStack() as stack:
        bound = []
        for text in addresses:
            try:
                family, host, port = parse_address(text)
                one = _bind_one(family, host, port, workers, beside=beside)
            except ValueError as error:
                raise DnsguardError(f"listen.dns: {error}") from error
            except OSError as error:
                raise DnsguardError(explain(text, error)) from error
            stack.callback(one.close)
            bound.append(one)
        stack.pop_all()
        return tuple(bound)


def explain(address: str, error: OSError, key: str = "listen.dns") -> str:
    """Say why an address cannot be bound, and what to do."""
    port = address.rpartition(":")[2]
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{address}: another program listens there; `ss -lntup sport = :{port}` names it. "
                f"Stop it, or set another address or port in {key}"
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"{address}: ports below 1024 need CAP_NET_BIND_SERVICE; run as a service (systemd unit, container), "
                f"or set a port like 5335 in {key}"
            )
        case errno.EADDRNOTAVAIL:
            return f"{address}: no interface of this machine has that address; `ip addr` lists them, {key} sets it"
        case _:
            return f"{address}: cannot listen there: {error.strerror or error}; {key} sets the address"


def steer(bound: Sequence[Bound], *, shift: int = 0) -> bool:
    """Send all packets of one client to one worker; says whether the kernel took the programs.

    `shift` skips the sockets of as many earlier workers that are still in the group, while they drain.
    Without it the kernel still spreads by (address, port), so one client's state is spread as well.
    """
    if not _LINUX:
        return False
    try:
        for one in bound:
            count = len(one.udp)
            if count > 1 or shift:
                program = _program(one.udp[0].family, count, shift)
                _attach(one.udp[0], program)
                _attach(one.tcp[0], program)
    except OSError:
        return False
    return True


def _bind_one(family: socket.AddressFamily, host: str, port: int, workers: int, *, beside: bool) -> Bound:
    for attempt in range(EPHEMERAL_TRIES):
        with ExitStack() as stack:
            if not beside and port:
                _probe(family, host, port)
            udp = [stack.enter_context(_udp(family, host, port))]
            real = udp[0].getsockname()[1]
            try:
                tcp = [stack.enter_context(_tcp(family, host, real)) for _ in range(workers)]
            except OSError:
                if port or attempt == EPHEMERAL_TRIES - 1:
                    raise
                continue  # the port that is free on UDP is taken on TCP
            udp += [stack.enter_context(_udp(family, host, real)) for _ in range(workers - 1)]
            stack.pop_all()
            text = f"[{host}]:{real}" if family is socket.AF_INET6 else f"{host}:{real}"
            return Bound(text, tuple(udp), tuple(tcp))
    raise AssertionError  # pragma: no cover - the loop returns or raises


def _probe(family: socket.AddressFamily, host: str, port: int) -> None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with _socket(family, kind) as sock:
            if kind is socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))


def _socket(family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(family, kind)
    if family is socket.AF_INET6:
        # IPv4 comes over IPv4 sockets: one form of address per client
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock


def _udp(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    with ExitStack() as stack:
        sock = stack.enter_context(_socket(family, socket.SOCK_DGRAM))
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if _LINUX:
            with suppress(OSError):  # past net.core.rmem_max only with CAP_NET_ADMIN
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
            # a forged "fragmentation needed" must not make our answers fragment (RFC 9715 section 3.1)
            level, option = (
                (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER)
                if family is socket.AF_INET6
                else (socket.IPPROTO_IP, _IP_MTU_DISCOVER)
            )
            with suppress(OSError):
                sock.setsockopt(level, option, _PMTUDISC_OMIT)
            if host in {"0.0.0.0", ""}:  # noqa: S104 - asks which address a query came to, to answer from it
                sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        if family is socket.AF_INET6 and int.from_bytes(socket.inet_pton(family, host.partition("%")[0])) == 0:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        sock.bind((host, port))
        stack.pop_all()
        return sock


def _tcp(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    with ExitStack() as stack:
        sock = stack.enter_context(_socket(family, socket.SOCK_STREAM))
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        stack.pop_all()
        return sock


def _program(family: int, count: int, shift: int) -> bytes:
    """Classic BPF: fold the source address, modulo `count`, plus `shift`."""
    if family == socket.AF_INET:
        code = [(_LOAD_WORD_ABSOLUTE, _NETWORK_HEADER + _SOURCE_IPV4)]
    else:
        first, *rest = _SOURCE_IPV6
        code = [(_LOAD_WORD_ABSOLUTE, _NETWORK_HEADER + first)]
        for offset in rest:
            code += [(_COPY_A_TO_X, 0), (_LOAD_WORD_ABSOLUTE, _NETWORK_HEADER + offset), (_XOR_X, 0)]
    code += [(_MODULO, count), (_ADD, shift), (_RETURN_A, 0)]
    return b"".join(struct.pack("=HBBI", operation, 0, 0, operand) for operation, operand in code)


def _attach(sock: socket.socket, program: bytes) -> None:
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count of 8-byte instructions, padding, a pointer to them
    fprog = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, fprog)


def descriptors(bound: Sequence[Bound], index: int) -> tuple[list[int], list[int]]:
    """Give the UDP and TCP descriptors of one worker, in the order of `listen.dns`."""
    return [one.udp[index].fileno() for one in bound], [one.tcp[index].fileno() for one in bound]
