"""Delivers alerts to all webhooks, as Standard Webhooks wants it: signed, at least once, each webhook for itself."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.deliveries import Counts
from dnsguard.alerts.lane import Lane
from dnsguard.alerts.targets import Target
from dnsguard.alerts.writer import AsyncOutbox
from dnsguard.errors import DnsguardError
from dnsguard.tasks import clock as system_clock

SWEEP_EVERY: Final = 5.0
"""[seconds]"""
RESTART: Final = 5.0
"""Wait before a webhook whose lane crashed is served again. [seconds]"""

_log = logging.getLogger("dnsguard.alerts.webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How one webhook does."""

    delivered: int
    """Messages accepted since the start."""
    failures: int
    """Failed attempts since the start."""
    pending: int
    """Messages waiting, a few seconds old."""
    given_up: int
    """Messages given up that are still kept, a few seconds old."""
    down: bool
    """Its last attempts failed."""
    disabled: bool
    """It answered 410 Gone."""
    last_error: str
    last_success: float | None
    """Unix seconds."""


class Deliverer:
    """Runs a lane for each webhook, and lets time pass in the outbox."""

    def __init__(
        self,
        outbox: AsyncOutbox,
        webhooks: Sequence[Target],
        *,
        clock: Callable[[], float] = system_clock,
        rng: random.Random | None = None,
        sweep_every: float = SWEEP_EVERY,
    ) -> None:
        """Take the outbox, the webhooks, a clock [Unix seconds], and what shakes the waits between attempts."""
        self._outbox: Final = outbox
        self._wanted = tuple(webhooks)
        self._clock: Final = clock
        self._rng: Final = rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._sweep_every: Final = sweep_every
        self._changed: Final = asyncio.Event()
        self._lanes: Final[dict[str, tuple[Lane, asyncio.Task[None]]]] = {}
        self._counts: dict[str, Counts] = {}

    def configure(self, webhooks: Sequence[Target]) -> None:
        """Serve these webhooks from now on; those that did not change are not disturbed.

        The outbox is told by its own `configure`.
        """
        self._wanted = tuple(webhooks)
        self._changed.set()

    async def run(self) -> None:
        """Deliver until cancelled. What was on its way then is sent again later, under the same webhook-id."""
        self._outbox.listeners.add(self._wake)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                while True:
                    self._changed.clear()
                    await self._reconcile(group)
                    await self._changed.wait()
        finally:
            self._outbox.listeners.discard(self._wake)
            self._lanes.clear()

    def stats(self) -> dict[str, Stats]:
        """How each webhook does, by its name (two of one host: `host`, `host #2`)."""
        stats: dict[str, Stats] = {}
        for key, (lane, _) in self._lanes.items():
            label, number = lane.config.label, 1
            while label in stats:
                number += 1
                label = f"{lane.config.label} #{number}"
            counts = self._counts.get(key, Counts())
            stats[label] = Stats(
                delivered=lane.delivered,
                failures=lane.failures,
                pending=counts.pending,
                given_up=counts.given_up,
                down=lane.down,
                disabled=lane.disabled,
                last_error=lane.last_error,
                last_success=lane.last_success,
            )
        return stats

    def _wake(self) -> None:
        for lane, _ in self._lanes.values():
            lane.wake()

    async def _reconcile(self, group: asyncio.TaskGroup) -> None:
        """Stop lanes that are no longer wanted as they are, start those that are missing."""
        wanted = {webhook.key: webhook for webhook in self._wanted}
        old = [key for key, (lane, _) in self._lanes.items() if wanted.get(key) != lane.config]
        for key in old:
            _, task = self._lanes.pop(key)
            task.cancel()
            await asyncio.wait([task])
        for key, webhook in wanted.items():
            if key not in self._lanes:
                try:
                    lane = Lane(self._outbox, webhook, clock=self._clock, rng=self._rng)
                except (ValueError, DnsguardError) as error:
                    # the configuration's check has let it through: an optional library went away, for one
                    _log.error("alerts can't be sent there", extra={"webhook": webhook.label, "error": str(error)})
                    continue
                self._lanes[key] = lane, group.create_task(_keep(lane))

    async def _sweep(self) -> None:
        while True:
            try:
                while await self._outbox.sweep(self._clock()):
                    pass
                self._counts = await self._outbox.counts()
            except OutboxError as error:
                _log.warning("the alert outbox can't be swept", extra={"error": str(error)})
            await asyncio.sleep(self._sweep_every)


async def _keep(lane: Lane) -> None:
    """Run a lane; if it crashes, that is ours to mend, and no reason to leave its alerts undelivered."""
    while not lane.disabled:
        try:
            await lane.run()
        except Exception:  # noqa: BLE001 - see above
            _log.exception("webhook delivery crashed", extra={"webhook": lane.config.label})
            await asyncio.sleep(RESTART)
