"""Temporary allows as the hub keeps them: on disk, in all workers, until they end.

The file is written before anyone is told, and in one step: what was promised outlives a restart, and nothing else does.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from dnsguard import link
from dnsguard.config import checks
from dnsguard.errors import DnsguardError
from dnsguard.hub.allow_file import read, save
from dnsguard.hub.audit import Audit
from dnsguard.hub.commands import AllowAdd, AllowAnswer, AllowList, AllowRemove
from dnsguard.hub.server import Peer
from dnsguard.policy.temporary import MAX_ALLOWS, TemporaryAllow
from dnsguard.tasks import clock

SHORTEST: Final = 1.0
"""[seconds]"""
LONGEST: Final = 30 * 86400.0
"""What is to last longer belongs into config.toml. [seconds]"""
PATIENCE: Final = 5.0
"""How long an answer waits for workers to take it; one that reads new lists takes it a little later. [seconds]"""
LOOK: Final = 0.01
"""[seconds]"""
ITSELF: Final = "dnsguard"

_log = logging.getLogger("dnsguard.hub.allows")


class Workers(Protocol):
    """Those who let through; the hub's server."""

    @property
    def own(self) -> Sequence[Peer]:
        """Connected workers of this hub."""

    def allow(self, message: link.Allows) -> None:
        """Tell all, now and later."""


class Allows:
    """All of them; one loop's."""

    def __init__(self, path: Path, audit: Audit, workers: Workers, now: Callable[[], float] = clock) -> None:
        """Take up what an earlier hub left in `path`."""
        self._path: Final = path
        self._audit: Final = audit
        self._workers: Final = workers
        self._now: Final = now
        self._number = 0
        self._changing: Final = asyncio.Lock()
        self._changed: Final = asyncio.Event()
        self.held: tuple[TemporaryAllow, ...] = _taken_up(path)
        """Those that hold, in the order of their ends."""
        self._tell()

    async def add(self, client: str, zone: str, lasts: float, *, by: str, reason: str = "") -> TemporaryAllow:
        """Let a client or network reach a zone for `lasts` seconds; DnsguardError says what is wrong.

        One for the same client and zone that holds already ends with it: the new end counts.
        """
        client, zone = _checked("client", checks.network, client), _checked("zone", checks.domain, zone)
        reason = _checked("reason", checks.sentence, reason) if reason else ""
        by = _checked("by", checks.label, by)
        if not SHORTEST <= lasts <= LONGEST:
            raise DnsguardError('a temporary allow lasts 1 second to 30 days, such as "10m"; config.toml has [allow]')
        async with self._changing:
            others = [one for one in self.held if (one.client, one.zone) != (client, zone)]
            if len(others) >= MAX_ALLOWS:
                raise DnsguardError(f"{MAX_ALLOWS} temporary allows hold already; remove one, or use [[groups]] allow")
            taken = {one.id for one in others}
            now = self._now()
            # short, for people type it
            new = next(identity for _ in range(100) if (identity := secrets.token_hex(4)) not in taken)
            made = TemporaryAllow(id=new, client=client, zone=zone, began=now, until=now + lasts, reason=reason, by=by)
            await self._hold([*others, made])
            await self._note("allow.add", by, made, reason)
        return made

    async def remove(self, text: str, *, by: str) -> TemporaryAllow:
        """End the one whose id is, or begins with, `text`; DnsguardError if there is none, or more."""
        async with self._changing:
            found = [one for one in self.held if text and one.id.startswith(text)]
            if len(found) != 1:
                many = "begins several ids" if found else "is none of those that hold; `dnsguard allow list` shows them"
                raise DnsguardError(f"{text[:60]!r} {many}")
            await self._hold([one for one in self.held if one is not found[0]])
            await self._note("allow.remove", _checked("by", checks.label, by), found[0])
        return found[0]

    async def taken(self, patience: float = PATIENCE) -> tuple[int, int]:
        """Wait until all workers that serve hold them, at most `patience` seconds; gives how many do, of how many."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while (counted := self._counted())[0] < counted[1]:  # noqa: ASYNC110 - workers are many, the wait short
                    await asyncio.sleep(LOOK)
        return self._counted()

    async def run(self) -> None:
        """End what is over, until cancelled."""
        while True:
            self._changed.clear()
            left = min((one.until for one in self.held), default=float("inf")) - self._now()
            if left <= 0:
                await self._expire()
                continue
            with suppress(TimeoutError):
                # a clock that is set is looked at again
                async with asyncio.timeout(min(left, 60.0)):
                    await self._changed.wait()

    async def answer_list(self, _command: AllowList) -> AsyncIterator[AllowAnswer]:
        """Answer the command."""
        yield AllowAnswer(allows=list(self.held))

    async def answer_add(self, command: AllowAdd) -> AsyncIterator[AllowAnswer]:
        """Answer the command, when the workers have it."""
        one = await self.add(command.client, command.zone, command.lasts, by=command.by, reason=command.reason)
        yield await self._answer(one)

    async def answer_remove(self, command: AllowRemove) -> AsyncIterator[AllowAnswer]:
        """Answer the command, when the workers have it."""
        yield await self._answer(await self.remove(command.id, by=command.by))

    async def _answer(self, one: TemporaryAllow) -> AllowAnswer:
        took, workers = await self.taken()
        return AllowAnswer(allows=[one], took=took, workers=workers)

    async def _expire(self) -> None:
        async with self._changing:
            now = self._now()
            over = [one for one in self.held if one.until <= now]
            try:
                await self._hold([one for one in self.held if one.until > now])
            except DnsguardError as error:
                # workers have let go of them by themselves, and so does whoever reads the file
                _log.warning(str(error))
                self._take([one for one in self.held if one.until > now])
            for one in over:
                await self._note("allow.end", ITSELF, one)

    async def _hold(self, allows: Sequence[TemporaryAllow]) -> None:
        """Keep them on disk, then let them hold."""
        try:
            await asyncio.to_thread(save, self._path, allows)
        except OSError as error:
            raise DnsguardError(f"{self._path}: {error.strerror or error}; nothing has changed") from error
        self._take(allows)

    def _take(self, allows: Sequence[TemporaryAllow]) -> None:
        self.held = tuple(sorted(allows, key=lambda one: one.until))
        self._tell()
        self._changed.set()

    def _tell(self) -> None:
        self._number += 1
        self._workers.allow(link.Allows(self._number, list(self.held)))

    async def _note(self, action: str, by: str, one: TemporaryAllow, reason: str = "") -> None:
        await asyncio.to_thread(self._audit.note, action, by, f"{one.id}: {one.text}", self._now(), reason)

    def _counted(self) -> tuple[int, int]:
        serving = [peer for peer in self._workers.own if peer.ready]
        return sum(peer.allows >= self._number for peer in serving), len(serving)


def _taken_up(path: Path) -> tuple[TemporaryAllow, ...]:
    """What an earlier hub left; a file that can't be read is moved aside, and lets nobody through."""
    try:
        return read(path)
    except DnsguardError as error:
        aside = path.with_name(f"{path.name}.damaged")
        with suppress(OSError):
            path.replace(aside)
        _log.error("no temporary allow holds", extra={"error": str(error), "moved_to": str(aside)})
        return ()


def _checked(key: str, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise DnsguardError(f"{key}: {error}") from None
