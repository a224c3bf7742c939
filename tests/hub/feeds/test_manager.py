"""Feeds, the compiler and a server of lists, together: what a body must go through before it is used."""

import asyncio
import gzip
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web

from dnsguard.config import parse
from dnsguard.errors import DnsguardError, ListError
from dnsguard.hub import compiler
from dnsguard.hub.feeds import manager, schedule
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.lists import Lists
from dnsguard.intel.snapshot import Snapshot
from tests.alerts.hooks import until
from tests.hub.feeds.served import served, tagged
from tests.lab import ROOT

NAMES = [f"host{number}.evil.example" for number in range(40)]
TEXT = "".join(f"{name}\n" for name in NAMES)
HTML = "<!doctype html><title>moved</title>"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(schedule, "WAITS", (0.05,))


@pytest.fixture
def world(tmp_path):
    """Gives `running(url, …)`: feeds at work in this folder, and lists that are compiled when a feed brings some."""

    def settings(*urls, **more):
        lists = "".join(
            f'[[lists]]\nname = "list{number}"\ncategory = "threat_intel"\nurl = "{url}"\n'
            + "".join(f"{key} = {value}\n" for key, value in more.items())
            for number, url in enumerate(urls)
        )
        return parse(f'starter_lists = false\nstate_dir = "{tmp_path}"\n{lists}', tmp_path)

    @asynccontextmanager
    async def running(*urls, broken=False, **more):
        told = []

        async def announce(alert):
            if broken:
                raise DnsguardError("no space left")
            told.append((alert.slug, alert.action))

        own = SimpleNamespace(settings=settings(*urls, **more), told=told, compiled=0)
        own.feeds = Feeds(tmp_path / "feeds", own.settings, announce=announce)
        own.lists = Lists(tmp_path / "lists", own.feeds)

        async def compiling():
            while True:
                if own.lists.stale:
                    await own.lists.compile(own.settings)
                    own.compiled += 1
                await asyncio.sleep(0.01)

        def configure(*urls, **more):
            own.settings = settings(*urls, **more)
            own.feeds.configure(own.settings)

        def feed(number=0):
            spec = list(own.feeds.wanted.values())[number]
            return own.feeds.feeds.get(spec.key)

        async def rounds(count, number=0):
            await until(lambda: feed(number) and feed(number).rounds >= count, 20)

        async def again(number=0):
            before = feed(number).rounds
            feed(number).hurry()
            await rounds(before + 1, number)

        def listed(name=NAMES[0]):
            return bool(own.lists.path and Snapshot.open(own.lists.path).matches(name))

        def files(suffix):
            return [path.read_text() for path in (tmp_path / "feeds").glob(f"*{suffix}")]

        own.configure, own.feed, own.rounds, own.again, own.listed, own.files = (
            configure,
            feed,
            rounds,
            again,
            listed,
            files,
        )
        await own.lists.compile(own.settings)
        tasks = [asyncio.ensure_future(own.feeds.run()), asyncio.ensure_future(compiling())]
        try:
            yield own
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    return running


async def test_a_first_start_serves_without_then_with_the_list(world):
    async with served(TEXT) as server, world(server.url) as own:
        (report,) = own.lists.reports
        assert (report.state, report.entries, report.fault) == ("absent", 0, "")
        assert own.feeds.reports()["list0"].state == "waiting"
        await own.rounds(1)
        assert own.listed()
        (report,) = own.lists.reports
        assert (report.state, report.entries) == ("read", len(NAMES))
        feed = own.feeds.reports()["list0"]
        assert (feed.state, feed.size, feed.error) == ("good", len(TEXT), "")
        assert feed.due > feed.checked
        # what was judged under one name is the same list under the other
        path = own.lists.path
        await own.lists.compile(own.settings)
        assert own.lists.path == path
        assert own.told == []


async def test_what_did_not_change_is_neither_sent_nor_compiled_again(world):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        compiled = own.compiled
        await own.again()
        assert server.requests[-1].headers["If-None-Match"] == '"1"'
        server.answer = lambda _: web.Response(text=TEXT, headers={"ETag": '"2"'})
        await own.again()
        assert own.compiled == compiled
        await own.again()
        assert server.requests[-1].headers["If-None-Match"] == '"2"'


