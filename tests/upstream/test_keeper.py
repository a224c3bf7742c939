"""The pool in use and those before it, with real servers on both event loops."""

import asyncio
import contextlib
import socket

import pytest

from dnsguard.errors import UpstreamError
from dnsguard.state import counters as count
from dnsguard.upstream import keeper as module
from dnsguard.upstream.config import Config, ForwardConfig
from dnsguard.upstream.keeper import Keeper, Wanted
from dnsguard.upstream.pool import TICK
from dnsguard.upstream.servers import parse_server
from dnsguard.wire import ede
from dnsguard.wire.framing import framed
from tests.loops import until
from tests.upstream.questions import pending, reply
from tests.upstream.scripted import Script, datagram_server, stream_server


class Receiver:
    """The pipeline's part."""

    watch = None

    def __init__(self):
        self.answers = {}
        self.failures = {}

    def on_answer(self, one, message, now):
        assert not one.done
        one.done = True
        self.answers[one] = message
        return True

    def on_failure(self, one, code, text, now):
        assert not one.done
        one.done = True
        self.failures[one] = code


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def counters():
    return count.Counters()


@pytest.fixture
async def keeper(receiver, counters):
    loop = asyncio.get_running_loop()
    own = Keeper(receiver, counters, loop.time, lambda: None)

    async def tick():
        while True:
            await asyncio.sleep(TICK)
            if hasattr(own, "pool"):
                own.pool.tick(loop.time())

    ticking = asyncio.ensure_future(tick())
    yield own
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking
    if hasattr(own, "pool"):
        await own.close()


def wanted(*servers, forwards=(), **config):
    config = {"timeout": 1.0} | config
    return Wanted(config=Config(servers=tuple(map(str, servers)), **config), forwards=forwards).found()


def at(port):
    return f"127.0.0.1:{port}"


def ask(keeper, name="a.example", route=0):
    one = pending(name, route, asyncio.get_running_loop().time())
    keeper.pool.send([one])
    return one


def echo(packet):
    return [reply(packet)]


async def test_an_answer(keeper, receiver):
    async with datagram_server(echo) as server:
        keeper.hold(wanted(at(server.port)))
        one = ask(keeper)
        await until(lambda: one in receiver.answers)


async def test_the_same_servers_keep_their_pool_and_others_get_a_new_one(keeper):
    async with datagram_server(echo) as first, datagram_server(echo) as second:
        keeper.hold(wanted(at(first.port)))
        pool = keeper.pool
        keeper.hold(wanted(at(first.port)))
        assert keeper.pool is pool
        keeper.hold(wanted(at(first.port), timeout=2.0))
        assert keeper.pool is not pool
        pool = keeper.pool
        keeper.hold(wanted(at(second.port)))
        assert keeper.pool is not pool


async def test_the_old_servers_answer_what_they_were_asked_and_are_closed(keeper, receiver):
    held = []
    async with datagram_server(lambda packet: held.append(packet) or []) as old, datagram_server(echo) as new:
        keeper.hold(wanted(at(old.port)))
        one, never = ask(keeper), ask(keeper, "never.example")
        await until(lambda: len(held) == 2)
        (channel,) = keeper.pool.groups[0]
        ports = list(channel._ports)
        keeper.hold(wanted(at(new.port)))
        two = ask(keeper, "b.example")
        await until(lambda: two in receiver.answers)
        for port in ports:
            for packet in held[:2]:
                if b"never" not in packet:
                    old.transport.sendto(reply(packet), ("127.0.0.1", port.sock.getsockname()[1]))
        await until(lambda: one in receiver.answers)
        await until(lambda: never in receiver.failures)
        await until(lambda: all(port.sock.fileno() == -1 for port in ports))
        assert not new.queries[1:]


async def test_a_missing_extra_changes_nothing(keeper, monkeypatch):
    async with datagram_server(echo) as server:
        keeper.hold(wanted(at(server.port)))
        pool = keeper.pool

        def missing(*_):
            raise UpstreamError("quic needs an extra")

        monkeypatch.setattr(module, "open_exchange", missing)
        with pytest.raises(UpstreamError, match="extra"):
            keeper.hold(wanted("quic://dns.example"))
        assert keeper.pool is pool


@pytest.fixture
def resolv_conf(tmp_path, monkeypatch):
    """A resolv.conf of the test's own."""
    path = tmp_path / "resolv.conf"
    monkeypatch.setattr(module, "RESOLV_CONF", path)
    return path


async def test_resolv_conf_is_followed(keeper, resolv_conf, caplog):
    resolv_conf.write_text("nameserver 192.0.2.1\n")
    keeper.hold(wanted("system", forwards=(ForwardConfig(names=("corp.example",), servers=("system", "192.0.2.9")),)))

    def servers():
        return [[channel.server.text for channel in group] for group in keeper.pool.groups]

    assert servers() == [["192.0.2.1"], ["192.0.2.1", "192.0.2.9"]]
    pool = keeper.pool
    keeper.follow()
    keeper.follow()
    assert keeper.pool is pool
    for bad in ("", "search example\n"):
        resolv_conf.write_text(bad)
        keeper.follow()
        keeper.follow()
        assert keeper.pool is pool
    assert len([record for record in caplog.records if "keeping" in record.message]) == 2
    resolv_conf.unlink()
    keeper.follow()
    assert keeper.pool is pool
    resolv_conf.write_text("nameserver 192.0.2.2\nnameserver 192.0.2.9\n")
    keeper.follow()
    assert servers() == [["192.0.2.2", "192.0.2.9"], ["192.0.2.2", "192.0.2.9"]]
    # another file with the same content asks nobody else
    pool = keeper.pool
    resolv_conf.write_text("nameserver 192.0.2.2\nnameserver 192.0.2.9\n# x\n")
    keeper.follow()
    assert keeper.pool is pool


