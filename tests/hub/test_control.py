"""Commands to a running hub."""

import asyncio
import json
import stat
from functools import partial

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import control, update
from dnsguard.hub.commands import Update
from dnsguard.hub.control import NAME, Control
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.lists import Lists
from tests.alerts.hooks import until
from tests.hub.feeds.served import served
from tests.hub.test_update import configured
from tests.lab import ROOT


@pytest.fixture
async def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    async with served("evil.example\n") as server:
        settings = configured(tmp_path, server.url)
        feeds = Feeds(tmp_path / "feeds", settings)
        lists = Lists(tmp_path / "lists", feeds)

        async def compiling():
            while True:
                if lists.stale:
                    await lists.compile(settings)
                await asyncio.sleep(0.01)

        tasks = [
            asyncio.ensure_future(work)
            for work in (
                feeds.run(),
                Control(tmp_path / NAME, {Update: partial(update.answers, feeds, lists)}).run(),
                compiling(),
            )
        ]
        await until(lambda: (tmp_path / NAME).exists() and feeds.feeds)
        yield tmp_path, server
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_update_is_done_by_the_hub(hub):
    folder, _ = hub
    seen = []
    status = await asyncio.to_thread(control.update, folder, [], seen.append)
    assert [(feed.lists, feed.good) for feed in status.feeds] == [("list0", True)]
    again = await asyncio.to_thread(control.update, folder, ["list0"], seen.append)
    assert [feed.outcome for feed in again.feeds] == ["is unchanged"]
    assert seen
    wrong = await asyncio.to_thread(control.update, folder, ["nope"], seen.append)
    assert "no list 'nope'" in wrong.error


async def test_only_its_own_user_may_ask(hub):
    folder, _ = hub
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b"[1]\n", b'{"command": "stop"}\n', b'{"command": "update", "x": 1}\n']
)
async def test_what_is_no_command_is_said(hub, line):
    folder, _ = hub
    reader, writer = await asyncio.open_unix_connection(folder / NAME)
    writer.write(line)
    writer.write_eof()
    status = json.loads(await reader.readline())
    assert status["done"]
    assert "does not know this command" in status["error"]
    assert await reader.read() == b""
    writer.close()


async def test_an_endless_line_ends(hub):
    folder, _ = hub
    _, writer = await asyncio.open_unix_connection(folder / NAME)

    async def flood():
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        await flood()
    writer.close()


def test_without_a_hub_there_is_no_answer(tmp_path):
    assert control.update(tmp_path, [], print) is None
    assert control.update(tmp_path / "none", [], print) is None
    (tmp_path / NAME).write_text("")
    assert control.update(tmp_path, [], print) is None


async def test_a_hub_that_ends_is_said(tmp_path):
    async def leave(reader, writer):
        await reader.readline()
        writer.write(b'{"feeds": []}\n')
        writer.close()

    async with await asyncio.start_unix_server(leave, tmp_path / NAME):
        with pytest.raises(DnsguardError, match="the hub ended"):
            await asyncio.to_thread(control.update, tmp_path, [], lambda _: None)