async def test_a_change_is_taken(world):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        server.answer = tagged(TEXT + "new.example\n", '"2"')
        await own.again()
        assert own.listed("new.example")
        assert own.files(".list") == [TEXT + "new.example\n"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (HTML, "is a web page"),
        ("", "is empty"),
        ("# nothing left\n", "where it had 40"),
        ("\0\1\2\3 what ? is = this\n" * 99, "binary"),
        ("what ? is = this !\n" * 99, "none of its 99 lines"),
        ("host1.evil.example\n", "where it had 40"),
        ("".join(f"n{number}.example\n" for number in range(5000)), "where it had 40"),
    ],
)
async def test_a_body_that_is_not_believed_leaves_the_old_one_and_is_kept_aside(world, body, reason):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        server.answer = lambda _: web.Response(text=body)
        await own.again()
        feed = own.feeds.reports()["list0"]
        assert feed.state == "refused"
        assert reason in feed.error
        assert "feeds/" not in feed.error
        assert own.files(".list") == [TEXT]
        assert own.files(".refused") == [body]
        assert own.listed()
        assert own.told == [("feed_refused", "alert")]
        await own.lists.compile(own.settings)
        assert own.listed()
        await own.again()
        assert own.told == [("feed_refused", "alert")]
        server.answer = tagged(TEXT)
        await own.again()
        assert own.told == [("feed_refused", "alert"), ("feed_refused", "resolved")]
        assert own.feeds.reports()["list0"].state == "good"


@pytest.mark.parametrize("body", [HTML, "", "# nothing\n", "no ? list = at all\n"])
async def test_a_first_body_must_be_believed_too(world, body):
    async with served(lambda _: web.Response(text=body)) as server, world(server.url) as own:
        await own.rounds(1)
        assert own.feeds.reports()["list0"].state == "refused"
        assert own.files(".list") == []
        assert own.told == [("feed_refused", "alert")]


async def test_a_list_that_may_be_empty_is(world):
    async with served("# nothing today\n") as server, world(server.url, min_ratio=0) as own:
        await own.rounds(1)
        assert own.feeds.reports()["list0"].state == "good"


async def test_another_bound_lets_what_was_refused_in(world):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        server.answer = tagged("host1.evil.example\n", '"2"')
        await own.again()
        assert own.feeds.reports()["list0"].state == "refused"
        own.configure(server.url, min_ratio=0)
        await until(lambda: own.feeds.reports()["list0"].state == "good")
        assert own.files(".list") == ["host1.evil.example\n"]


async def test_failures_are_told_once_they_last_and_when_they_end(world):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        server.answer = lambda _: web.Response(status=404)
        own.feed().hurry()
        await until(lambda: own.told == [("feed_failing", "alert")])
        assert own.feed().state.failures >= 4
        assert own.feeds.reports()["list0"].error == "HTTP 404 Not Found"
        assert own.listed()
        server.answer = tagged(TEXT)
        await until(lambda: own.told == [("feed_failing", "alert"), ("feed_failing", "resolved")])


async def test_an_alert_that_cannot_be_stored_is_told_later(world):
    async with served(HTML) as server:
        async with world(server.url, broken=True) as own:
            await own.rounds(1)
            assert own.feed().state.told == ""
        async with world(server.url) as own:
            await until(lambda: own.feeds.feeds)
            await own.again()
            assert own.told == [("feed_refused", "alert")]
        async with world(server.url) as own:
            await until(lambda: own.feeds.feeds)
            await own.again()
            assert own.told == []


async def test_with_the_network_away_the_last_good_copy_is_used(world, tmp_path):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        url = server.url
    for path in (tmp_path / "lists").iterdir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    async with world(url) as own:
        assert own.listed()
        assert own.lists.reports[0].fault == ""
        await until(lambda: own.feeds.feeds)
        await own.again()
        assert own.feeds.reports()["list0"].state == "failing"
        assert own.listed()


