"""Findings on their way to the disk: each once, in order, and acknowledged only when they are there."""

import asyncio
import logging
import sqlite3
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from dnsguard.errors import DnsguardError
from dnsguard.model import Detection

MAX_WAITING: Final = 10_000
"""Most findings of one worker that wait here for the disk; the worker keeps the rest, and sends it again."""
BATCH: Final = 500
"""Most findings in one transaction: the disk's sync costs far more than a row."""
PACE: Final = 0.1
"""What comes so soon after a commit shares the next one; a lone finding waits for nothing. [seconds]"""
RETRY: Final = 3.0
"""A disk that takes nothing is tried this often. [seconds]"""
DISK: Final = (OSError, sqlite3.Error, DnsguardError)
"""Errors that pass: full, read-only, locked, broken and mended."""
UNUSABLE: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
"""Errors of the finding itself, which no waiting mends."""

_log = logging.getLogger("dnsguard.hub.inbox")


class Store(Protocol):
    """The outbox, as the inbox needs it."""

    async def record(self, worker: str, seq: int, detections: list[Detection]) -> object:
        """Keep findings in one transaction, unless the worker's `seq` is not above the last one kept."""

    async def last_seq(self, worker: str) -> int:
        """Give the last `seq` kept of a worker; 0 for one that is new."""


@dataclass(slots=True)
class _Pile:
    highest: int
    """`seq` of the last finding taken, on disk or not."""
    waiting: deque[tuple[int, list[Detection]]] = field(default_factory=deque)
    count: int = 0
    singly: int = 0
    """So many frames are stored one by one."""


class Inbox:
    """`on_saved(worker, seq)` is called when all findings of a worker up to `seq` are on disk."""

    def __init__(self, store: Store, on_saved: Callable[[str, int], None]) -> None:
        self._store: Final = store
        self._on_saved: Final = on_saved
        self._piles: Final[dict[str, _Pile]] = {}
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.saved = 0
        """Findings put on disk by this hub."""
        self.unusable = 0
        """Findings dropped because they can never be stored."""
        self.trouble = ""
        """Why nothing can be put on disk now; empty if all is well."""

    @property
    def waiting(self) -> int:
        """Findings taken and not yet on disk."""
        return sum(pile.count for pile in self._piles.values())

    async def greet(self, worker: str) -> int:
        """Before a worker's first finding: learn what is on disk already. Returns the `seq` to acknowledge."""
        if (pile := self._piles.get(worker)) is None:
            try:
                last, singly = await self._store.last_seq(worker), 0
            except DISK:
                # the worker serves all the same; what it may send twice is stored by its own number, not in batches
                last, singly = 0, sys.maxsize
            pile = self._piles.setdefault(
                worker, _Pile(last, singly=singly)
            )  # another connection may have been quicker
        return pile.waiting[0][0] - 1 if pile.waiting else pile.highest

    def add(self, worker: str, seq: int, detections: list[Detection]) -> bool:
        """Take findings; False if they have to be sent again later."""
        pile = self._piles[worker]
        if seq <= pile.highest:
            return True  # sent again over a new connection
        if pile.count >= MAX_WAITING:
            return False
        pile.highest = seq
        pile.waiting.append((seq, detections))
        pile.count += len(detections)
        self._arrived.set()
        self._empty.clear()
        return True

    def waits_for(self, worker: str) -> bool:
        """Whether findings of this worker are not yet on disk."""
        return worker in self._piles and bool(self._piles[worker].waiting)

    def forget(self, worker: str) -> None:
        """Drop what is known of a worker that is gone, once its findings are on disk."""
        if not self.waits_for(worker):
            self._piles.pop(worker, None)

    async def flush(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller drains against one deadline
        """Wait until everything is on disk; says whether it is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), timeout)
        return not self.waiting

    async def run(self) -> None:
        """Save until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while pile := next((item for item in self._piles.items() if item[1].waiting), None):
                await self._save(*pile)
            await asyncio.sleep(PACE)

    async def _save(self, worker: str, pile: _Pile) -> None:
        seq, frames, batch = _batch(pile)
        try:
            await self._store.record(worker, seq, batch)
        except Exception as error:  # noqa: BLE001 - a finding that crashes the store must not stop those behind it
            if isinstance(error, DISK) and not isinstance(error, UNUSABLE):
                if not self.trouble:
                    _log.error("findings cannot be stored; trying again", extra={"error": str(error)})
                self.trouble = str(error) or repr(error)
                await asyncio.sleep(RETRY)
                return
            if frames > 1:
                pile.singly = frames  # one of them is at fault: find it
                return
            _log.exception("findings dropped: they can never be stored", extra={"findings": len(batch)})
            self.unusable += len(batch)
        else:
            self.saved += len(batch)
        if self.trouble:
            _log.warning("findings are stored again", extra={"waiting": self.waiting})
            self.trouble = ""
        for _ in range(frames):
            pile.count -= len(pile.waiting.popleft()[1])
        pile.singly = max(0, pile.singly - frames) if pile.singly < sys.maxsize else pile.singly
        if not self.waiting:
            self._empty.set()
        self._on_saved(worker, seq)


def _batch(pile: _Pile) -> tuple[int, int, list[Detection]]:
    """Take the next transaction's worth: last `seq`, number of frames, findings."""
    seq, frames = 0, 0
    batch: list[Detection] = []
    for number, detections in pile.waiting:
        if batch and (pile.singly or len(batch) + len(detections) > BATCH):
            break
        seq, frames = number, frames + 1
        batch += detections
    return seq, frames, batch
