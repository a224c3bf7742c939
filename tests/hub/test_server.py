"""The hub's end of the link, with workers' ends of the same process."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys

import pytest

from dnsguard import link
from dnsguard.alerts.database import OutboxError
from dnsguard.hub import inbox
from dnsguard.hub.server import Server
from dnsguard.state.shares import Share
from tests.found import detection
from tests.hub.test_inbox import Store
from tests.lab import ROOT
from tests.waiting import until


@pytest.fixture
def store():
    return Store()


@pytest.fixture
async def server(tmp_path, store, monkeypatch):
    monkeypatch.setattr(inbox, "RETRY", 0.01)
    own = Server(tmp_path / "hub.sock", "now", store, lambda: None)
    task = asyncio.ensure_future(own.run())
    await until((tmp_path / "hub.sock").exists)
    yield own
    task.cancel()
    await asyncio.wait([task])


@contextlib.asynccontextmanager
async def worker(path, epoch="now", index=0):
    got = []

    async def on_configure(message):
        got.append(message)
        if "refuse" in message.text:
            raise ValueError("told to refuse")

    own = link.HubLink(path, index=index, epoch=epoch)
    own.got = got
    own.heard = []
    own.drained = asyncio.Event()
    task = asyncio.ensure_future(own.run(on_configure, own.drained.set, got.append, own.heard.append))
    try:
        yield own
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_only_its_owner_may_connect(server, tmp_path):
    assert stat.S_IMODE((tmp_path / "hub.sock").stat().st_mode) == 0o600


async def test_findings_are_stored_and_acknowledged(server, store, tmp_path):
    async with worker(tmp_path / "hub.sock") as own:
        own.tell([detection("a"), detection("b")])
        own.tell([detection("c")])
        assert await own.settle(20)
    assert store.kept == ["a", "b", "c"]


async def test_configurations_reach_workers_of_now_and_of_later(server, tmp_path):
    async with worker(tmp_path / "hub.sock") as first:
        await until(lambda: server.own)
        server.configure(link.Configure(1, "one", "/", ""))
        async with worker(tmp_path / "hub.sock", index=1) as second:
            await until(lambda: [peer.configured for peer in server.own] == [1, 1])
            server.configure(link.Configure(2, "refuse", "/", ""))
            await until(lambda: all(peer.refused for peer in server.own) and len(server.own) == 2)
            assert [peer.configured for peer in server.own] == [1, 1]
            assert server.own[0].refused.error == "ValueError('told to refuse')"
            server.configure(link.Configure(3, "three", "/", ""))
            await until(lambda: [peer.configured for peer in server.own] == [3, 3])
            assert not any(peer.refused for peer in server.own)
            assert [m.number for m in second.got] == [1, 2, 3] == [m.number for m in first.got]
    await until(lambda: not server.own)


async def test_a_worker_of_an_earlier_hub_hands_over_its_findings_and_drains(server, store, tmp_path):
    server.configure(link.Configure(1, "one", "/", ""))
    async with worker(tmp_path / "hub.sock", epoch="before") as old:
        old.tell([detection("kept")])
        assert await old.settle(20)
        assert not server.own
        assert not old.drained.is_set()
        server.drain(server.strangers)
        await asyncio.wait_for(old.drained.wait(), 20)
        assert old.got == []
    assert store.kept == ["kept"]


async def test_workers_hear_what_others_carry_and_strangers_do_not(server, tmp_path):
    def share(zone):
        return Share(zone, (1.0, 2.0, 3.0, 4.0), 5, [])

    path = tmp_path / "hub.sock"
    async with worker(path) as first, worker(path, index=1) as second, worker(path, epoch="before") as stranger:
        await until(lambda: first.heard and second.heard and server.strangers)
        stranger.carried(link.Carried([share("strange.example")]))
        first.carried(link.Carried([share("a.example")]))
        await until(lambda: len(first.heard) == 2)
        second.carried(link.Carried([share("b.example")]))
        await until(lambda: len(second.heard) == 2)
        assert second.heard[-1] == link.Elsewhere([share("a.example")], 2)
        assert first.heard[-1] == link.Elsewhere([], 2)
        assert stranger.heard == []
    async with worker(path) as third:
        await until(lambda: third.heard)
        third.carried(link.Carried([]))
        await until(lambda: len(third.heard) == 2)
        assert third.heard[-1] == link.Elsewhere([], 1)


async def test_after_close_whoever_comes_is_drained(server, tmp_path):
    server.close()
    async with worker(tmp_path / "hub.sock") as own:
        await asyncio.wait_for(own.drained.wait(), 20)
    assert await server.all_gone(20)


async def test_a_full_disk_stops_neither_configurations_nor_status(server, store, tmp_path):
    store.error = OutboxError("disk full")
    async with worker(tmp_path / "hub.sock") as own:
        own.tell([detection("a")])
        server.configure(link.Configure(1, "", "/", ""))
        own.status(link.Status(generation=5))
        await until(lambda: server.own and server.own[0].configured and server.own[0].status.generation == 5)
        await until(lambda: server.inbox.trouble)
        assert own.unacknowledged == 1
        store.error = None
        assert await own.settle(20)


async def test_findings_beyond_the_bound_stay_with_the_worker_and_come_again(server, store, tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MAX_WAITING", 5)
    store.error = OutboxError("disk full")
    async with worker(tmp_path / "hub.sock") as own:
        for i in range(40):
            own.tell([detection(str(i))])
        await until(lambda: server.own and server.own[0].resend)
        assert server.inbox.waiting == 5
        store.error = None
        assert await own.settle(20)
    assert store.kept == [str(i) for i in range(40)]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 64,
        link.frame(link.Ready(1)),
        link.frame(link.Hello("w", 0, 1, "now")) * 2,
        link.frame(link.Hello("w", 0, 1, "now")) + b"\0\0\0\x01\xc1",
    ],
)
async def test_whoever_speaks_nonsense_is_cut_off(server, tmp_path, data, caplog):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, str(tmp_path / "hub.sock"))
        await loop.sock_sendall(sock, data)
        async with asyncio.timeout(20):
            while await loop.sock_recv(sock, 1000):
                pass
    assert "connection dropped" in caplog.text
    async with worker(tmp_path / "hub.sock") as own:
        own.tell([detection("a")])
        assert await own.settle(20)


async def test_what_a_killed_worker_wrote_is_read_to_its_end(server, store, tmp_path):
    script = (
        "import os, signal, socket, sys\n"
        "from dnsguard import link\n"
        "from tests.found import detection\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        "s.sendall(link.frame(link.Hello('w', 0, os.getpid(), 'now')))\n"
        "s.sendall(b''.join(link.frame(link.Findings(i, [detection(str(i))])) for i in range(1, 200)))\n"
        # it has read no acknowledgement: writing more of them to it fails before all is read
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", script, tmp_path / "hub.sock"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    await until(lambda: len(store.kept) == 199)
