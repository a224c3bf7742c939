"""One webhook against a real receiver; waits are shrunk, never skipped."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from dnsguard.alerts import http
from dnsguard.alerts import lane as lanes
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.http import PARALLEL
from dnsguard.alerts.lane import Lane
from dnsguard.alerts.reader import Delivery, Reader
from dnsguard.alerts.writer import AsyncOutbox
from dnsguard.model import Detection, Duration
from dnsguard.tasks import clock
from tests.alerts.hooks import Hook, hooked, until
from tests.alerts.made import detection, outbox
from tests.receiver import SECRET


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become milliseconds."""
    monkeypatch.setattr("dnsguard.alerts.retry.WAITS", tuple(one / 100 for one in (1.0, 5.0, 30.0)))
    monkeypatch.setattr(lanes, "PROBE", 0.05)
    monkeypatch.setattr(lanes, "DISK", 0.05)


class Bench:
    """A lane at work, and the outbox it empties."""

    def __init__(self, folder: Path, url: str, **config: Any) -> None:
        self.config = WebhookConfig(**{"url": url, "secret": SECRET, "name": "hook", "timeout": Duration(5)} | config)
        self.outbox = AsyncOutbox(outbox(folder, self.config))
        self.lane = Lane(self.outbox, self.config, clock=clock, rng=random.Random(1))
        self.outbox.listeners.add(self.lane.wake)
        self.reader = Reader(self.outbox.outbox.path)
        self._seq = 0

    async def find(self, count: int = 1, **changes: Any) -> list[Detection]:
        """Record `count` findings, each an alert of its own."""
        start = self._seq * 1000
        found = [
            detection(start + number, time=clock(), zone=f"{start + number}.example", **changes)
            for number in range(count)
        ]
        self._seq += 1
        await self.outbox.record("w", self._seq, found)
        return found

    def delivery(self, one: Detection) -> Delivery:
        (stored,) = self.reader.find(one.id)
        return stored.deliveries[-1]

    def delivered(self, *found: Detection) -> bool:
        return all(self.delivery(one).state == "delivered" for one in found)


@asynccontextmanager
async def bench(folder: Path, url: str, **config: Any) -> AsyncIterator[Bench]:
    one = Bench(folder, url, **config)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(one.lane.run())
        try:
            yield one
        finally:
            task.cancel()
    await one.outbox.close()


async def test_a_signed_message_within_moments(tmp_path: Path) -> None:
    async with hooked() as hook, bench(tmp_path, hook.url) as one:
        (found,) = await one.find()
        await until(lambda: one.delivered(found))
        hook.verify()
        ((headers, _),) = hook.messages
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("dnsguard/")
        assert abs(int(headers["webhook-timestamp"]) - clock()) < 5
        assert hook.alerts[0]["systemAlertId"] == found.id
        assert (one.lane.delivered, one.lane.failures, one.lane.last_error) == (1, 0, "")
        assert one.lane.last_success


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 503, 504])
async def test_failures_are_tried_again_with_the_same_id_and_body(tmp_path: Path, status: int) -> None:
    def answer(number: int) -> web.Response:
        return web.Response(status=status if number < 4 else 200, text="no \x1b[31m way")

    async with hooked(answer) as hook, bench(tmp_path, hook.url) as one:
        (found,) = await one.find()
        await until(lambda: one.delivered(found))
        assert len(hook.messages) == 4
        assert len(set(hook.ids)) == len({body for _, body in hook.messages}) == 1
        hook.verify()
        assert (one.lane.failures, one.lane.last_error) == (3, f"HTTP {status}: no [31m way")
        assert one.delivery(found).attempts == 4


async def test_a_redirect_is_a_failure_and_not_followed(tmp_path: Path) -> None:
    async with hooked() as target:

        def answer(number: int) -> web.Response:
            return web.Response(status=307 if number < 3 else 200, headers={"location": target.url})

        async with hooked(answer) as hook, bench(tmp_path, hook.url) as one:
            (found,) = await one.find()
            await until(lambda: one.delivered(found))
            assert (len(hook.messages), target.messages) == (3, [])
            assert "redirects are not followed" in one.lane.last_error


