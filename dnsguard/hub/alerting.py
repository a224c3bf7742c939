"""The outbox and its deliveries as the hub runs them: a disk that fails, at the start or later, stops neither."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from dnsguard.alerts.database import Database, OutboxError
from dnsguard.alerts.outbox import Outbox
from dnsguard.alerts.webhook import Deliverer, Stats
from dnsguard.alerts.writer import AsyncOutbox
from dnsguard.config import Settings
from dnsguard.hub.events import Events
from dnsguard.model import UNTOLD, Detection
from dnsguard.tasks import clock

RETRY: Final = 3.0
"""An outbox that cannot be opened is tried this often. [seconds]"""
LOOK: Final = 0.05
"""[seconds]"""

_log = logging.getLogger("dnsguard.hub.alerting")


class Alerting:
    """Everything about alerts; a `Store` for the inbox."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path: Final = path
        self._settings = settings
        self._outbox: AsyncOutbox | None = None
        self._deliverer: Deliverer | None = None
        # the outbox knows those who write by a name and a rising number
        self._own: Final = f"hub-{uuid.uuid4()}"
        self._seq = 0
        self.error = "not open yet"
        """Why the outbox is not open; empty if it is."""
        self.events: Final = Events(self._own)
        """What was put on disk and told, for whoever watches."""

    async def run(self) -> None:
        """Open the outbox as soon as that is possible, then deliver until cancelled."""
        while self._outbox is None:
            try:
                outbox = await asyncio.to_thread(Outbox, self._path, self._settings.alerts, self._settings.targets)
            except OutboxError as error:
                if self.error != str(error):
                    _log.error("the outbox cannot be opened; trying again", extra={"error": str(error)})
                self.error = str(error)
                await asyncio.sleep(RETRY)
                continue
            self._outbox = AsyncOutbox(outbox)
            self._deliverer = Deliverer(self._outbox, self._settings.targets)
            self.error = ""
            await self.configure(self._settings)  # it may have changed meanwhile
        assert self._deliverer is not None
        await self._deliverer.run()

    async def configure(self, settings: Settings) -> None:
        """Take another configuration."""
        self._settings = settings
        if self._outbox is not None and self._deliverer is not None:
            await self._outbox.configure(settings.alerts, settings.targets)
            self._deliverer.configure(settings.targets)

    async def record(self, worker: str, seq: int, detections: list[Detection]) -> None:
        """See Outbox.record."""
        await self._open().record(worker, seq, detections)
        self.events.add(one for one in detections if one.action not in UNTOLD)

    async def announce(self, alert: Detection) -> None:
        """Put an operational alert on its way; it is on disk when this returns, OutboxError if that can't be."""
        self._seq += 1
        await self.record(self._own, self._seq, [alert])

    async def change(self, change: Callable[[Database], None]) -> None:
        """See AsyncOutbox.change."""
        await self._open().change(change)

    async def last_seq(self, worker: str) -> int:
        """See Outbox.last_seq."""
        return await self._open().last_seq(worker)

    @property
    def told_in_storms(self) -> int:
        """Alerts that a storm told of in their place, since the hub started."""
        return 0 if self._outbox is None else self._outbox.outbox.told_in_storms

    def stats(self) -> Mapping[str, Stats]:
        """How each webhook does, by its name."""
        return self._deliverer.stats() if self._deliverer is not None else {}

    async def finish(self, timeout: float) -> None:  # noqa: ASYNC109 - the caller drains against one deadline
        """Leave time for one attempt at whatever is due."""
        if self._outbox is None:
            return
        with suppress(TimeoutError, OutboxError):
            async with asyncio.timeout(timeout):
                for webhook in self._settings.targets:
                    while await self._outbox.due(webhook.key, clock(), 1):  # noqa: ASYNC110 - it is on disk: no event
                        await asyncio.sleep(LOOK)

    async def close(self) -> None:
        """Let go of the file; `run` has ended."""
        if self._outbox is not None:
            await self._outbox.close()

    def _open(self) -> AsyncOutbox:
        if self._outbox is None:
            raise OutboxError(self.error)
        return self._outbox
