"""A listener on the event loops it runs on, asked over loopback."""

import asyncio
import socket

import pytest

from dnsguard.datagram import BATCH
from dnsguard.hub import sockets
from dnsguard.listen.udp import ROUNDS, UdpListener
from tests.loops import until


class Handler:
    """Echoes, and keeps what came; raises for b"bad"."""

    def __init__(self):
        self.batches = []
        self.clients = set()

    def __call__(self, source, packets, peers, clients):
        self.batches.append(packets)
        self.clients.update(clients)
        if b"bad" in packets:
            raise ValueError("bad")
        source.send(packets, peers)


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def listener(handler):
    (bound,) = sockets.bind(["127.0.0.1:0"], 1)
    yield UdpListener(bound.udp[0], handler)
    bound.close()


@pytest.fixture
def client(listener):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.settimeout(5)
        sock.connect(listener.sock.getsockname())
        yield sock


def test_it_is_no_stream_and_does_not_block(listener):
    assert listener.stream is False
    assert listener.sock.getblocking() is False
    assert listener.on_readable() is False


def test_batches_are_answered_and_others_get_their_turn(listener, handler, client):
    sent = ROUNDS * BATCH + 10
    for i in range(sent):
        client.send(i.to_bytes(2))
    assert listener.on_readable() is True  # there may be more
    assert [len(batch) for batch in handler.batches] == [BATCH] * ROUNDS
    assert listener.on_readable() is False
    assert [client.recv(10) for _ in range(sent)] == [i.to_bytes(2) for i in range(sent)]
    assert handler.clients == {b"\x7f\0\0\1"}


def test_what_is_dropped_is_counted(listener, client):
    client.send(b"x" * 5000)
    client.send(b"y")
    listener.on_readable()
    assert listener.dropped == 1
    assert client.recv(10) == b"y"


async def test_it_survives_a_handler_that_raises(listener, handler, client):
    loop = asyncio.get_running_loop()
    errors = []
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    loop.add_reader(listener.sock, listener.on_readable)
    client.setblocking(False)
    for _ in range(3):
        before = len(errors)
        client.send(b"bad")
        await until(lambda before=before: len(errors) > before)
        client.send(b"good")
        assert await asyncio.wait_for(loop.sock_recv(client, 10), 10) == b"good"
    loop.remove_reader(listener.sock)
    assert {str(error) for error in errors} == {"bad"}
