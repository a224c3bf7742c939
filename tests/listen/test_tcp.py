"""Real sockets; the pipeline's place is taken by a function that echoes, holds back, or stays silent."""

import asyncio
import errno
import gc
import itertools
import os
import resource
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.listen import tcp
from dnsguard.listen.config import Config
from dnsguard.listen.tcp import TcpListener
from dnsguard.listen.tcp_connection import MAX_UNREAD, Connection, Reason
from dnsguard.model import Duration
from dnsguard.wire.framing import framed
from tests.loops import LOOPS, until

LONG = Duration(60)
SHORT = Duration(0.2)


def query(number=0, name="a.example"):
    message = dns.message.make_query(name, "A")
    message.id = number
    return message.to_wire()


def numbers(messages):
    return [message[0] << 8 | message[1] for message in messages]


class Held:
    """Takes queries, answers when told."""

    def __init__(self):
        self.packets, self.peers, self.clients = [], [], []

    def __call__(self, source, packets, peers, clients):
        self.source = source
        self.packets += packets
        self.peers += peers
        self.clients += clients

    def answer(self, order=lambda pairs: pairs):
        pairs = order(list(zip(self.packets, self.peers, strict=True)))
        self.packets, self.peers = [], []
        self.source.send([packet for packet, _ in pairs], [peer for _, peer in pairs])


def echo(source, packets, peers, _clients):
    source.send(packets, peers)


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def send(self, *messages):
        self.writer.write(b"".join(map(framed, messages)))
        await self.writer.drain()

    async def read(self, count=1):
        return [await self._read() for _ in range(count)]

    async def _read(self):
        size = int.from_bytes(await self.reader.readexactly(2), "big")
        return await self.reader.readexactly(size)

    async def ended(self):
        try:
            while await self.reader.read(1 << 16):
                pass
        except ConnectionError:
            pass
        return True

    @property
    def open(self):
        return not self.reader.at_eof()


class Served:
    def __init__(self, listener, address):
        self.listener, self.address, self.clients = listener, address, []

    async def client(self, source=None, **options):
        sock = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET)
        for name, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        if source:
            sock.bind((source, 0))
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, self.address[:2])
        client = Client(*await asyncio.open_connection(sock=sock))
        self.clients.append(client)
        return client


@asynccontextmanager
async def serving(handle=echo, *, host="127.0.0.1", **config):
    with socket.create_server(
        (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=4096
    ) as sock:
        listener = TcpListener([sock], handle, Config(**{"tcp_idle": LONG, "tcp_write": LONG, **config}))
        listener.start()
        served = Served(listener, sock.getsockname())
        try:
            async with asyncio.timeout(60):
                yield served
        finally:
            await listener.drain(0)
            for client in served.clients:
                client.writer.close()
            await asyncio.gather(*(client.writer.wait_closed() for client in served.clients), return_exceptions=True)
    assert listener.connections == 0
    assert not listener._clients
    assert not listener._blocked
    assert listener.opened == sum(
        count for reason, count in listener.closed.items() if not reason.startswith("refused_")
    )


async def test_a_query_and_its_answer() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(query(7))
        await until(lambda: held.packets)
        assert held.source.stream
        assert held.packets == [query(7)]
        assert held.clients == [bytes([127, 0, 0, 1])]
        held.answer()
        assert await client.read() == [query(7)]


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("192.0.2.7", bytes([192, 0, 2, 7])),
        ("::ffff:192.0.2.7", bytes([192, 0, 2, 7])),
        ("2001:db8::1", bytes.fromhex("20010db8000000000000000000000001")),
        ("fe80::1%eth0", bytes.fromhex("fe800000000000000000000000000001")),
    ],
)
def test_clients_are_packed_addresses(text, packed) -> None:
    assert tcp._packed(text) == packed


async def test_ipv6() -> None:
    async with serving(host="::1") as served:
        client = await served.client()
        await client.send(query(1))
        assert numbers(await client.read()) == [1]


async def test_many_in_one_segment_come_as_one_call_and_leave_in_one_write(monkeypatch) -> None:
    calls, flushes = [], []
    flush = Connection.flush
    monkeypatch.setattr(Connection, "flush", lambda self: (flushes.append(1), flush(self)))

    def one_by_one(source, packets, peers, _clients):
        calls.append(len(packets))
        for packet, peer in zip(packets, peers, strict=True):
            source.send([packet], [peer])

    async with serving(one_by_one) as served:
        client = await served.client()
        await client.send(*map(query, range(50)))
        assert numbers(await client.read(50)) == list(range(50))
        assert calls == [50]
        assert len(flushes) == 1


