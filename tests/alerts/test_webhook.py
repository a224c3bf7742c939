"""Several webhooks at once: none delays another, and each survives changes and restarts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from dnsguard.alerts import http
from dnsguard.alerts import lane as lanes
from dnsguard.alerts import webhook as webhooks
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.webhook import Deliverer
from dnsguard.alerts.writer import AsyncOutbox
from dnsguard.model import Duration, Severity
from dnsguard.tasks import clock
from tests.alerts.hooks import Hook, hooked, until
from tests.alerts.made import detection, outbox
from tests.receiver import SECRET


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become milliseconds."""
    monkeypatch.setattr("dnsguard.alerts.retry.WAITS", (0.01, 0.05))
    monkeypatch.setattr(lanes, "PROBE", 0.05)
    monkeypatch.setattr(webhooks, "RESTART", 0.05)


def config(hook: Hook, name: str, **changes: object) -> WebhookConfig:
    return WebhookConfig(**{"url": hook.url, "secret": SECRET, "name": name, "timeout": Duration(5)} | changes)


@asynccontextmanager
async def delivering(folder: Path, *configs: WebhookConfig) -> AsyncIterator[tuple[AsyncOutbox, Deliverer]]:
    box = AsyncOutbox(outbox(folder, *configs))
    deliverer = Deliverer(box, configs, clock=clock, rng=random.Random(1), sweep_every=0.05)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(deliverer.run())
        await until(lambda: len(deliverer.stats()) == len(configs))
        try:
            yield box, deliverer
        finally:
            task.cancel()
    await box.close()


async def find(box: AsyncOutbox, seq: int, count: int = 1, **changes: object) -> list[str]:
    found = [detection(seq * 1000 + n, time=clock(), zone=f"{seq}-{n}.example", **changes) for n in range(count)]
    await box.record("w", seq, found)
    return [one.id for one in found]


def got(hook: Hook) -> set[str]:
    return {alert["systemAlertId"] for alert in hook.alerts}


async def test_a_hanging_webhook_delays_no_other(tmp_path: Path) -> None:
    async with hooked() as good, hooked() as bad:

        async def hang(_: int) -> web.Response:
            await bad.hang()
            return web.Response()

        bad.answer = hang
        async with delivering(tmp_path, config(bad, "bad"), config(good, "good")) as (box, deliverer):
            ids = await find(box, 1, 50)
            await until(lambda: got(good) == set(ids))
            assert len(bad.messages) == http.PARALLEL
            assert deliverer.stats()["bad"].delivered == 0
        assert not set(good.ids) & set(bad.ids)


async def test_the_figures(tmp_path: Path) -> None:
    async with hooked() as good, hooked(lambda _: web.Response(status=500)) as bad:
        configs = config(good, "good"), config(bad, "bad", give_up=Duration(0.3))
        async with delivering(tmp_path, *configs) as (box, deliverer):
            before = clock()
            await find(box, 1, 3)
            await until(lambda: deliverer.stats()["bad"].pending == 3)
            await until(lambda: deliverer.stats()["bad"].given_up == 3)
            await until(lambda: deliverer.stats()["good"].pending == 0)
            stats = deliverer.stats()
            assert (stats["good"].delivered, stats["good"].failures, stats["good"].down) == (3, 0, False)
            assert (stats["good"].last_success or 0) >= before
            assert (stats["bad"].delivered, stats["bad"].pending, stats["bad"].last_error) == (0, 0, "HTTP 500")
            assert stats["bad"].failures >= 3
            assert stats["bad"].last_success is None


async def test_two_of_one_host_are_told_apart(tmp_path: Path) -> None:
    async with hooked() as hook:
        configs = config(hook, ""), config(hook, "", url=hook.url + "?2")
        async with delivering(tmp_path, *configs) as (_, deliverer):
            host = f"127.0.0.1:{hook.port}"
            assert list(deliverer.stats()) == [host, f"{host} #2"]