def test_resolv_conf_that_names_none_is_an_error(resolv_conf):
    resolv_conf.write_text("")
    with pytest.raises(UpstreamError, match="no name server"):
        wanted("system")


async def test_forwarded_names_reach_their_own_servers_only(keeper, receiver):
    """Also when those are silent, refuse, or are not there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        gone = sock.getsockname()[1]
    async with (
        datagram_server(echo) as public,
        datagram_server(lambda _: []) as silent,
        datagram_server(lambda packet: [reply(packet, rcode=5)]) as refusing,
    ):
        forwards = tuple(
            ForwardConfig(names=(f"{port}.example",), servers=(at(port),))
            for port in (silent.port, refusing.port, gone)
        )
        keeper.hold(wanted(at(public.port), forwards=forwards))
        some = [ask(keeper, f"secret{route}.example", route) for route in (1, 2, 3)]
        await until(lambda: all(one.done for one in some))
        assert receiver.failures == {some[0]: ede.NO_REACHABLE_AUTHORITY, some[2]: ede.NETWORK_ERROR}
        assert receiver.answers[some[1]][3] & 15 == 5
        assert not [packet for packet in public.queries if b"secret" in packet]


async def test_cut_over_udp_whole_over_tcp(keeper, receiver, counters):
    async with stream_server(Script()) as tcp, datagram_server(lambda p: [reply(p, tc=True)], tcp.port):
        keeper.hold(wanted(at(tcp.port)))
        some = [ask(keeper, f"p{i}.example") for i in range(50)]
        await until(lambda: len(receiver.answers) == 50)
        assert set(receiver.answers) == set(some)
        assert tcp.connections == 1


async def test_cut_over_tcp_as_well_does_not_loop(keeper, receiver):
    async def cut(reader, writer):
        while True:
            writer.write(framed(reply(await script.read(reader), tc=True)))

    script = Script(cut)
    async with stream_server(script), datagram_server(lambda p: [reply(p, tc=True)], script.port) as udp:
        keeper.hold(wanted(at(script.port)))
        one = ask(keeper)
        await until(lambda: one in receiver.answers)
        assert len(script.queries) == len(udp.queries) == 1


async def test_cut_and_no_tcp_fails_in_time(keeper, receiver):
    async with datagram_server(lambda p: [reply(p, tc=True)]) as server:
        keeper.hold(wanted(at(server.port)))
        one = ask(keeper)
        await until(lambda: one.done)
        assert receiver.failures == {one: ede.NETWORK_ERROR}


async def test_the_true_answer_among_a_hundred_thousand_forged_ones(keeper, receiver, counters):
    """The forger knows address, port and question, and tries ids in turn; 51 tries, and the port is closed."""
    loop = asyncio.get_running_loop()
    async with stream_server(Script()) as tcp, datagram_server(lambda _: [], tcp.port) as udp:
        keeper.hold(wanted(at(tcp.port), sockets=1, timeout=10.0))
        one = ask(keeper)
        await until(lambda: udp.queries)
        (query,) = udp.queries
        (port,) = keeper.pool.groups[0][0]._ports
        victim = port.sock.getsockname()
        true_id = int.from_bytes(query[:2])
        forged = bytearray(reply(query)[:-1] + b"\1")
        end = loop.time() + 60
        for i in range(100_000):
            forged[:2] = (true_id + 1 + i % 60_000 & 0xFFFF).to_bytes(2)
            udp.transport.sendto(bytes(forged), ("127.0.0.1", victim[1]))
            if i % 1000 == 0:
                await asyncio.sleep(0)
                assert loop.time() < end
        await until(lambda: one.done)
        assert receiver.answers[one] != bytes(forged)
        assert tcp.queries
        assert counters.read()["upstream_rejected"] > 50


async def test_clients_of_a_name_server_that_changes_case_are_served(keeper, receiver):
    async with (
        stream_server(Script()) as tcp,
        datagram_server(lambda p: [reply(p, question=reply(p)[12:].lower())], tcp.port),
    ):
        keeper.hold(wanted(at(tcp.port), randomize_case=True))
        one = ask(keeper, "abcdefghijklmnop.example")
        await until(lambda: one in receiver.answers)


async def test_a_server_that_comes_back_is_found_by_probe(keeper, receiver):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    async with datagram_server(echo) as second:
        keeper.hold(wanted(at(port), at(second.port), probe=0.2))
        one = ask(keeper)
        await until(lambda: one in receiver.answers)
        first, _ = keeper.pool.groups[0]
        await until(lambda: first.down)
        async with datagram_server(echo, port):
            await until(lambda: not first.down)


async def test_encrypted_servers_are_asked_too(keeper):
    keeper.hold(wanted("tls://127.0.0.1:1#dns.example", "192.0.2.1"))
    assert [channel.server for channel in keeper.pool.groups[0]] == [
        parse_server("tls://127.0.0.1:1#dns.example"),
        parse_server("192.0.2.1"),
    ]