async def test_answers_of_one_turn_leave_in_one_write(monkeypatch) -> None:
    flushes = []
    flush = Connection.flush
    monkeypatch.setattr(Connection, "flush", lambda self: (flushes.append(1), flush(self)))
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(*map(query, range(9)))
        await until(lambda: len(held.packets) == 9)
        for packet, peer in zip(held.packets, held.peers, strict=True):
            held.source.send([packet], [peer])
        assert numbers(await client.read(9)) == list(range(9))
        assert len(flushes) == 1


async def test_answers_may_come_in_any_order() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(*map(query, range(9)))
        await until(lambda: len(held.packets) == 9)
        held.answer(lambda pairs: pairs[::-1])
        assert numbers(await client.read(9)) == list(range(9))[::-1]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.binary(min_size=12, max_size=200), min_size=1, max_size=20),
    st.lists(st.integers(min_value=0), max_size=10),
    st.sampled_from(sorted(LOOPS)),
)
def test_any_segmentation_gives_the_same_messages(messages, cuts, loop) -> None:
    stream = b"".join(map(framed, messages))
    edges = [0, *sorted(cut % len(stream) for cut in cuts), len(stream)]

    async def run():
        async with serving(tcp_pipeline=3) as served:
            client = await served.client()
            for a, b in itertools.pairwise(edges):
                client.writer.write(stream[a:b])
                await asyncio.sleep(0)
            return await client.read(len(messages))

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(run()) == messages


@pytest.mark.parametrize("bad", [b"\0\0", b"\0\x0b" + b"x" * 11, b"\0\x01"])
async def test_a_length_that_can_be_no_message_ends_the_connection(bad) -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        client.writer.write(framed(query(1)) + bad)
        assert await client.ended()
        assert numbers(held.packets) == [1]
        assert served.listener.closed[Reason.FORMAT] == 1
        held.answer()  # dropped without a word


async def test_the_longest_message_and_a_longer_answer() -> None:
    longest = bytes(65535)
    async with serving(lambda source, packets, peers, _: source.send([packets[0] + b"x"], peers)) as served:
        client = await served.client()
        await client.send(longest)
        assert await client.ended()
        assert served.listener.closed[Reason.LENGTH] == 1
    async with serving() as served:
        client = await served.client()
        await client.send(longest)
        assert await client.read() == [longest]


# time


async def test_a_silent_connection_is_closed() -> None:
    async with serving(tcp_idle=SHORT) as served:
        assert await (await served.client()).ended()
        assert served.listener.closed[Reason.IDLE] == 1


async def test_single_bytes_do_not_prolong() -> None:
    async with serving(tcp_idle=SHORT) as served:
        client = await served.client()
        for byte in framed(bytes(60000)):
            client.writer.write(bytes([byte]))
            await asyncio.sleep(0.005)
            if served.listener.closed[Reason.IDLE]:
                break
        assert await client.ended()
        assert served.listener.closed[Reason.IDLE] == 1


async def test_a_connection_with_queries_stays() -> None:
    async with serving(tcp_idle=SHORT) as served:
        active, silent = await served.client(), await served.client()
        number = 0
        while not (number > 20 and served.listener.closed[Reason.IDLE]):
            await active.send(query(number := number + 1))
            assert numbers(await active.read()) == [number]
            await asyncio.sleep(SHORT / 10)
        assert await silent.ended()
        assert active.open


async def test_an_unanswered_query_is_not_idleness_but_ends_too(monkeypatch) -> None:
    monkeypatch.setattr(tcp, "STUCK", SHORT * 5)
    held = Held()
    async with serving(held, tcp_idle=SHORT) as served:
        silent, waiting = await served.client(), await served.client()
        await waiting.send(query(1))
        assert await silent.ended()
        assert waiting.open
        held.answer()
        assert numbers(await waiting.read()) == [1]
        await waiting.ended()
        stuck = await served.client()
        await stuck.send(query(2))
        await stuck.ended()
        assert served.listener.closed[Reason.STUCK] == 1


async def test_no_answer_can_be_told() -> None:
    held = Held()
    async with serving(held, tcp_idle=SHORT) as served:
        client = await served.client()
        await client.send(query(1))
        await until(lambda: held.packets)
        held.source.send([b""], held.peers)
        assert await client.ended()
        assert served.listener.closed[Reason.IDLE] == 1