async def test_a_restart_asks_only_for_what_is_new(world):
    async with served(TEXT) as server:
        async with world(server.url) as own:
            await own.rounds(1)
        async with world(server.url) as own:
            await until(lambda: own.feeds.feeds)
            await asyncio.sleep(0.2)
            assert len(server.requests) == 1  # it is not due yet
            await own.again()
            assert server.requests[-1].headers["If-None-Match"] == '"1"'


async def test_two_lists_of_one_url_are_fetched_once(world):
    async with served(TEXT) as server, world(server.url, server.url) as own:
        await own.rounds(1)
        assert [report.entries for report in own.lists.reports] == [len(NAMES)] * 2
        assert len(server.requests) == 1
        assert own.feeds.reports().keys() == {"list0", "list1"}


async def test_packed_lists_are_read(world):
    async with served(lambda _: web.Response(body=gzip.compress(TEXT.encode()))) as server, world(server.url) as own:
        await own.rounds(1)
        assert own.listed()


async def test_a_pin_that_comes_later_is_held_against_what_is_there(world):
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        own.configure(server.url, sha256=f'"{"0" * 64}"')
        await until(lambda: own.feeds.reports()["list0"].state == "refused")
        assert own.listed()


async def test_a_list_that_is_removed_is_no_longer_fetched_and_one_that_is_added_is(world):
    async with served(TEXT) as first, served("other.example\n") as second, world(first.url) as own:
        await own.rounds(1)
        own.configure(second.url)
        await until(lambda: second.requests)
        await own.rounds(1)
        assert list(own.feeds.feeds) == list(own.feeds.wanted)
        assert own.listed("other.example")
        assert not own.listed()
        own.configure(second.url, max_size='"1MB"')
        await until(lambda: len(second.requests) == 2)
        assert len(first.requests) == 1


async def test_a_body_that_kills_the_compiler_is_refused_and_the_others_are_read(world, monkeypatch):
    run = compiler.run

    def poisoned(job):
        return any("poison" in Path(item.path).read_text() for item in job.lists if item.path.endswith(".new"))

    async def fragile(job, *rest):
        if poisoned(job):
            raise ListError("the list compiler ended with -9; its last words are in the log")
        return await run(job, *rest)

    monkeypatch.setattr(compiler, "run", fragile)
    async with served(TEXT) as good, served("poison.example\n") as bad, world(good.url, bad.url) as own:
        await own.rounds(1, 0)
        await own.rounds(1, 1)
        assert own.listed()
        assert [own.feeds.reports()[name].state for name in ("list0", "list1")] == ["good", "refused"]
        assert "ended with -9" in own.feeds.reports()["list1"].error
        assert own.lists.error == ""


async def test_where_nothing_can_be_compiled_what_came_waits(world, monkeypatch):
    run, broken = compiler.run, [True]

    async def full(job, *rest):
        if broken:
            raise ListError("no space left on device")
        return await run(job, *rest)

    monkeypatch.setattr(compiler, "run", full)
    monkeypatch.setattr("dnsguard.hub.lists.AGAIN", 0.05)
    async with served(TEXT) as server, world(server.url) as own:
        await until(lambda: own.feeds.candidates)
        await until(lambda: own.lists.error)
        await asyncio.sleep(0.2)
        assert own.feed().phase == "judging"
        broken.clear()
        await own.rounds(1)
        assert own.listed()


async def test_another_process_in_the_folder_is_waited_for(world, tmp_path, monkeypatch):
    monkeypatch.setattr(manager, "RETRY", 0.05)
    async with served(TEXT) as server, world(server.url) as own:
        await own.rounds(1)
        async with world(server.url) as second:
            await until(lambda: second.feeds.error)
            assert "another process" in second.feeds.error
            assert not second.feeds.feeds


async def test_a_feed_that_crashes_leaves_the_others_alone(world, monkeypatch, caplog):
    async with served(TEXT) as good, served(TEXT) as bad, world(good.url, bad.url) as own:
        await own.rounds(1, 0)
        await own.rounds(1, 1)
        monkeypatch.setattr(own.feed(1), "_attempt", None)
        await own.again(1)
        assert "internal error" in own.feeds.reports()["list1"].error
        await own.again(0)
        assert own.feeds.reports()["list0"].state == "good"
