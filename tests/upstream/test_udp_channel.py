"""A channel with real sockets, on both event loops: what comes of its ports, and what of the network's errors."""

import asyncio
import contextlib
import errno
import os
import resource
import socket

import pytest

from dnsguard.upstream import port as ports
from dnsguard.upstream.config import Config
from dnsguard.upstream.servers import parse_server
from dnsguard.upstream.udp_channel import UdpChannel
from tests.loops import until
from tests.upstream.questions import pending, reply
from tests.upstream.scripted import Script, datagram_server, stream_server
from tests.upstream.test_channel import Pool

pytestmark = pytest.mark.usefixtures("closing")


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
async def closing():
    """All channels of a test, closed at its end."""
    made = []
    yield made
    for channel in made:
        await channel.close()


@pytest.fixture
def open_channel(pool, closing):
    def make(port, **config):
        channel = UdpChannel(parse_server(f"127.0.0.1:{port}"), Config(**config), pool, asyncio.get_running_loop())
        closing.append(channel)
        return channel

    return make


def sources(channel):
    return [port.sock.getsockname()[1] for port in channel._ports]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def test_questions_go_round_the_ports_and_answers_come_back(open_channel, pool):
    async with datagram_server(lambda packet: [reply(packet)]) as server:
        channel = open_channel(server.port, sockets=3)
        some = [pending(f"p{i}.example") for i in range(7)]
        for one in some:
            channel.send([one], 1.5)
        await until(lambda: sum(len(batch) for batch, _, _ in pool.answers) == 7)
        assert {since for _, since, _ in pool.answers} == {1.5}
        assert {one for batch, _, _ in pool.answers for one, _ in batch} == set(some)
        assert len(set(sources(channel))) == 3


async def test_old_ports_are_replaced_and_closed_when_nothing_is_waited_for(open_channel, pool):
    async with datagram_server(lambda packet: [] if b"lost" in packet else [reply(packet)]) as server:
        channel = open_channel(server.port, sockets=1, timeout=4.0)
        lost = pending("lost.example")
        channel.send([lost], 0.0)
        first = channel._ports[0]
        channel.send([pending("b.example")], 100.0)
        second = channel._ports[0]
        assert second is not first
        channel.send([pending("c.example")], 200.0)
        await until(lambda: len(pool.answers) == 2)
        channel.tidy(200.0)
        # nothing waits on the second one; the first is asked for something still
        assert second.sock.fileno() == -1
        assert first.sock.fileno() != -1
        assert channel.overdue(200.0, 9) == [lost]
        channel.tidy(103.0)
        assert first.sock.fileno() != -1
        channel.tidy(104.0)  # retired at 100, and none waits longer than the time-out
        assert first.sock.fileno() == -1
        assert len(channel._ports) == 1


async def test_an_answer_to_a_retired_port_counts_and_one_after_that_is_not_heard(open_channel, pool):
    async with datagram_server(lambda packet: []) as server:
        channel = open_channel(server.port, sockets=1)
        late = pending("late.example")
        channel.send([late], 0.0)
        retired = channel._ports[0]
        channel.send([pending("b.example")], 100.0)
        await until(lambda: len(server.queries) == 2)
        peer = ("127.0.0.1", retired.sock.getsockname()[1])
        assert channel.overdue(1.0, 9) == [late]
        server.transport.sendto(reply(server.queries[0]), peer)
        await until(lambda: pool.answers)
        assert pool.answers[0][0][0][0] is late
        channel.tidy(200.0)
        server.transport.sendto(reply(server.queries[0]), peer)
        channel.send([pending("c.example")], 100.0)
        await until(lambda: len(server.queries) == 3)
        assert len(pool.answers) == 1


async def test_a_busy_server_has_a_bounded_number_of_sockets(open_channel, pool):
    async with datagram_server(lambda packet: []) as server:
        channel = open_channel(server.port, sockets=4, timeout=4.0)
        most, now = 0, 0.0
        for i in range(600):
            now += 0.1
            channel.send([pending(f"p{i}.example", created=now)], now)
            channel.overdue(now - 0.3, 99)
            if i % 10 == 0:
                channel.tidy(now)
            most = max(most, len(channel._ports) + len(channel._retired))
        assert len(channel._ports) == 4
        # each slot: the port in use, and those retired in the last 4 s, each at least 2 s old
        assert most <= 4 * (1 + 3)


async def test_nobody_listens(open_channel, pool):
    channel = open_channel(free_port())
    one = pending()
    channel.send([one], 0)
    await until(lambda: pool.refusals)
    ((pendings, error, gone),) = pool.refusals
    assert pendings == [one]
    assert os.strerror(errno.ECONNREFUSED) in error
    assert gone
    assert not channel._ports


async def test_a_server_that_is_back_is_heard_at_once(open_channel, pool):
    """uvloop hears nothing more from a socket that had an error; so no such socket may be used again."""
    port = free_port()
    channel = open_channel(port, sockets=1)
    for i in range(3):
        channel.send([pending(f"lost{i}.example")], 0)
        await until(lambda i=i: len(pool.refusals) > i)
    async with datagram_server(lambda packet: [reply(packet)], port):
        channel.send([pending()], 0)
        await until(lambda: pool.answers)