async def test_a_slow_reader_is_cut_off() -> None:
    big = bytes(20000)
    async with serving(
        lambda source, packets, peers, _: source.send([big] * len(packets), peers), tcp_write=SHORT
    ) as served:
        slow, other = await served.client(SO_RCVBUF=4096), await served.client()
        slow.writer.transport.pause_reading()
        await slow.send(*map(query, range(30)))
        await until(lambda: served.listener.closed[Reason.SLOW])
        await other.send(query(1))
        assert await other.read() == [big]


async def test_too_much_unread_is_cut_off_at_once() -> None:
    big = bytes(60000)
    async with serving(lambda source, packets, peers, _: source.send([big] * len(packets), peers)) as served:
        slow = await served.client()
        await slow.send(*map(query, range(MAX_UNREAD // len(big) + 20)))
        await slow.ended()
        assert served.listener.closed[Reason.SLOW] == 1


async def test_a_slow_reader_that_reads_again_gets_all() -> None:
    big = bytes(9000)
    async with serving(
        lambda source, packets, peers, _: source.send([big] * len(packets), peers), tcp_pipeline=4
    ) as served:
        slow = await served.client(SO_RCVBUF=4096)
        slow.writer.transport.pause_reading()
        sending = asyncio.gather(slow.send(*map(query, range(300))))
        await until(lambda: served.listener._blocked)
        slow.writer.transport.resume_reading()
        assert await slow.read(300) == [big] * 300
        await sending


# bounds


async def test_unanswered_queries_are_bounded() -> None:
    held = Held()
    async with serving(held, tcp_pipeline=10) as served:
        client = await served.client()
        await client.send(*map(query, range(1000)))
        found = []
        while len(found) < 1000:
            await until(lambda: held.packets)
            assert len(held.packets) <= 10
            found += numbers(held.packets)
            held.answer()
        assert found == list(range(1000))
        assert numbers(await client.read(1000)) == found


async def test_one_full_pipe_leaves_turns_for_others() -> None:
    order = []

    def note(source, packets, peers, clients):
        order.extend(clients)
        source.send(packets, peers)

    async with serving(note, tcp_pipeline=8) as served:
        full, other = await served.client("127.0.0.2"), await served.client("127.0.0.3")
        full.writer.write(framed(query(1)) * 800)
        other.writer.write(framed(query(2)))
        await asyncio.gather(full.read(800), other.read())
        # all 800 came in one segment or two; the other did not have to wait for the last of them
        assert order.index(bytes([127, 0, 0, 3])) < 700


async def test_a_client_has_so_many_connections() -> None:
    held = Held()
    async with serving(held, tcp_per_client=3) as served:
        one = [await served.client() for _ in range(3)]
        other = await served.client("127.0.0.2")
        await until(lambda: served.listener.connections == 4)
        newest = await served.client()
        # the longest idle of its own makes room
        assert await one[0].ended()
        assert other.open
        for client in (*one[1:], newest):
            await client.send(query(1))
        await until(lambda: len(held.packets) == 3)
        # all busy: the new one is refused
        assert await (await served.client()).ended()
        assert served.listener.closed[Reason.ROOM] == 1
        assert served.listener.closed[Reason.REFUSED_CLIENT] == 1
        held.answer()
        await newest.read()


async def test_a_worker_has_so_many_connections() -> None:
    held = Held()
    async with serving(held, tcp_connections=3) as served:
        clients = [await served.client(f"127.0.0.{number}") for number in range(2, 5)]
        await until(lambda: served.listener.connections == 3)
        await clients[0].send(query(1))
        await until(lambda: held.packets)
        clients.append(await served.client())
        assert await clients[1].ended()
        for client in clients[2:]:
            await client.send(query(1))
        await until(lambda: len(held.packets) == 3)
        assert await (await served.client("127.0.0.9")).ended()
        assert served.listener.closed[Reason.ROOM] == 1
        assert served.listener.closed[Reason.REFUSED_TOTAL] == 1


async def test_without_descriptors_accepting_rests(monkeypatch, caplog) -> None:
    monkeypatch.setattr(tcp, "ACCEPT_PAUSE", 0.05)
    accepts = []
    accept = TcpListener._accept
    monkeypatch.setattr(TcpListener, "_accept", lambda self, sock: (accepts.append(1), accept(self, sock)))
    async with serving() as served:
        first = await served.client()
        await first.send(query(1))
        await first.read()
        sock = socket.socket()
        sock.setblocking(False)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        spare = os.dup(0)
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, before[1]))
        try:
            with pytest.raises(OSError, match=str(errno.EMFILE)):
                os.dup(0)
            accepts.clear()
            sock.connect_ex(served.address)
            # the idle connection gives its descriptor up, and the new one takes it
            assert await first.ended()
            await until(lambda: served.listener.opened == 2)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert len(accepts) < 20
        assert "can't be accepted: Too many open files" in caplog.text
        client = Client(*await asyncio.open_connection(sock=sock))
        served.clients.append(client)
        await client.send(query(2))
        assert numbers(await client.read()) == [2]


# ends


async def test_a_client_that_closed_may_still_read_so_it_stays_until_answered() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(query(1))
        await until(lambda: held.packets)
        client.writer.close()
        await asyncio.sleep(0.05)
        assert served.listener.connections == 1
        held.answer()
        await until(lambda: not served.listener.connections)
        assert served.listener.closed[Reason.CLIENT] == 1


async def test_a_client_that_left_is_let_go() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(query(1))
        await until(lambda: held.packets)
        client.writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0])
        )
        client.writer.transport.abort()
        await until(lambda: not served.listener.connections)
        assert served.listener.closed[Reason.LOST] == 1
        held.answer()  # to nobody, without a word
        gc.collect()
        assert not any(isinstance(thing, Connection) for thing in gc.get_objects())


