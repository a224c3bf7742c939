"""Everything about one webhook: attempts, retries, and what its receiver's behaviour means for both.

A webhook whose receiver fails is asked with one message at a time, and while it is away at most every PROBE seconds;
the first success makes everything due that waits for it. So a receiver that comes back is neither kept waiting nor run
over.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from dnsguard.alerts import senders
from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.retry import MAX_RETRY_AFTER, wait
from dnsguard.alerts.sending import Outcome, Sender, printable
from dnsguard.alerts.targets import Target
from dnsguard.alerts.writer import AsyncOutbox

DOWN: Final = 3
"""Failures in a row after which a receiver counts as away."""
PROBE: Final = 30.0
"""A receiver that is away is asked no more often than this. [seconds]"""
LOOK: Final = 60.0
"""The outbox is looked at this often even if nothing says so: clocks jump. [seconds]"""
DISK: Final = 2.0
"""Wait before an outbox that failed is tried again. [seconds]"""

_log = logging.getLogger("dnsguard.alerts.webhook")


class Lane:
    """One webhook's deliveries; no other webhook is touched by what happens here."""

    def __init__(self, outbox: AsyncOutbox, config: Target, *, clock: Callable[[], float], rng: random.Random) -> None:
        """Take the outbox, the target, a clock [Unix seconds], and what shakes the waits.

        ValueError, DnsguardError: the target can't be used as it is.
        """
        self.config: Final = config
        self.delivered = 0
        self.failures = 0
        """Failed attempts."""
        self.disabled = False
        self.last_error = ""
        self.last_success: float | None = None
        self._outbox: Final = outbox
        self._clock: Final = clock
        self._rng: Final = rng
        self._sender: Final = senders.sender(config, clock)
        self._wake: Final = asyncio.Event()
        self._under_way: Final[set[str]] = set()
        self._in_a_row = 0
        self._failed_at = float("-inf")
        self._not_before = 0.0

    @property
    def down(self) -> bool:
        """Whether the receiver counts as away."""
        return self._in_a_row >= DOWN

    def wake(self) -> None:
        """Look into the outbox now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled, or until the receiver says that it is gone."""
        async with self._sender as sender, asyncio.TaskGroup() as group:
            while not self.disabled:
                self._wake.clear()
                try:
                    pause = await self._start_due(group, sender)
                except OutboxError as error:
                    _log.warning("the alert outbox can't be read", extra={"error": str(error)})
                    pause = DISK
                try:
                    # not wait_for: before Python 3.12 it may swallow a cancellation
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _start_due(self, group: asyncio.TaskGroup, sender: Sender) -> float | None:
        """Start what may start; returns the seconds until there may be more, None if only a wake can bring it."""
        now = self._clock()
        # a moment further away than any that is ever set: the clock was set back
        if now < self._not_before <= now + MAX_RETRY_AFTER:
            return min(self._not_before - now, LOOK)
        room = (1 if self._in_a_row else self._sender.parallel) - len(self._under_way)
        if room <= 0:
            return None
        due = await self._outbox.due(self.config.key, now, room + len(self._under_way))
        free = [delivery for delivery in due if delivery.id not in self._under_way][:room]
        for delivery in free:
            self._under_way.add(delivery.id)
            group.create_task(self._deliver(sender, delivery))
        if len(free) == room:
            return None
        next_due = await self._outbox.next_due(self.config.key, now)
        return LOOK if next_due is None else min(max(next_due - now, 0.0), LOOK)

    async def _deliver(self, sender: Sender, delivery: Delivery) -> None:
        """Make one attempt, and note what became of it."""
        try:
            started = self._clock()
            outcome = await self._attempt(sender, delivery)
            now = self._clock()
            if outcome.error:
                due = self._failed(delivery, outcome, started, now)
                await self._note(lambda: self._outbox.failed(delivery.id, now, due, outcome.error))
                return
            was_down = self.down
            self._succeeded(now)
            await self._note(lambda: self._outbox.delivered(delivery.id, now))
            if was_down:
                await self._note(lambda: self._outbox.hurry(self.config.key))
        finally:
            self._under_way.discard(delivery.id)
            self.wake()

    async def _note(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write until the disk takes it: sending the message once more because of a full disk would help nobody."""
        while True:
            try:
                await write()
            except OutboxError as error:
                _log.warning("the alert outbox can't be written", extra={"error": str(error)})
                await asyncio.sleep(DISK)
            else:
                return

    def _succeeded(self, now: float) -> None:
        if self.down:
            _log.warning("webhook accepts alerts again", extra={"webhook": self.config.label})
        self._in_a_row = 0
        self._not_before = 0.0
        self.delivered += 1
        self.last_success = now

    def _failed(self, delivery: Delivery, outcome: Outcome, started: float, now: float) -> float:
        """Count a failure; returns when to try again [Unix seconds]."""
        self.failures += 1
        # messages that were on their way together met one and the same hiccup
        if started >= self._failed_at:
            self._in_a_row += 1
            self._failed_at = now
        self.last_error = outcome.error
        due = now + wait(delivery.attempts + 1, self._rng)
        if outcome.retry_after is not None:
            due = self._not_before = now + outcome.retry_after
        elif self.down:
            self._not_before = now + min(wait(self._in_a_row - DOWN + 1, self._rng), PROBE)
        extra = {"webhook": self.config.label, "error": outcome.error}
        if outcome.gone:
            self.disabled = True
            _log.error(
                "webhook answered 410 Gone: disabled until a restart or a change of its configuration", extra=extra
            )
        elif self._in_a_row == 1:
            _log.warning("webhook failed, will be tried again", extra=extra)
        elif self._in_a_row == DOWN:
            _log.error("webhook is away, its alerts wait", extra=extra)
        return due

    async def _attempt(self, sender: Sender, delivery: Delivery) -> Outcome:
        try:
            return await sender.send(delivery)
        except (OSError, TimeoutError) as error:
            return Outcome(error=printable(str(error) or type(error).__name__))
        except Exception as error:  # noqa: BLE001 - one message that can't be made must not stop the others
            _log.exception("an alert could not be sent", extra={"webhook": self.config.label, "id": delivery.id})
            return Outcome(error=printable(f"{type(error).__name__}: {error}"))
