"""kill -9 at every step from the first byte to the swap: what is left is whole, and the next run goes on from there."""

import asyncio
import os
import random
import signal
import sys

import pytest
from aiohttp import web

from dnsguard.config import load
from dnsguard.hub.update import alone
from dnsguard.intel.compile import latest
from tests.hub.feeds.dying import POINTS
from tests.hub.feeds.served import served
from tests.lab import ROOT

SIZE = 300


def version(number):
    """The list's content at a time: half of its names stay, half are new."""
    return "".join(f"stays{i}.example\n" for i in range(SIZE)) + "".join(
        f"v{number}-{i}.example\n" for i in range(SIZE)
    )


class Site:
    """Serves another version whenever it is told to."""

    def __init__(self):
        self.number = 1

    def __call__(self, request):
        tag = f'"{self.number}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(text=version(self.number), headers={"ETag": tag})


@pytest.fixture
async def world(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    site = Site()
    async with served(site) as server:
        config = tmp_path / "config.toml"
        config.write_text(
            f'starter_lists = false\nstate_dir = "{tmp_path}/state"\n'
            f'[[lists]]\nname = "feed"\ncategory = "threat_intel"\nurl = "{server.url}"\n'
        )
        yield site, config, tmp_path / "state"


async def start(config, point):
    command = (sys.executable, "-m", "tests.hub.feeds.dying", str(config), point)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)


def whole(state, versions):
    """The version that the last good copy is, and that the snapshot is; both must be one from end to end."""
    (copy,) = [path.read_text() for path in (state / "feeds").glob("*.list")]
    snapshot = latest(state / "lists")
    listed = {number for number in versions if snapshot.matches(f"v{number}-0.example")}
    (in_snapshot,) = listed
    assert all(snapshot.matches(f"v{in_snapshot}-{i}.example") for i in range(SIZE))
    assert all(snapshot.matches(f"stays{i}.example") for i in range(SIZE))
    (in_copy,) = [number for number in versions if version(number) == copy]
    return in_copy, in_snapshot


@pytest.mark.parametrize("point", POINTS)
async def test_a_process_killed_at_any_point_leaves_the_last_good_state(world, point):
    site, config, state = world
    await alone(load(config), (), lambda _: None)
    assert whole(state, [1]) == (1, 1)
    site.number = 2
    process = await start(config, point)
    code = await asyncio.wait_for(process.wait(), 60)
    assert code == (0 if "refuse" in point else -signal.SIGKILL)
    copy, listed = whole(state, [1, 2])
    assert copy <= listed
    status = await alone(load(config), (), lambda _: None)
    assert all(feed.good for feed in status.feeds)
    assert whole(state, [1, 2]) == (2, 2)
    left = {path.suffix for path in (state / "feeds").iterdir()}
    assert left == {".list", ".json", ""}


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_process_killed_while_it_refuses_leaves_the_last_good_state(world, when):
    site, config, state = world
    await alone(load(config), (), lambda _: None)
    good, site.__class__ = site, type("Page", (Site,), {"__call__": lambda *_: web.Response(text="<html>")})
    process = await start(config, f"{when} refuse")
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    assert whole(state, [1]) == (1, 1)
    good.__class__ = Site
    await alone(load(config), (), lambda _: None)
    assert whole(state, [1]) == (1, 1)


async def test_killed_again_and_again_at_any_moment_it_comes_through(world):
    site, config, state = world
    await alone(load(config), (), lambda _: None)
    rng = random.Random(4)
    for site.number in range(2, 10):
        process = await start(config, "")
        try:
            await asyncio.wait_for(process.wait(), rng.uniform(0.2, 2.0))
        except TimeoutError:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
        whole(state, range(1, site.number + 1))
    await alone(load(config), (), lambda _: None)
    assert whole(state, range(1, site.number + 1)) == (site.number, site.number)
