"""The loop around a configuration that a test plays."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from dnsguard.hub import following as module
from dnsguard.hub.following import Following
from tests.waiting import until


class Configuring(SimpleNamespace):
    """Notes what it is asked for, and counts as the real one does."""

    def __init__(self):
        super().__init__(number=0, did=[])

    async def start(self):
        self.number += 1
        self.did.append("start")

    async def reload(self):
        self.did.append("reload")
        await asyncio.sleep(0.05)
        self.number += 1

    async def look(self):
        self.did.append("look")

    async def settle(self):
        self.did.append("settle")

    def retry(self):
        self.did.append("retry")


@contextlib.asynccontextmanager
async def running(configuring):
    told = []
    notifier = SimpleNamespace(reloading=lambda: told.append("reloading"), ready=told.append)
    own = Following(configuring, notifier, lambda: "all is well")
    task = asyncio.ensure_future(own.run())
    try:
        yield own, told
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_starts_and_then_looks_when_woken():
    configuring = Configuring()
    async with running(configuring) as (own, _):
        own.wake()
        await until(lambda: configuring.did == ["start", "look", "settle"])
        own.wake()
        await until(lambda: configuring.did.count("look") == 2)
    assert "reload" not in configuring.did


async def test_whoever_asks_for_a_reload_waits_until_it_holds():
    configuring = Configuring()
    async with running(configuring) as (own, told):
        await until(lambda: configuring.did == ["start"])
        await own.reload()
        assert configuring.number == 2
        await until(lambda: told == ["reloading", "all is well"])


async def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr(module, "TAKEN", 0.05)
    own = Following(Configuring(), SimpleNamespace(), lambda: "")
    await own.reload()  # nothing runs that could take it up


async def test_a_first_configuration_is_offered_again(monkeypatch):
    monkeypatch.setattr(module, "OFFER", 0.0)
    configuring = Configuring()
    async with running(configuring) as (own, _):
        own.wake()
        await until(lambda: "retry" in configuring.did)


@pytest.mark.parametrize("started", [1, 7])
async def test_one_that_crashed_does_not_start_again(started):
    configuring = Configuring()
    configuring.number = started
    async with running(configuring) as (own, _):
        own.wake()
        await until(lambda: "look" in configuring.did)
    assert "start" not in configuring.did
