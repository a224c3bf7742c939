"""The outbox for asyncio: one thread does the waiting, and what comes in meanwhile shares the next commit.

So 10,000 findings a second cost as many fsyncs as the disk can do anyway, and no more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from dnsguard.alerts.config import Config
from dnsguard.alerts.database import Database, OutboxError
from dnsguard.alerts.deliveries import Counts, Delivery
from dnsguard.alerts.outbox import Outbox
from dnsguard.alerts.targets import Target
from dnsguard.model import Detection

T = TypeVar("T")

SHARED: Final = 256
"""Most operations in one commit: the first of them waits for the last."""
WAITING: Final = 10_000
"""Most operations that wait for the disk; more are refused at once, and their findings stay with the worker."""

_Operation = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class AsyncOutbox:
    """Wraps an Outbox, which nobody else may use from then on. All methods raise what Outbox's do."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox: Final = outbox
        """For its counters (`dropped`, `refused`); its methods block."""
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._queue: Final[deque[_Operation]] = deque()
        self._writing: asyncio.Future[None] | None = None
        self.listeners: Final[set[Callable[[], None]]] = set()
        """Called when messages may have been queued."""

    async def record(self, worker: str, seq: int, detections: Sequence[Detection]) -> None:
        """Keep findings; they are on the disk when this returns (then acknowledge `seq`, and only then)."""
        await self._write(lambda: self.outbox.record_op(worker, seq, detections))
        self._tell_listeners()

    async def change(self, change: Callable[[Database], None]) -> None:
        """Change a table of the same file that is not the outbox's own; it is on the disk when this returns."""
        await self._write(lambda: self.outbox.change_op(change))

    async def sweep(self, now: float) -> bool:
        """Let time pass, see Outbox.sweep."""
        more = await self._write(lambda: self.outbox.sweep_op(now))
        self._tell_listeners()
        return more

    async def last_seq(self, worker: str) -> int:
        """See Outbox.last_seq."""
        return await self._write(lambda: self.outbox.last_seq(worker))

    async def due(self, webhook: str, now: float, limit: int) -> list[Delivery]:
        """See Outbox.due."""
        return await self._read(lambda: self.outbox.due(webhook, now, limit))

    async def next_due(self, webhook: str, now: float) -> float | None:
        """See Outbox.next_due."""
        return await self._read(lambda: self.outbox.next_due(webhook, now))

    async def counts(self) -> dict[str, Counts]:
        """See Outbox.counts."""
        return await self._read(self.outbox.counts)

    async def delivered(self, message: str, now: float) -> None:
        """See Outbox.delivered."""
        await self._write(lambda: self.outbox.delivered_op(message, now))

    async def failed(self, message: str, now: float, due: float, error: str) -> None:
        """See Outbox.failed."""
        await self._write(lambda: self.outbox.failed_op(message, now, due, error))

    async def hurry(self, webhook: str) -> None:
        """See Outbox.hurry."""
        await self._write(lambda: self.outbox.hurry_op(webhook))

    async def configure(self, config: Config, webhooks: Sequence[Target]) -> None:
        """See Outbox.configure."""
        await self._read(lambda: self.outbox.configure(config, webhooks))

    async def close(self) -> None:
        """Finish what was asked, then let go of the file."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        await self._read(self.outbox.close)
        self._thread.shutdown(wait=False)

    async def _read(self, query: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, query)

    async def _write(self, operation: Callable[[], T]) -> T:
        if len(self._queue) >= WAITING:
            raise OutboxError(f"{self.outbox.path}: {WAITING} writes already wait for the disk")
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((operation, result))
        if self._writing is None:
            self._commit_next()
        return await result

    def _commit_next(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), SHARED))]
        if not batch:
            self._writing = None
            return
        operations = [operation for operation, _ in batch]
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(
            self._thread, self._commit, operations, [result for _, result in batch], loop
        )
        self._writing.add_done_callback(lambda _: self._commit_next())

    def _commit(
        self,
        operations: list[Callable[[], Any]],
        results: "list[asyncio.Future[Any]]",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Run in the thread."""
        try:
            outcomes = self.outbox.batch(operations)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            outcomes = [error] * len(operations)
        loop.call_soon_threadsafe(_settle, results, outcomes)

    def _tell_listeners(self) -> None:
        for listener in tuple(self.listeners):
            listener()


def _settle(results: "list[asyncio.Future[Any]]", outcomes: list[Any]) -> None:
    for result, outcome in zip(results, outcomes, strict=True):
        # its caller may have gone
        if result.done():
            continue
        if isinstance(outcome, Exception):
            result.set_exception(outcome)
        else:
            result.set_result(outcome)
