"""Garbage, slow readers and half-open connections by the thousand; then everybody else is still served."""

import random
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests import ask, needs
from tests.lab import Dnsguard, Lab
from tests.process import resident

SOURCES = [f"127.0.2.{i}" for i in range(1, 31)]


@pytest.fixture(scope="module")
def guard(module_lab: Lab, nsd: int) -> Dnsguard:
    return module_lab.dnsguard(nsd)


@pytest.fixture(autouse=True)
def same_workers(guard: Dnsguard) -> Iterator[None]:
    """Nothing here may end a worker, or leave it unable to answer."""
    workers = guard.workers
    yield
    assert ask.addresses(guard.ask(f"after{random.random()}.com")) == ["192.0.2.1"]
    assert len(guard.ask("big.example.net", "TXT", tcp=True).answer[0]) == 20
    assert guard.workers == workers


def garbage(count: int, seed: int) -> Iterator[bytes]:
    """Random bytes, and real queries with a few bytes wrong, cut, repeated or looped."""
    rng = random.Random(seed)
    for i in range(count):
        packet = bytearray(ask.packet(i & 0xFFFF, f"garbage{i}.www.example.com", rng.choice((1, 28, 16, 255))))
        match rng.randrange(6):
            case 0:
                packet = bytearray(rng.randbytes(rng.randrange(600)))
            case 1:
                del packet[rng.randrange(len(packet)) :]
            case 2:
                for _ in range(rng.randint(1, 8)):
                    packet[rng.randrange(len(packet))] = rng.randrange(256)
            case 3:
                packet[12:14] = b"\xc0" + bytes([rng.randrange(40)])  # a pointer, to itself or onwards
            case 4:
                packet[4:12] = rng.randbytes(8)  # counts
            case 5:
                packet += rng.randbytes(rng.randrange(1500))
        yield bytes(packet)


def test_garbage_over_udp(guard: Dnsguard) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", guard.port))
        sock.setblocking(False)
        for number, packet in enumerate(garbage(30_000, seed=1)):
            with suppress(OSError):
                sock.send(packet)
            if number % 50 == 0:
                guard.ask("paced.com")  # so that it is read, not dropped by a full socket


def test_garbage_over_tcp(guard: Dnsguard) -> None:
    rng = random.Random(2)
    for number, packet in enumerate(garbage(600, seed=2)):
        framed = struct.pack("!H", len(packet)) + packet if number % 3 else packet
        with socket.create_connection(("127.0.0.1", guard.port), timeout=5) as sock, suppress(OSError):
            sock.sendall(framed)
            if rng.random() < 0.5:
                sock.shutdown(socket.SHUT_WR)
                sock.settimeout(0.05)
                sock.recv(65535)


def test_half_open_connections_by_the_thousand(guard: Dnsguard) -> None:
    needs.need_files(4096)
    with ExitStack() as stack:
        for number in range(1500):
            source = (SOURCES[number % len(SOURCES)], 0)
            with suppress(OSError):
                sock = socket.create_connection(("127.0.0.1", guard.port), timeout=5, source_address=source)
                stack.callback(sock.close)
                sock.send((b"", b"\0", b"\0\x20\0")[number % 3])  # nothing, half a length, half a query
        assert ask.addresses(guard.ask("beside.com")) == ["192.0.2.1"]
        assert ask.addresses(guard.ask("beside-tcp.com", tcp=True)) == ["192.0.2.1"]


def test_slow_readers(guard: Dnsguard) -> None:
    needs.need_files(4096)
    (worker,) = guard.workers
    before = resident(worker)
    query = ask.packet(1, "big.example.net", 16)
    with ExitStack() as stack:
        for number in range(200):
            sock = socket.socket()
            stack.callback(sock.close)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.bind((SOURCES[number % len(SOURCES)], 0))
            sock.settimeout(5)
            with suppress(OSError):
                sock.connect(("127.0.0.1", guard.port))
                sock.setblocking(False)
                sock.send((struct.pack("!H", len(query)) + query) * 400)  # 2 MB of answers that nobody reads
        for i in range(20):
            assert ask.addresses(guard.ask(f"beside{i}.com", tcp=bool(i % 2))) == ["192.0.2.1"]
        # unbounded, 200 readers would leave 400 MB waiting
        assert resident(worker) - before < 200 << 20