async def test_an_error_that_sending_met_first_is_heard_of_too(open_channel, pool):
    port = free_port()
    channel = open_channel(port, sockets=1)
    channel.send([pending()], 0)
    channel.send([pending("b.example")], 0)  # before the loop could tell
    await until(lambda: pool.refusals)
    assert not channel._ports
    async with datagram_server(lambda packet: [reply(packet)], port):
        channel.send([pending()], 0)
        await until(lambda: pool.answers)


async def test_no_way_to_the_server(open_channel, pool, monkeypatch):
    channel = open_channel(53)
    monkeypatch.setattr(ports, "sockaddr", lambda *_: ("255.255.255.255", 53))
    one = pending()
    channel.send([one], 0)
    assert [(pendings, gone) for pendings, _, gone in pool.refusals] == [([one], True)]


async def test_out_of_descriptors(open_channel, pool):
    """Without any, questions are refused; with an old port at hand, it serves on; later all is as before."""
    async with datagram_server(lambda packet: [reply(packet)]) as server:
        fresh, used = open_channel(server.port), open_channel(server.port, sockets=2)
        used.send([pending()], 0.0)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        taken = []
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.dup(0))
            fresh.send([pending("b.example")], 0.0)
            for i in range(4):
                used.send([pending(f"c{i}.example")], 100.0)
        finally:
            for fd in taken:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert len(pool.refusals) == 1
        await until(lambda: sum(len(batch) for batch, _, _ in pool.answers) == 5)
        fresh.send([pending("d.example")], 0.0)
        used.send([pending("e.example")], 100.0)
        used.send([pending("f.example")], 100.0)
        await until(lambda: sum(len(batch) for batch, _, _ in pool.answers) == 8)
        assert len(used._ports) == 2
        assert all(port.retire_at > 100.0 for port in used._ports)


async def test_what_is_rejected_is_counted(open_channel, pool):
    def forge(packet):
        return [reply(packet, qr=False), b"xy", b"x", reply(packet)]

    async with datagram_server(forge) as server:
        one = pending()
        open_channel(server.port).send([one], 0)
        await until(lambda: pool.answers)
        assert pool.packets == 3
        # what had the id is looked at
        assert [(asked, packet[2] & 0x80) for asked, packet in pool.odd] == [(one, 0)]


async def test_a_changed_letter_case_is_asked_for_by_tcp(open_channel, pool):
    def lower(packet):
        return [reply(packet, question=reply(packet)[12:].lower())]

    async with datagram_server(lower) as server:
        one = pending("WWW.example")
        open_channel(server.port, randomize_case=True).send([one], 0)
        await until(lambda: pool.dubious)
        assert pool.dubious == [one]
        assert not pool.answers


async def test_a_flood_of_forged_answers_costs_the_port_and_its_questions_go_by_tcp(open_channel, pool, caplog):
    async with datagram_server(lambda packet: []) as server:
        channel = open_channel(server.port, sockets=1)
        for turn in range(2):
            some = [pending(f"p{turn}{i}.example") for i in range(3)]
            channel.send(some, 0)
            await until(lambda turn=turn: len(server.queries) == 3 * turn + 3)
            forged_port = sources(channel)[0]
            used = {packet[:2] for packet in server.queries}
            forged = (
                reply(server.queries[-1], identity=i.to_bytes(2)) for i in range(2000) if i.to_bytes(2) not in used
            )
            for i, packet in enumerate(forged):
                server.transport.sendto(packet, ("127.0.0.1", forged_port))
                if i % 20 == 0:
                    await until(lambda: True)
                if pool.dubious:
                    break
            await until(lambda: len(pool.dubious) == 3)
            assert set(pool.dubious) == set(some)
            assert not channel._ports
            pool.dubious.clear()
        assert not pool.answers
        assert len([record for record in caplog.records if "forged" in record.message]) == 1


async def test_tcp_gets_what_is_left_of_the_time(open_channel, pool):
    async with stream_server(Script()) as server:
        channel = open_channel(server.port, timeout=4.0)
        one = pending(created=10.0)
        channel.send_stream(one, 11.0)
        channel.send_stream(one, 11.0)  # already under way
        await until(lambda: pool.answers)
        (((got, message),), since, stream) = pool.answers[0]
        assert (got, since, stream) == (one, 11.0, True)
        assert message[:2] == b"\0\0"
        assert len(server.queries) == 1


async def test_tcp_that_is_refused_says_so(open_channel, pool):
    channel = open_channel(free_port())
    one = pending()
    channel.send_stream(one, 100.0)
    await until(lambda: pool.refusals)
    assert pool.refusals[0][0] == [one]
    assert not pool.refusals[0][2]  # UDP may be well


async def test_closing_gives_all_sockets_back(open_channel, pool):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterdir would hold one open
    channel = open_channel(free_port(), sockets=3)
    for now in (0.0, 0.0, 0.0, 100.0, 100.0):
        channel.send([pending()], now)
    await channel.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