async def test_gone_disables_it_and_its_messages_wait(tmp_path: Path) -> None:
    async with hooked(lambda _: web.Response(status=410)) as hook, bench(tmp_path, hook.url) as one:
        await one.find()
        await until(lambda: one.lane.disabled)
        (later,) = await one.find()
        await asyncio.sleep(0.3)
        assert len(hook.messages) == 1
        assert one.delivery(later).state == "pending"


async def test_retry_after_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []

    def answer(number: int) -> web.Response:
        times.append(asyncio.get_running_loop().time())
        return web.Response(status=429 if number == 1 else 200, headers={"retry-after": "1"})

    async with hooked(answer) as hook, bench(tmp_path, hook.url) as one:
        (first,) = await one.find()
        await until(lambda: hook.messages)
        (second,) = await one.find()
        await until(lambda: one.delivered(first, second))
    assert times[1] - times[0] >= 0.95


async def test_a_hanging_receiver_is_left_after_the_timeout(tmp_path: Path) -> None:
    async def answer(number: int) -> web.Response:
        if number < 3:
            await hook.hang()
        return web.Response()

    async with hooked(answer) as hook, bench(tmp_path, hook.url, timeout=Duration(0.1)) as one:
        (found,) = await one.find()
        await until(lambda: one.delivered(found))
        assert one.lane.last_error == "no answer within 0.1 s"


async def test_gone_and_back(tmp_path: Path) -> None:
    """Every alert arrives, each id once, soon after the receiver is back."""
    async with hooked() as hook:
        await hook.close()
        async with bench(tmp_path, hook.url) as one:
            found = await one.find(30)
            await until(lambda: one.lane.down)
            found += await one.find(30)
            await asyncio.sleep(0.2)
            assert not hook.messages
            await hook.open()
            await until(lambda: one.delivered(*found))
            assert not one.lane.down
            hook.verify()
            assert {alert["systemAlertId"] for alert in hook.alerts} == {one.id for one in found}
            assert len(set(hook.ids)) == len(hook.ids) == 60


async def test_while_it_fails_one_message_at_a_time(tmp_path: Path) -> None:
    failing = True

    async def answer(_: int) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(status=500 if failing else 200)

    async with hooked(answer) as hook, bench(tmp_path, hook.url) as one:
        found = await one.find(40)
        await until(lambda: one.lane.failures > PARALLEL + 2)
        hook.most_at_once = 0
        await asyncio.sleep(0.3)
        assert hook.most_at_once == 1
        failing = False
        await until(lambda: one.delivered(*found))
        assert hook.most_at_once == PARALLEL


async def test_a_message_that_is_never_accepted_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with hooked() as hook, bench(tmp_path, hook.url) as one:
        poison = ""

        def answer(_: int) -> web.Response:
            return web.Response(status=500 if hook.alerts[-1]["systemAlertId"] == poison else 200)

        hook.answer = answer
        found = await one.find(20)
        poison = found[3].id
        rest = [*found[:3], *found[4:]]
        await until(lambda: one.delivered(*rest))
        assert one.delivery(found[3]).state == "pending"


async def test_oldest_first(tmp_path: Path) -> None:
    async with hooked() as hook:
        await hook.close()
        async with bench(tmp_path, hook.url) as one:
            found = await one.find(20)
            await until(lambda: one.lane.down)
            await hook.open()
            await until(lambda: one.delivered(*found))
        # those that were not the probe go out in order, as many at once as may be
        order = [alert["systemAlertId"] for alert in hook.alerts][1:]
        wanted = [one.id for one in found if one.id in order]
        assert all(abs(order.index(one) - place) <= PARALLEL for place, one in enumerate(wanted))


async def test_a_cancelled_attempt_is_made_again_with_its_id(tmp_path: Path) -> None:
    async def answer(number: int) -> web.Response:
        if number == 1:
            await hook.hang()
        return web.Response()

    async with hooked(answer) as hook:
        async with bench(tmp_path, hook.url) as one:
            (found,) = await one.find()
            await until(lambda: hook.messages)
        async with bench(tmp_path, hook.url) as one:
            await until(lambda: one.delivered(found))
        assert len(hook.ids) == 2
        assert len(set(hook.ids)) == 1


