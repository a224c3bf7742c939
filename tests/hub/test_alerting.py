"""The real outbox; what it delivers to is tests/receiver.py."""

import asyncio
import contextlib

import pytest

from dnsguard.alerts.database import OutboxError
from dnsguard.config import parse
from dnsguard.hub import alerting as module
from dnsguard.hub.alerting import Alerting
from dnsguard.tasks import clock
from tests.found import detection
from tests.lab import toml, webhook
from tests.receiver import Receiver
from tests.waiting import until


@pytest.fixture
def receiver():
    own = Receiver()
    yield own
    own.close()


def settings(tmp_path, *receivers):
    hooks = [webhook(receiver, allow_private=True, timeout="1s") for receiver in receivers]
    return parse(toml({"webhooks": hooks}) if hooks else "", tmp_path)


@contextlib.asynccontextmanager
async def running(path, config):
    own = Alerting(path, config)
    task = asyncio.ensure_future(own.run())
    try:
        yield own
    finally:
        task.cancel()
        await asyncio.wait([task])
        await own.close()


async def test_what_is_recorded_is_delivered_and_shown(tmp_path, receiver):
    async with running(tmp_path / "alerts.sqlite", settings(tmp_path, receiver)) as own:
        await until(lambda: not own.error)
        assert await own.last_seq("w") == 0
        await own.record("w", 1, [detection("a.example", clock()), detection("b.example", clock())])
        assert await own.last_seq("w") == 1
        assert [d.name for d in own.recent] == ["b.example", "a.example"]
        await own.finish(20)
        assert len(receiver.alerts) == 2
        assert [stats.delivered for stats in own.stats().values()] == [2]


async def test_finish_waits_no_longer_than_it_may(tmp_path, receiver):
    receiver.hang = 5
    async with running(tmp_path / "alerts.sqlite", settings(tmp_path, receiver)) as own:
        await until(lambda: not own.error)
        await own.record("w", 1, [detection("a.example", clock())])
        await own.finish(0.1)
        assert receiver.alerts == []


async def test_an_outbox_that_cannot_be_opened_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RETRY", 0.01)
    path = tmp_path / "alerts.sqlite"
    path.mkdir()
    async with running(path, settings(tmp_path)) as own:
        await until(lambda: "cannot open" in own.error)
        with pytest.raises(OutboxError):
            await own.record("w", 1, [detection("a.example", clock())])
        with pytest.raises(OutboxError):
            await own.last_seq("w")
        await own.finish(1)
        assert own.stats() == {}
        path.rmdir()
        await until(lambda: not own.error)
        await own.record("w", 1, [detection("a.example", clock())])


async def test_webhooks_change_with_the_configuration(tmp_path, receiver):
    async with running(tmp_path / "alerts.sqlite", settings(tmp_path)) as own:
        await until(lambda: not own.error)
        await own.configure(settings(tmp_path, receiver))
        await own.record("w", 1, [detection("a.example", clock())])
        await until(lambda: receiver.alerts)
