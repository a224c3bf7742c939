"""Both ways to send and receive, on loopback sockets; the same packets in, the same packets out."""

import contextlib
import errno
import os
import socket
import struct

import pytest

from dnsguard import datagram
from dnsguard.datagram import BATCH, SLOT, BatchedDatagrams, PlainDatagrams
from dnsguard.hub import sockets

IPV6 = socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")  # noqa: PTH110 - a constant, not a path to work with


@pytest.fixture(params=[BatchedDatagrams, PlainDatagrams], ids=["batched", "plain"])
def kind(request):
    return request.param


@pytest.fixture
def make():
    """Sockets that the hub would bind, and clients of them."""
    opened = []

    def bound(host="127.0.0.1"):
        text = f"[{host}]:0" if ":" in host else f"{host}:0"
        (one,) = sockets.bind([text], 1)
        one.tcp[0].close()
        opened.append(one.udp[0])
        return one.udp[0]

    def client(to, host, source=""):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        opened.append(sock)
        sock.settimeout(5)
        sock.bind((source, 0))
        sock.connect((host, to.getsockname()[1]))  # from now on it takes packets of that address only
        return sock

    bound.client = client
    yield bound
    for sock in opened:
        sock.close()


def answer_all(datagrams):
    packets, peers, clients = datagrams.receive()
    datagrams.send([b"re:" + packet for packet in packets], peers)
    return clients


@pytest.mark.parametrize(
    ("bind", "ask", "source", "seen"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.9", "127.0.0.9"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.9", "127.0.0.9"),
        ("0.0.0.0", "127.0.0.2", "127.0.0.9", "127.0.0.9"),
        ("::1", "::1", "::1", "::1"),
        ("::", "::1", "::1", "::1"),
    ],
)
def test_an_answer_leaves_from_the_address_that_was_asked(make, kind, bind, ask, source, seen):
    if ":" in bind and not IPV6:
        pytest.skip("this machine has no IPv6")
    sock = make(bind)
    client = make.client(sock, ask, source)
    datagrams = kind(sock)
    for _ in range(2):  # the buffers are used again
        client.send(b"one")
        client.send(b"three")
        (first, second) = answer_all(datagrams)
        assert first == second == socket.inet_pton(client.family, seen)
        assert [client.recv(100), client.recv(100)] == [b"re:one", b"re:three"]


def test_many_addresses_in_one_batch(make, kind):
    sock = make("0.0.0.0")
    clients = [make.client(sock, f"127.0.0.{i}", f"127.0.1.{i}") for i in range(1, 6)]
    for i, client in enumerate(clients):
        client.send(bytes([i]) * (i + 1))
    assert answer_all(kind(sock)) == [bytes([127, 0, 1, i]) for i in range(1, 6)]
    for i, client in enumerate(clients):
        assert client.recv(100) == b"re:" + bytes([i]) * (i + 1)


def test_answers_are_not_tied_to_the_interface_a_query_came_by(make, kind):
    """Where routes are asymmetric that would send them nowhere."""
    sock = make("0.0.0.0")
    make.client(sock, "127.0.0.1").send(b"x")
    _, peers, _ = kind(sock).receive()
    control = peers[0][1]
    data = control[16:28] if isinstance(control, bytes) else control[0][2]
    assert struct.unpack("=i4s4s", data) == (0, b"\x7f\0\0\1", b"\x7f\0\0\1")


