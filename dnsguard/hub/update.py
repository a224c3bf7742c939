"""`lists update`: all feeds, or some, fetched now, and how far each of them is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import msgspec

from dnsguard.config import Settings
from dnsguard.config.feed_path import FOLDER
from dnsguard.errors import DnsguardError
from dnsguard.hub.commands import Answer
from dnsguard.hub.commands import Update as Command
from dnsguard.hub.feeds.feed import Feed, Phase
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.feeds.spec import Spec
from dnsguard.hub.lists import Lists
from dnsguard.intel.once import SNAPSHOTS
from dnsguard.tasks import spawn

LOOK: Final = 0.1
"""How often one looks how far it is. [seconds]"""


class FeedStatus(msgspec.Struct, kw_only=True):
    """One feed on its way."""

    lists: str
    """Names of the lists that it serves."""
    url: str
    """Without what authenticates."""
    phase: Phase
    received: int = 0
    """Bytes so far."""
    total: int | None = None
    """Bytes promised."""
    done: bool = False
    good: bool = True
    """Whether the attempt that is done was one."""
    outcome: str = ""
    """What became of it, for a person."""


class Status(Answer, kw_only=True):
    """All of them."""

    feeds: list[FeedStatus] = msgspec.field(default_factory=list)
    compiling: tuple[str, int, int] | None = None
    """What the compiler does, how far it is, and of how much (0: not known)."""
    done: bool = False


class Update:
    """Asks feeds to fetch now; `look` until it is done."""

    def __init__(self, feeds: Feeds, lists: Lists, names: Sequence[str] = ()) -> None:
        """Take the names of lists, none for all; DnsguardError if one of them is not fetched."""
        self._feeds: Final = feeds
        self._lists: Final = lists
        self._wanted: Final = _chosen(list(feeds.wanted.values()), names)
        self._asked: Final[dict[str, tuple[Feed, int]]] = {}

    def look(self) -> Status:
        """Say how far it is, and ask feeds that have started only now."""
        feeds = [self._one(spec) for spec in self._wanted]
        error = self._feeds.error or (self._lists.error if self._feeds.candidates else "")
        compiling = self._lists.under_way
        return Status(
            feeds=feeds, compiling=compiling, done=bool(error) or all(feed.done for feed in feeds), error=error
        )

    def _one(self, spec: Spec) -> FeedStatus:
        status = FeedStatus(lists=spec.label, url=spec.shown_url, phase="queued")
        feed = self._feeds.feeds.get(spec.key)
        if feed is None:
            return status
        asked = self._asked.get(spec.key)
        if asked is None or asked[0] is not feed:
            asked = self._asked[spec.key] = feed, feed.rounds + 1
            if feed.phase == "waiting":
                feed.hurry()
        status.done = feed.rounds >= asked[1]
        status.phase = feed.phase
        status.received, status.total = feed.progress.received, feed.progress.total
        if status.done:
            status.outcome, status.good = feed.outcome, not feed.state.error
        return status


async def answers(feeds: Feeds, lists: Lists, command: Command) -> AsyncIterator[Status]:
    """Answer the command, until it is done; DnsguardError as Update."""
    update = Update(feeds, lists, command.lists)
    while not (status := update.look()).done:
        yield status
        await asyncio.sleep(LOOK)
    yield status


async def alone(settings: Settings, names: Sequence[str], show: Callable[[Status], None]) -> Status:
    """Update without a hub; `show` is called with how far it is. DnsguardError if it can't be done."""
    feeds = Feeds(settings.state_dir / FOLDER, settings)
    lists = Lists(settings.state_dir / SNAPSHOTS, feeds)
    update = Update(feeds, lists, names)
    running = spawn(feeds.run(), "feeds")
    compiling: asyncio.Task[bool] | None = None
    try:
        while not (status := update.look()).done:
            show(status)
            await asyncio.sleep(LOOK)
            if lists.stale and (compiling is None or compiling.done()):
                compiling = spawn(lists.compile(settings), "lists")
    finally:
        tasks = [task for task in (running, compiling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return status


def _chosen(specs: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    fetched = {list_.name: spec for spec in specs for list_ in spec.lists}
    for name in names:
        if name not in fetched:
            known = f"fetched are: {', '.join(fetched)}" if fetched else "none is fetched"
            raise DnsguardError(f"no list {name!r} has a url; {known}")
    return list({fetched[name].key: fetched[name] for name in names}.values()) if names else list(specs)
