"""All feeds of the configuration: kept running, and what they bring handed to whoever compiles the lists."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from dnsguard.config import Settings
from dnsguard.hub.feeds.feed import Announce, Candidate, Feed, Tools
from dnsguard.hub.feeds.fetch import Fetcher
from dnsguard.hub.feeds.spec import Spec, specs
from dnsguard.hub.feeds.status import feed_report
from dnsguard.hub.feeds.store import State, Store
from dnsguard.hub.report import FeedReport
from dnsguard.intel.compile import ListReport
from dnsguard.intel.config import ListConfig
from dnsguard.tasks import clock as system_clock
from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.servers import parse_server

PARALLEL: Final = 4
"""Fetches at a time."""
RETRY: Final = 1.0
"""A folder that can't be had, or that another process writes to, is tried this often. [seconds]"""
SWEEP: Final = 3600.0
"""How often files that nobody names are looked for. [seconds]"""

_log = logging.getLogger("dnsguard.hub.feeds")


class Feeds:
    """`run` it; `configure` it before, and whenever the configuration changes."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        *,
        announce: Announce | None = None,
        on_candidate: Callable[[], None] = lambda: None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = system_clock,
        rng: random.Random | None = None,
    ) -> None:
        """Take the folder of the feeds' files; `context` stands in for this machine's own authorities."""
        self._settings = settings
        self._store: Final = Store(directory)
        self._clock: Final = clock
        self._tools: Final = Tools(
            store=self._store,
            fetcher=Fetcher(lookup=self._lookup, context=context),
            slots=asyncio.Semaphore(PARALLEL),
            on_candidate=on_candidate,
            announce=announce,
            clock=clock,
            rng=rng or random.Random(),  # noqa: S311 - spreads fetches, guards nothing
        )
        self._changed: Final = asyncio.Event()
        self._running: Final[dict[str, tuple[Feed, asyncio.Task[None]]]] = {}
        self._cut: set[str] = set()
        self.error = ""
        """Why nothing is fetched; empty if all is well."""

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """Those that run, by key."""
        return {key: feed for key, (feed, _) in self._running.items()}

    @property
    def wanted(self) -> Mapping[str, Spec]:
        """Those of the configuration, by key; one that has just come may not run yet."""
        return specs(self._settings.lists)

    def configure(self, settings: Settings) -> None:
        """Fetch what these settings name from now on; what did not change is not disturbed."""
        self._settings = settings
        self._changed.set()

    def hurry(self, keys: Collection[str]) -> None:
        """Fetch these now."""
        for key in keys:
            if key in self._running:
                self._running[key][0].hurry()

    async def run(self) -> None:
        """Fetch until cancelled; what was under way then is fetched again by the next run."""
        await self._open()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._changed.clear()
                    await self._reconcile(group)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(SWEEP):
                            await self._changed.wait()
        finally:
            self._running.clear()
            self._store.close()

    async def _open(self) -> None:
        while True:
            try:
                if await asyncio.to_thread(self._store.open):
                    self._cut = await asyncio.to_thread(self._store.recover)
                    self.error = ""
                    return
                error = "another process fetches lists into this state_dir"
            except OSError as problem:
                error = f"{self._store.directory}: {problem.strerror or problem}; lists are fetched into it"
            if error != self.error:
                _log.warning("lists are not fetched; trying again", extra={"error": error})
            self.error = error
            await asyncio.sleep(RETRY)

    async def _reconcile(self, group: asyncio.TaskGroup) -> None:
        """End feeds that are no longer wanted as they are, and start those that are missing."""
        wanted = self.wanted
        for key in [key for key, (feed, _) in self._running.items() if wanted.get(key) != feed.spec]:
            _, task = self._running.pop(key)
            task.cancel()
            await asyncio.wait([task])
            # what was not taken may be now
            self._cut.add(key)
        for key, spec in wanted.items():
            if key not in self._running:
                state = await asyncio.to_thread(self._store.load, key, spec.url)
                if key in self._cut:
                    self._cut.discard(key)
                    state.due = 0.0
                feed = Feed(spec, state, self._tools)
                self._running[key] = feed, group.create_task(feed.run(), name=f"feed {key}")
        try:
            await asyncio.to_thread(self._store.sweep, set(wanted), self._clock())
        except OSError as error:
            _log.warning("old feeds can't be removed", extra={"error": str(error)})

    async def _lookup(self, name: str, timeout: float) -> Sequence[str]:  # noqa: ASYNC109 - as in exchange.Lookup
        # a new one each time: what it remembers is unbounded, and a server's redirects bring names of its own choice
        return await _bootstrap(self._settings).lookup(name, timeout)

    def reports(self) -> dict[str, FeedReport]:
        """Say how each feed does, by the names of its lists."""
        feeds = self.feeds
        return {
            list_.name: feed_report(spec, feeds[key].state if key in feeds else State(url=spec.url), self._store)
            for key, spec in self.wanted.items()
            for list_ in spec.lists
        }

    # for whoever compiles the lists

    @property
    def candidates(self) -> list[Candidate]:
        """What came and waits to be judged."""
        return [feed.candidate for feed in self.feeds.values() if feed.candidate and not feed.candidate.verdict.done()]

    def located(self, lists: Sequence[ListConfig], candidates: Sequence[Candidate] = ()) -> tuple[ListConfig, ...]:
        """Give lists of urls the file to read: the candidate's, or the last good copy, which need not be there."""
        offered = {candidate.key for candidate in candidates}
        found = []
        keys = {spec.url: key for key, spec in specs(lists).items()}
        for list_ in lists:
            key = keys.get(list_.url)
            suffix = ".new" if key in offered else ".list"
            found.append(replace(list_, path=str(self._store.path(key, suffix))) if key else list_)
        return tuple(found)

    def awaits(self, name: str) -> bool:
        """Whether a list is one that nothing has been fetched of yet."""
        return any(
            not self._store.path(key, ".list").exists()
            for key, spec in self.wanted.items()
            if any(list_.name == name for list_ in spec.lists)
        )

    async def judge(
        self, candidates: Sequence[Candidate], lists: Sequence[ListConfig], reports: Sequence[ListReport]
    ) -> None:
        """Accept or refuse what was compiled, by what the compiler says of the lists made of it."""
        by_list = {(report.name, report.category): report for report in reports}
        for key, spec in specs(lists).items():
            own = [by_list[list_.name, list_.category] for list_ in spec.lists]
            for candidate in candidates:
                if candidate.key == key:
                    await self.decide(candidate, _verdict(spec, own))

    async def decide(self, candidate: Candidate, reason: str) -> None:
        """Accept a candidate, or refuse it for a reason."""
        if candidate.verdict.done():
            return  # its feed ended meanwhile
        if not reason:
            try:
                await asyncio.to_thread(self._store.accept, candidate.key)
            except OSError as error:
                reason = f"can't be kept: {error.strerror or error}"
        if not candidate.verdict.done():
            candidate.verdict.set_result(reason)


def _bootstrap(settings: Settings) -> Bootstrap:
    """Make what resolves: `[upstream] bootstrap`, else plain upstream servers, else resolv.conf without dnsguard."""
    named = settings.upstream.bootstrap or settings.upstream.servers
    plain = [server for text in named if text != "system" and (server := parse_server(text)).kind == "udp"]
    return Bootstrap(() if "system" in named else plain, own=settings.listen.dns)


def _verdict(spec: Spec, reports: Sequence[ListReport]) -> str:
    """Say why a body is refused: no list could be made of it. One that serves one of its lists is kept."""
    reasons = [_reason(list_, report) for list_, report in zip(spec.lists, reports, strict=True)]
    return reasons[0] if all(reasons) else ""


def _reason(list_: ListConfig, report: ListReport) -> str:
    if report.state != "read":
        return report.fault.removeprefix(f"{list_.url}: ").removeprefix(f"{list_.path}: ") or "could not be read"
    if not report.entries and list_.min_ratio:
        return "has no entry that can be used; set its min_ratio to 0 if it may be empty"
    return ""
