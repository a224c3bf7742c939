"""Both ends of the link in one process; processes that die are in tests/hub/test_main.py."""

import asyncio
import contextlib
import socket

import pytest

from dnsguard import link
from dnsguard.errors import DnsguardError
from dnsguard.link import hublink
from dnsguard.state import counters as count
from tests.found import detection


class Hub:
    """A hub's end that does only what a test says."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with link.reachable(path) as address:
            self.listener.bind(address)
        self.listener.listen()
        self.listener.setblocking(False)
        self.sock = None

    async def accept(self):
        loop = asyncio.get_running_loop()
        if self.sock:
            self.sock.close()
        self.sock, _ = await asyncio.wait_for(loop.sock_accept(self.listener), 10)
        self.sock.setblocking(False)
        self.reader = link.worker_messages()
        self.messages = []
        hello = await self.next()
        assert isinstance(hello, link.Hello)
        return hello

    async def next(self, kind=None):
        loop = asyncio.get_running_loop()
        while True:
            while not self.messages:
                data = await asyncio.wait_for(loop.sock_recv(self.sock, 1 << 16), 10)
                assert data
                self.messages += self.reader.feed(data)
            message = self.messages.pop(0)
            if kind is None or isinstance(message, kind):
                return message

    async def send(self, message):
        await asyncio.get_running_loop().sock_sendall(self.sock, link.frame(message))

    def close(self):
        for sock in (self.sock, self.listener):
            if sock:
                sock.close()


@pytest.fixture
def path(tmp_path):
    # as deep as state folders can be, and far beyond what a unix socket's address holds
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    return deep / "hub.sock"


@contextlib.asynccontextmanager
async def worker(path, on_configure=None, on_drain=lambda: None, on_allows=lambda _: None, on_elsewhere=lambda _: None):
    async def ignore(_message):
        pass

    counters = count.Counters()
    own = link.HubLink(path, index=0, epoch="e", counters=counters)
    own.counters = counters
    task = asyncio.ensure_future(own.run(on_configure or ignore, on_drain, on_allows, on_elsewhere))
    try:
        yield own
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_finding_is_in_the_kernel_before_tell_returns(path):
    hub = Hub(path)
    async with worker(path) as own:
        await hub.accept()
        own.tell([detection()])
        # no turn of the event loop in between: the worker could be killed here
        data = hub.sock.recv(1 << 16)
        assert link.worker_messages().feed(data) == [link.Findings(1, [detection()])]
        assert own.unacknowledged == 1
        await hub.send(link.Ack(1))
        assert await own.settle(10)
        assert own.counters.read()["findings_unsent"] == 0
    hub.close()


async def test_sums_of_many_findings_are_told_in_several_messages(path):
    many = [detection(f"{i}.example", evidence={"x": "y" * 4000}) for i in range(6000)]  # longer than a frame
    hub = Hub(path)
    async with worker(path) as own:
        await hub.accept()
        own.tell(many)
        got = []
        for seq in range(1, 13):
            message = await hub.next()
            assert (message.seq, len(message.detections)) == (seq, 500)
            got += message.detections
        assert got == many
        assert own.counters.read()["findings_lost"] == 0
    hub.close()


async def test_findings_wait_for_a_hub_and_are_sent_again_until_acknowledged(path):
    async with worker(path) as own:
        own.tell([detection("a.example")])
        own.tell([])
        own.tell([detection("b.example")])
        assert not own.connected
        hub = Hub(path)
        hello = await hub.accept()
        assert [(await hub.next()).seq for _ in range(2)] == [1, 2]
        await hub.send(link.Ack(1))
        own.tell([detection("c.example")])
        assert (await hub.next()).seq == 3
        hub.close()  # killed before it acknowledged the rest
        path.unlink()
        hub = Hub(path)
        assert (await hub.accept()).worker == hello.worker
        again = [await hub.next() for _ in range(2)]
        assert [(m.seq, m.detections[0].name) for m in again] == [(2, "b.example"), (3, "c.example")]
        await hub.send(link.Ack(3))
        assert await own.settle(10)
        hub.close()


async def test_a_hub_that_reads_nothing_delays_nobody_and_gets_everything_later(path):
    hub = Hub(path)
    async with worker(path) as own:
        await hub.accept()
        many = [detection(f"{i}.example", evidence={"x": "y" * 1000}) for i in range(3000)]
        for one in many:
            own.tell([one])  # far more than a socket's buffer takes
        own.status(link.Status())
        for seq, one in enumerate(many, 1):
            assert await hub.next() == link.Findings(seq, [one])
        await hub.send(link.Ack(len(many)))
        assert await own.settle(10)
    hub.close()


async def test_what_is_kept_is_bounded_and_what_is_lost_is_counted(path, monkeypatch):
    monkeypatch.setattr(hublink, "MAX_UNSENT", 3000)
    own = link.HubLink(path, index=0, epoch="e", counters=(counters := count.Counters()))
    for i in range(100):
        own.tell([detection(f"{i}.example")])
    own.tell([detection(evidence={"no": object()})])
    assert 0 < own.unacknowledged < 20
    assert counters.read()["findings_lost"] == 101 - own.unacknowledged
    assert not await own.settle(0.01)


async def test_configurations_are_answered(path):
    async def on_configure(message):
        if message.number == 2:
            raise DnsguardError("upstream.servers: nobody there")
        if message.number == 3:
            raise KeyError("bug")

    drained = asyncio.Event()
    hub = Hub(path)
    async with worker(path, on_configure, drained.set):
        await hub.accept()
        for number in (1, 2, 3, 4):
            await hub.send(link.Configure(number, "", "/", ""))
        assert [await hub.next() for _ in range(4)] == [
            link.Ready(1),
            link.Refused(2, "upstream.servers: nobody there"),
            link.Refused(3, "KeyError('bug')"),
            link.Ready(4),
        ]
        await hub.send(link.Drain())
        await asyncio.wait_for(drained.wait(), 10)
    hub.close()


async def test_a_hub_that_speaks_nonsense_is_left(path):
    hub = Hub(path)
    async with worker(path) as own:
        await hub.accept()
        await asyncio.get_running_loop().sock_sendall(hub.sock, b"\xff" * 100)
        await hub.accept()
        assert own.connected
    hub.close()


async def test_the_last_status_reaches_a_hub_that_comes_later(path):
    async with worker(path) as own:
        own.status(link.Status(generation=7))
        hub = Hub(path)
        await hub.accept()
        assert await hub.next(link.Status) == link.Status(generation=7)
        hub.close()