async def test_min_severity(tmp_path: Path) -> None:
    async with hooked() as hook, hooked() as picky:
        configs = config(hook, "all"), config(picky, "picky", min_severity=Severity.HIGH)
        async with delivering(tmp_path, *configs) as (box, _):
            low = await find(box, 1, severity=Severity.LOW)
            high = await find(box, 2, severity=Severity.HIGH)
            await until(lambda: got(hook) == {*low, *high})
            await until(lambda: got(picky) == {*high})


async def test_a_change_of_one_webhook_does_not_disturb_another(tmp_path: Path) -> None:
    async with hooked() as slow, hooked(lambda _: web.Response(status=410)) as gone, hooked() as new:
        release = asyncio.Event()

        async def wait(_: int) -> web.Response:
            await release.wait()
            return web.Response()

        slow.answer = wait
        kept = config(slow, "slow")
        async with delivering(tmp_path, kept, config(gone, "moved")) as (box, deliverer):
            (first,) = await find(box, 1)
            await until(lambda: slow.messages and deliverer.stats()["moved"].disabled)
            wanted = kept, config(new, "moved"), config(new, "added", url=new.url + "?added")
            await box.configure(box.outbox._config, wanted)
            deliverer.configure(wanted)
            # its name is what it is known by: what waited under it goes to the new address
            await until(lambda: got(new) == {first})
            assert len(new.messages) == 1
            release.set()
            await until(lambda: deliverer.stats()["slow"].delivered == 1)
            assert len(slow.messages) == 1
            await find(box, 2)
            await until(lambda: len(new.messages) == 3)
            deliverer.configure(())
            await until(lambda: not deliverer.stats())


async def test_a_restart_delivers_what_was_left_under_the_same_id(tmp_path: Path) -> None:
    async with hooked(lambda _: web.Response(status=503)) as hook:
        one = config(hook, "hook")
        async with delivering(tmp_path, one) as (box, _):
            ids = await find(box, 1, 5)
            await until(lambda: len(hook.ids) > 8)
        hook.answer = lambda _: web.Response()
        tried = set(hook.ids)
        async with delivering(tmp_path, one) as (_, deliverer):
            await until(lambda: deliverer.stats()["hook"].delivered == 5)
        assert got(hook) == set(ids)
        assert tried <= set(hook.ids)
        assert len(set(hook.ids)) == 5


async def test_a_repeat_is_told_again_by_the_sweep(tmp_path: Path) -> None:
    async with hooked() as hook:
        one = config(hook, "hook")
        box = AsyncOutbox(outbox(tmp_path, one, repeat_every=Duration(0.5)))
        deliverer = Deliverer(box, [one], clock=clock, sweep_every=0.05)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(deliverer.run())
            now = clock()
            await box.record("w", 1, [detection(n, time=now) for n in range(3)])
            await until(lambda: len(hook.messages) == 2)
            task.cancel()
        await box.close()
        assert [alert["extendedProperties"]["count"] for alert in hook.alerts] == ["1", "3"]
        assert len({alert["systemAlertId"] for alert in hook.alerts}) == 1
        assert len(set(hook.ids)) == 2


async def test_a_lane_that_crashes_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked() as hook, delivering(tmp_path, config(hook, "hook")) as (box, _):
        read, crashes = box.due, 0

        async def due(*arguments: object) -> object:
            nonlocal crashes
            crashes += 1
            if crashes < 3:
                raise RuntimeError("a bug")
            return await read(*arguments)

        monkeypatch.setattr(box, "due", due)
        ids = await find(box, 1)
        await until(lambda: got(hook) == set(ids))


async def test_without_webhooks_time_passes_all_the_same(tmp_path: Path) -> None:
    async with asyncio.timeout(10):
        box = AsyncOutbox(outbox(tmp_path, repeat_every=Duration(0.1)))
        await box.configure(box.outbox._config, ())
        deliverer = Deliverer(box, (), clock=clock, sweep_every=0.02)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(deliverer.run())
            now = clock()
            await box.record("w", 1, [detection(1, time=now), detection(2, time=now)])
            await asyncio.sleep(0.5)
            task.cancel()
        await box.record("w", 2, [detection(3, time=now + 0.3)])
        await box.close()