async def test_a_disk_that_is_full_does_not_make_it_send_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked() as hook, bench(tmp_path, hook.url) as one:
        tries = 0
        write = one.outbox.delivered

        async def delivered(message: str, now: float) -> None:
            nonlocal tries
            tries += 1
            if tries < 4:
                raise OutboxError("disk full")
            await write(message, now)

        monkeypatch.setattr(one.outbox, "delivered", delivered)
        (found,) = await one.find()
        await until(lambda: one.delivered(found))
        assert (len(hook.messages), tries) == (1, 4)


async def test_an_outbox_that_cannot_be_read_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked() as hook, bench(tmp_path, hook.url) as one:
        tries = 0
        read = one.outbox.due

        async def due(*arguments: Any) -> Any:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise OutboxError("locked")
            return await read(*arguments)

        monkeypatch.setattr(one.outbox, "due", due)
        (found,) = await one.find()
        await until(lambda: one.delivered(found))


async def test_an_alert_that_cannot_be_rendered_stops_nobody(tmp_path: Path) -> None:
    async with hooked() as hook, bench(tmp_path, hook.url) as one:
        await one.find(slug="from_a_newer_dnsguard")
        await until(lambda: one.lane.failures)
        (found,) = await one.find()
        await until(lambda: one.delivered(found))
        assert "KeyError" in one.lane.last_error


@pytest.mark.parametrize(("allow", "reached"), [(False, False), (True, True)])
async def test_a_name_that_leads_inside_is_refused_unless_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allow: bool, reached: bool
) -> None:
    def look_up(host: str, port: int, *_: object) -> list[Any]:
        assert host == "rebound.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    guard: Callable[..., Any] = http.GuardedResolver
    monkeypatch.setattr(http, "GuardedResolver", lambda **options: guard(**options, look_up=look_up))
    async with hooked() as hook:
        url = f"http://rebound.example:{hook.port}/hook"
        async with bench(tmp_path, url, allow_private=allow) as one:
            await one.find()
            await until(lambda: one.lane.delivered or one.lane.failures)
            assert bool(hook.messages) == reached
            if not reached:
                assert "rebound.example resolves to 127.0.0.1" in one.lane.last_error
                assert "allow_private" in one.lane.last_error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_address_in_the_url_is_the_operators_word(tmp_path: Path, host: str) -> None:
    async with hooked() as hook, bench(tmp_path, f"http://{host}:{hook.port}/hook") as one:
        (found,) = await one.find()
        await until(lambda: one.delivered(found))


async def test_errors_do_not_show_the_urls_path(tmp_path: Path) -> None:
    async with bench(tmp_path, "http://127.0.0.1:1/T0K3N") as one:
        (found,) = await one.find()
        await until(lambda: one.lane.failures)
        await until(lambda: one.delivery(found).error)
        assert "T0K3N" not in one.lane.last_error + one.delivery(found).error
        assert "127.0.0.1" in one.lane.last_error


async def test_a_slow_refusal_counts_by_its_status(tmp_path: Path) -> None:
    """The status is known although the text never ends."""

    async def answer(_: int) -> web.StreamResponse:
        response = web.StreamResponse(status=410)
        await response.prepare(hook.request)
        await hook.hang()
        return response

    class Slow(Hook):
        request: web.Request

        async def _take(self, request: web.Request) -> web.StreamResponse:
            self.request = request
            return await super()._take(request)

    hook = Slow(answer)
    await hook.open()
    async with bench(tmp_path, hook.url, timeout=Duration(0.2)) as one:
        await one.find()
        await until(lambda: one.lane.disabled)
    await hook.close()


async def test_one_hiccup_is_one_failure_however_many_were_on_their_way(tmp_path: Path) -> None:
    """Otherwise 50 ms of a receiver's trouble would cost its alerts half a minute."""

    async def answer(number: int) -> web.Response:
        await asyncio.sleep(0.05)
        return web.Response(status=500 if number <= PARALLEL else 204)

    async with hooked(answer) as hook, bench(tmp_path, hook.url) as one:
        found = await one.find(PARALLEL)
        await until(lambda: one.lane.failures == PARALLEL)
        assert not one.lane.down
        await until(lambda: one.delivered(*found))
