"""`lists update` without a hub, and how far it says to be."""

import asyncio

import pytest
from aiohttp import web

from dnsguard.config import parse
from dnsguard.errors import DnsguardError
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.update import alone
from dnsguard.intel.compile import latest
from tests.alerts.hooks import until
from tests.hub.feeds.served import forever, pieces, served
from tests.lab import ROOT


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def configured(folder, *urls):
    text = "".join(
        f'[[lists]]\nname = "list{number}"\ncategory = "threat_intel"\nurl = "{url}"\n'
        for number, url in enumerate(urls)
    )
    return parse(f'starter_lists = false\nstate_dir = "{folder}"\n{text}', folder)


async def test_all_lists_are_fetched_and_compiled(tmp_path):
    seen = []
    async with served("evil.example\n") as one, served(lambda _: web.Response(status=404)) as two:
        status = await alone(configured(tmp_path, one.url, two.url), (), seen.append)
    assert status.done
    assert not status.error
    assert [(feed.lists, feed.done, feed.good, feed.outcome) for feed in status.feeds] == [
        ("list0", True, True, "is new"),
        ("list1", True, False, "HTTP 404 Not Found"),
    ]
    assert seen
    assert latest(tmp_path / "lists").matches("evil.example")


async def test_one_list_is_asked_for_by_name_even_if_it_is_not_due(tmp_path):
    async with served("evil.example\n") as one, served("other.example\n") as two:
        settings = configured(tmp_path, one.url, two.url)
        await alone(settings, (), lambda _: None)
        before = len(two.requests)
        status = await alone(settings, ["list0"], lambda _: None)
        assert [feed.outcome for feed in status.feeds] == ["is unchanged"]
        assert (len(one.requests), len(two.requests)) == (2, before)


async def test_a_name_that_is_not_fetched_is_said(tmp_path):
    with pytest.raises(DnsguardError, match="no list 'lsit0' has a url; fetched are: list0"):
        await alone(configured(tmp_path, "https://lists.example"), ["lsit0"], lambda _: None)


async def test_how_far_it_is_shows(tmp_path):
    seen = []

    async def slow():
        for _ in range(20):
            yield b"evil.example\n" * 10
            await asyncio.sleep(0.03)

    async with served(lambda request: pieces(request, slow(), {"Content-Length": "2600"})) as server:
        await alone(configured(tmp_path, server.url), (), seen.append)
    received = [(feed.received, feed.total) for status in seen for feed in status.feeds if feed.phase == "fetching"]
    assert any(0 < got < 2600 and total == 2600 for got, total in received)


async def test_a_folder_in_use_is_said(tmp_path):
    async with served(lambda request: pieces(request, forever(b"evil.example\n", 0.01))) as server:
        settings = configured(tmp_path, server.url)
        feeds = Feeds(tmp_path / "feeds", settings)
        running = asyncio.ensure_future(feeds.run())
        await until(lambda: feeds.feeds)
        status = await alone(settings, (), lambda _: None)
        assert "another process" in status.error
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