async def test_who_sends_no_more_still_gets_answers() -> None:
    held = Held()
    async with serving(held, tcp_pipeline=4) as served:
        client = await served.client()
        await client.send(*map(query, range(10)))
        client.writer.write_eof()
        while len(held.clients) < 10:
            await until(lambda: held.packets)
            await asyncio.sleep(0.02)
            held.answer()
        assert numbers(await client.read(10)) == list(range(10))
        assert await client.ended()


async def test_two_answers_to_one_query_are_one() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(query(1))
        await until(lambda: held.packets)
        held.source.send(held.packets * 2, held.peers * 2)
        assert numbers(await client.read()) == [1]
        await client.send(query(2))
        await until(lambda: len(held.packets) == 2)
        held.source.send(held.packets[1:], held.peers[1:])
        assert numbers(await client.read()) == [2]


async def test_drain_answers_what_is_under_way() -> None:
    held = Held()
    async with serving(held) as served:
        idle, busy = await served.client(), await served.client()
        await busy.send(query(1))
        await until(lambda: held.packets and served.listener.connections == 2)
        draining = asyncio.gather(served.listener.drain(30))
        assert await idle.ended()
        late = await served.client()  # the kernel takes it, nobody accepts
        await busy.send(query(2))
        await asyncio.sleep(0.05)
        held.answer()
        assert numbers(await busy.read()) == [1]
        assert await busy.ended()
        await draining
        assert served.listener.opened == 2
        assert late.open


async def test_drain_has_a_bound() -> None:
    held = Held()
    async with serving(held) as served:
        client = await served.client()
        await client.send(query(1))
        await until(lambda: held.packets)
        await served.listener.drain(0.05)
        assert await client.ended()
        assert served.listener.closed[Reason.DRAINED] == 1


async def test_a_failing_handler_costs_its_own_connection_only(caplog) -> None:
    def fail(source, packets, peers, _clients):
        if packets[0][1] == 1:
            raise ValueError("this client's query")
        source.send(packets, peers)

    async with serving(fail) as served:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        one, other = await served.client(), await served.client()
        await one.send(query(1))
        await other.send(query(2))
        assert numbers(await other.read()) == [2]
        assert await one.ended()


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_thousand_slow_and_half_open_clients() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    if before[1] < 4000:
        pytest.skip(f"needs 4000 file descriptors, may have {before[1]}")
    big = bytes(60000)
    socks = []

    def answer(source, packets, peers, clients):
        large = clients[0][:3] == bytes([127, 1, 0])
        source.send([big if large else packet for packet in packets], peers)

    async with serving(answer, tcp_connections=1000, tcp_per_client=50) as served:
        before_bytes = resident()
        try:
            for number in range(1000):
                sock = socket.socket()
                socks.append(sock)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                slow = number % 2
                sock.bind((f"127.{slow}.0.{2 + number // 50}", 0))
                sock.setblocking(False)
                await asyncio.get_running_loop().sock_connect(sock, served.address)
                # half of them ask for what they never read, half send a part of a query and wait
                sock.send(framed(query(number)) * 100 if slow else framed(query(number))[:9])
            await asyncio.sleep(0.3)
            assert served.listener.connections <= 1000
            for _ in range(20):
                client = await served.client("127.0.0.200")
                await client.send(query(5))
                assert numbers(await client.read()) == [5]
            held = resident() - before_bytes
            assert served.listener.closed[Reason.SLOW] > 0
            # 64 blocked clients of 1 MB each, and small change
            assert held < 150 << 20, f"{held >> 20} MB"
        finally:
            for sock in socks:
                sock.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
