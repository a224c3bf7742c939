"""The real outbox; what it delivers to is tests/receiver.py."""

import asyncio
import contextlib
import json

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
        watched = own.events.read()
        await anext(watched)
        counted = detection("c.example", clock(), action="shadow")
        await own.record("w", 1, [detection("a.example", clock()), counted, detection("b.example", clock())])
        assert await own.last_seq("w") == 1
        seen = (await anext(watched)).decode()
        assert ["a.example" in seen, "b.example" in seen, "c.example" in seen] == [True, True, False]
        await watched.aclose()
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


async def test_all_kinds_of_targets_get_what_is_recorded_and_none_waits_for_another(tmp_path, receiver):
    lines = asyncio.Queue()

    async def take(reader, writer):
        lines.put_nowait(await reader.readline())
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    text = toml(
        {
            "webhooks": [webhook(receiver, allow_private=True, format="ecs")],
            "syslog": [
                {"server": f"tcp://127.0.0.1:{port}", "format": "cef", "framing": "newline"},
                # nobody is there
                {"server": "tcp://127.0.0.1:9"},
            ],
            "files": [{"path": "alerts.json", "format": "ocsf"}],
        }
    )
    async with running(tmp_path / "alerts.sqlite", parse(text, tmp_path)) as own:
        await until(lambda: not own.error)
        await own.record("w", 1, [detection("a.example", clock())])
        assert b"CEF:0|dnsguard|" in await asyncio.wait_for(lines.get(), 20)
        await until(lambda: receiver.accepted and (tmp_path / "alerts.json").exists())
        assert json.loads((tmp_path / "alerts.json").read_text())["class_uid"] == 4003
        assert receiver.accepted[0].body["event"]["kind"] == "alert"
        stats = own.stats()
        await until(lambda: own.stats()["tcp://127.0.0.1:9"].failures)
        assert own.stats()["tcp://127.0.0.1:9"].delivered == 0
        assert set(stats) == {
            receiver.url.split("/")[2],
            f"tcp://127.0.0.1:{port}",
            "tcp://127.0.0.1:9",
            f"{tmp_path}/alerts.json",
        }
    server.close()
