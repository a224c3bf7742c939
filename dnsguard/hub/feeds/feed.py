"""One feed: fetched when due, offered to the judge, and either accepted or kept aside; its state is always on disk."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dnsguard.errors import DnsguardError
from dnsguard.hub.feeds import schedule, trouble
from dnsguard.hub.feeds.errors import FetchError, RefusedError
from dnsguard.hub.feeds.fetch import Fetched, Fetcher, Progress, Request, explain
from dnsguard.hub.feeds.spec import Spec
from dnsguard.hub.feeds.store import Refusal, State, Store
from dnsguard.model import Detection

Announce = Callable[[Detection], Awaitable[None]]
"""Puts an operational alert on its way; raises DnsguardError if it can't now."""
Phase = Literal["waiting", "queued", "fetching", "judging"]

LOOK: Final = 60.0
"""The clock is looked at this often: timers stand still while a machine sleeps. [seconds]"""

_log = logging.getLogger("dnsguard.hub.feeds")


@dataclass(slots=True, eq=False)
class Candidate:
    """What came, in KEY.new, until it is judged."""

    key: str
    verdict: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Why it is refused; empty: it was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What all feeds use."""

    store: Store
    fetcher: Fetcher
    slots: asyncio.Semaphore
    on_candidate: Callable[[], None]
    announce: Announce | None
    clock: Callable[[], float]
    """Unix seconds."""
    rng: random.Random


class Feed:
    """`run` it as long as a list names it."""

    def __init__(self, spec: Spec, state: State, tools: Tools) -> None:
        self.spec: Final = spec
        self.state: Final = state
        self.phase: Phase = "waiting"
        self.progress: Final = Progress()
        self.candidate: Candidate | None = None
        self.rounds = 0
        """Attempts that have ended."""
        self.outcome = ""
        """Of the last one, for a person."""
        self._tools: Final = tools
        self._wake: Final = asyncio.Event()

    def hurry(self) -> None:
        """Fetch now."""
        self._wake.set()

    async def run(self) -> None:
        """Fetch when due, until cancelled."""
        state, tools = self.state, self._tools
        while True:
            while pause := schedule.wait(state.due, tools.clock(), self.spec.how.refresh):
                try:
                    async with asyncio.timeout(min(pause, LOOK)):
                        await self._wake.wait()
                    break
                except TimeoutError:
                    continue
            self._wake.clear()
            self.phase = "queued"
            try:
                async with tools.slots:
                    await self._attempt()
            except Exception as error:  # noqa: BLE001 - ours to mend, and no reason to leave the other feeds alone
                _log.exception("fetching a feed crashed", extra={"list": self.spec.label})
                self._failed(f"internal error: {type(error).__name__}", None)
            finally:
                self.phase = "waiting"
            self.rounds += 1

    async def _attempt(self) -> None:
        """Fetch once, and note what became of it."""
        key, store = self.spec.key, self._tools.store
        self.phase = "fetching"
        self.progress.received, self.progress.total = 0, None
        try:
            fetched = await self._tools.fetcher.fetch(self._request(), store.path(key, ".part"), self.progress)
            if fetched is None:
                self._good("is unchanged")
            else:
                await self._judge(fetched)
        except RefusedError as error:
            await self._refuse(str(error), error.retry_after)
        except (FetchError, OSError) as error:
            self._failed(explain(error), error.retry_after if isinstance(error, FetchError) else None)
        finally:
            self.candidate = None
            # also when cancelled: what is left here will never be judged
            await _quietly(asyncio.to_thread(store.drop, key))
        await self._note()

    async def _judge(self, fetched: Fetched) -> None:
        """Have what came judged by whoever compiles lists; RefusedError if it must not be believed."""
        state, store, key = self.state, self._tools.store, self.spec.key
        if fetched.digest == state.digest:
            self._accepted(fetched, "is unchanged")
            return
        await asyncio.to_thread(store.offer, key)
        self.phase = "judging"
        self.candidate = Candidate(key)
        self._tools.on_candidate()
        if reason := await self.candidate.verdict:
            raise RefusedError(reason)
        state.fetched = self._tools.clock()
        self._accepted(fetched, "is new")

    def _accepted(self, fetched: Fetched, outcome: str) -> None:
        state = self.state
        state.etag, state.modified = fetched.etag, fetched.modified
        state.size, state.digest, state.pin = fetched.size, fetched.digest, self.spec.how.sha256
        state.fetched = state.fetched or self._tools.clock()
        self._good(outcome)

    def _good(self, outcome: str) -> None:
        state, now = self.state, self._tools.clock()
        if state.error:
            _log.info("feed is had again", extra={"list": self.spec.label})
        state.checked, state.failures, state.error, state.refused, state.removed = now, 0, "", None, 0.0
        state.due = now + schedule.after_success(self.spec.how.refresh, self._tools.rng)
        self.outcome = outcome

    async def _refuse(self, reason: str, retry_after: float | None) -> None:
        now = self._tools.clock()
        size = await asyncio.to_thread(self._tools.store.refuse, self.spec.key)
        self.state.refused = Refusal(reason=reason, at=now, size=size)
        self._failed(reason, retry_after)
        # what its author published will be there for a while
        self.state.due = max(self.state.due, now + schedule.after_success(self.spec.how.refresh, self._tools.rng))

    def _failed(self, error: str, retry_after: float | None) -> None:
        state, tools = self.state, self._tools
        state.failures += 1
        state.error = error
        state.due = tools.clock() + schedule.after_failure(
            state.failures, self.spec.how.refresh, retry_after, tools.rng
        )
        self.outcome = error
        _log.warning("feed not taken", extra={"list": self.spec.label, "error": error, "failures": state.failures})

    async def _note(self) -> None:
        """Tell what is to be told, and write the state; a disk that takes nothing is told in the log."""
        now = self._tools.clock()
        alert = trouble.due(self.state, self.spec, now)
        if alert is not None and self._tools.announce is not None:
            try:
                await self._tools.announce(alert)
            except DnsguardError as error:
                # not noted as told, so it is tried again with the next attempt
                _log.warning("an operational alert could not be stored", extra={"error": str(error)})
            else:
                trouble.told(self.state, alert, now)
        try:
            await asyncio.to_thread(self._tools.store.save, self.spec.key, self.state)
        except OSError as error:
            _log.error("a feed's state can't be written", extra={"list": self.spec.label, "error": str(error)})

    def _request(self) -> Request:
        how, state = self.spec.how, self.state
        # a copy that was not held against this pin must come again
        known = how.sha256 == state.pin
        return Request(
            url=self.spec.url,
            max_size=how.max_size,
            sha256=how.sha256,
            checksum_url=how.checksum_url,
            allow_private=how.allow_private,
            etag=state.etag if known else "",
            modified=state.modified if known else "",
        )


async def _quietly(work: Awaitable[Any]) -> None:
    try:
        await work
    except OSError as error:
        _log.error("a feed's file can't be removed", extra={"error": str(error)})