@pytest.mark.skipif(not IPV6, reason="this machine has no IPv6")
@pytest.mark.parametrize("informed", [True, False])
def test_mapped_clients_are_ipv4_clients(make, kind, informed):
    """No listener of ours takes both families; an inherited socket might."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, informed)
        sock.bind(("::", 0))
        client = make.client(sock, "127.0.0.1", "127.0.0.9")
        client.send(b"x")
        assert answer_all(kind(sock)) == [b"\x7f\0\0\x09"]
        assert client.recv(10) == b"re:x"


def test_the_longest_packet_is_taken_and_a_longer_one_dropped(make, kind):
    sock = make()
    client = make.client(sock, "127.0.0.1")
    sizes = [1, SLOT + 1, SLOT - 1, SLOT, 60000, 0, 2]
    for size in sizes:
        client.send(b"x" * size)
    datagrams = kind(sock)
    packets, peers, clients = datagrams.receive()
    assert [len(packet) for packet in packets] == [1, SLOT - 1, SLOT, 0, 2]
    assert len(peers) == len(clients) == 5
    assert datagrams.dropped == 2


def test_long_packets_are_dropped_on_a_connected_socket_too(make, kind):
    sock = make()
    client = make.client(sock, "127.0.0.1")
    client.setblocking(False)
    for size in (SLOT + 1, 5):
        sock.sendto(b"x" * size, client.getsockname())
    assert kind(client, connected=True).receive() == ([b"xxxxx"], [], [])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_what_cannot_be_sent_does_not_stop_the_others(make, kind, host):
    sock = make(host)
    client = make.client(sock, "127.0.0.1")
    for i in range(3):
        client.send(bytes([i]))
    datagrams = kind(sock)
    packets, peers, _ = datagrams.receive()
    peers[1] = nowhere(peers[1])
    datagrams.send(packets, peers)
    assert [client.recv(10), client.recv(10)] == [b"\0", b"\2"]
    assert datagrams.dropped == 1


def nowhere(peer):
    """The same peer with port 0, which no packet can be sent to."""
    address, *control = peer if isinstance(peer, tuple) else (peer,)
    address = address[:2] + b"\0\0" + address[4:] if isinstance(address, bytes) else (address[0], 0)
    return (address, *control) if control else address


def test_more_than_a_batch(make, kind):
    sock = make("0.0.0.0")
    client = make.client(sock, "127.0.0.1")
    sent = [i.to_bytes(2) * (i % 7 + 1) for i in range(2 * BATCH + 3)]
    for packet in sent:
        client.send(packet)
    datagrams = kind(sock)
    packets, peers = [], []
    for expected in (BATCH, BATCH, 3, 0):
        some, their, clients = datagrams.receive()
        assert len(some) == len(their) == len(clients) == expected
        packets += some
        peers += their
    assert packets == sent
    datagrams.send(packets, peers)
    assert [client.recv(100) for _ in sent] == sent
    datagrams.send([], [])


def test_a_batch_too_long_for_the_buffer(make, kind):
    sock = make()
    client = make.client(sock, "127.0.0.1")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    client.send(b"x")
    datagrams = kind(sock)
    _, peers, _ = datagrams.receive()
    sent = [bytes([i]) * 60000 for i in range(5)]
    for packet in sent:
        datagrams.send([packet] * 1, peers)
        assert client.recv(65535) == packet
    datagrams.send(sent, peers * 5)
    assert client.recv(65535) == sent[0]


def test_a_full_kernel_buffer_drops_and_counts(make, kind):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        # a unix socket tells its sender that the receiver is full; of UDP only a real network card does
        datagrams = kind(ours, connected=True)
        datagrams.send([b"x"] * 1000, [])
        theirs.setblocking(False)
        arrived = 0
        with contextlib.suppress(BlockingIOError):
            while theirs.recv(10):
                arrived += 1
        assert 0 < arrived < 1000
        assert datagrams.dropped == 1000 - arrived


@pytest.fixture
def refused(make):
    """A socket connected to a port that nobody listens on."""
    sock = make()
    client = make.client(sock, "127.0.0.1")
    client.setblocking(False)
    sock.close()
    return client


def test_a_closed_port_is_told(refused, kind):
    datagrams = kind(refused, connected=True)
    assert datagrams.receive() == ([], [], [])
    datagrams.send([b"x"], [])
    with pytest.raises(ConnectionRefusedError):
        datagrams.receive()
    assert datagrams.receive() == ([], [], [])


def test_an_error_met_while_sending_is_an_earlier_packets(make, kind):
    """It costs the packet nothing, and is kept: an event loop that was woken by it must learn why."""
    sock = make()
    port = sock.getsockname()[1]
    client = make.client(sock, "127.0.0.1")
    client.setblocking(False)
    sock.close()
    datagrams = kind(client, connected=True)
    datagrams.send([b"lost"], [])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
        back.bind(("127.0.0.1", port))
        back.settimeout(5)
        datagrams.send([b"one", b"two"], [])
        assert [back.recv(10), back.recv(10)] == [b"one", b"two"]
    assert datagrams.error == errno.ECONNREFUSED
    assert datagrams.dropped == 0


def test_a_connected_socket_sends_and_receives_batches(make, kind):
    sock = make()
    client = make.client(sock, "127.0.0.1")
    client.setblocking(False)
    datagrams = kind(client, connected=True)
    datagrams.send([bytes([i]) for i in range(100)], [])
    packets, peers, _ = kind(sock).receive()
    assert packets == [bytes([i]) for i in range(BATCH)]
    kind(sock).send(packets, peers)
    assert datagrams.receive() == (packets, [], [])


def test_linux_sends_in_batches(make):
    assert isinstance(datagram.open_datagrams(make()), BatchedDatagrams if datagram._LIBRARY else PlainDatagrams)


def test_elsewhere_it_does_without(make, monkeypatch):
    monkeypatch.setattr(datagram.sys, "platform", "darwin")
    assert datagram._library() is None
