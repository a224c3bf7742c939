"""The compiled lists: what workers use, what is wrong with it, and which of the feeds' bodies are believed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.config import Settings
from dnsguard.errors import ListError
from dnsguard.hub import compiler
from dnsguard.hub.feeds.feed import Candidate
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.intel import snapshot
from dnsguard.intel.compile import CompileResult, ListReport, latest
from dnsguard.tasks import clock

AGAIN: Final = 60.0
"""Wait before what feeds brought is tried again after the compiler failed altogether. [seconds]"""


class Lists:
    """The compiled lists that workers are to use, and what is wrong with them."""

    def __init__(self, directory: Path, feeds: Feeds | None = None) -> None:
        """Take the folder of snapshots, and the feeds whose bodies are judged here."""
        self._directory: Final = directory
        self._feeds: Final = feeds
        self._not_before = 0.0
        self.under_way: tuple[str, int, int] | None = None
        """What the compiler does now, how far it is, and of how much."""
        self.path: Path | None = None
        """The snapshot's folder; None: there is none."""
        self.reports: tuple[ListReport, ...] = ()
        self.read: dict[tuple[str, str], float] = {}
        """When each list's content last changed, by (name, category). [unix seconds]"""
        self.error = ""
        """Why no snapshot could be written; the last one stays."""

    async def compile(self, settings: Settings) -> bool:
        """Read all lists; says whether there is a new snapshot. What is wrong stands in `reports` and `error`."""
        before = self.path
        try:
            result = await self._judged(settings, self._feeds.candidates if self._feeds else ())
        except ListError as error:
            self._not_before = clock() + AGAIN
            self.error = str(error)
            if self.path is None and (old := latest(self._directory)) is not None:
                self.path = old.path
        else:
            self.error = ""
            self._not_before = 0.0
            self.path, self.reports = result.path, tuple(map(self._told, result.lists))
        self.read = _read_times(self.path)
        return self.path != before

    @property
    def stale(self) -> bool:
        """Whether a feed has brought something that is to be compiled now."""
        return self._feeds is not None and bool(self._feeds.candidates) and not clock() < self._not_before

    async def _judged(self, settings: Settings, candidates: Sequence[Candidate]) -> CompileResult:
        """Compile with what feeds have brought, and tell them what is believed; ListError if nothing can be compiled.

        Where the compiler fails, it is tried without them: a body that kills it must not keep all lists unread.
        """
        lists = self._feeds.located(settings.lists, candidates) if self._feeds else settings.lists
        try:
            behind = self.path is not None
            job = compiler.Job(lists=lists, base=settings.base, directory=self._directory, now=clock(), behind=behind)
            try:
                result = await compiler.run(job, self._on_progress)
            finally:
                self.under_way = None
        except ListError as error:
            if not candidates or self._feeds is None:
                raise
            result = await self._judged(settings, ())
            for candidate in candidates:
                if len(candidates) == 1:
                    await self._feeds.decide(candidate, str(error))
                else:
                    result = await self._judged(settings, (candidate,))
            return result
        if self._feeds is not None:
            await self._feeds.judge(candidates, lists, result.lists)
        return result

    def _on_progress(self, phase: str, done: int, total: int) -> None:
        self.under_way = phase, done, total

    def _told(self, report: ListReport) -> ListReport:
        """What a feed has not brought yet is no fault of the list."""
        if self._feeds is not None and report.state == "absent" and self._feeds.awaits(report.name):
            return replace(report, fault="")
        return report

    def take_latest(self) -> None:
        """Use the snapshot that an earlier run left, while the lists are still read."""
        if (old := latest(self._directory)) is not None:
            self.path = old.path
            self.read = _read_times(self.path)
        self.error = "the lists are still being read; " + ("those of the last run are used" if old else "none are used")

    @property
    def faults(self) -> list[str]:
        """One line for each thing that is wrong."""
        told = [f"list {report.name!r}: {report.fault}" for report in self.reports if report.fault]
        return [self.error, *told] if self.error else told


def _read_times(path: Path | None) -> dict[tuple[str, str], float]:
    if path is None:
        return {}
    try:
        meta = msgspec.json.decode((path / snapshot.META).read_bytes(), type=snapshot.Meta)
    except (OSError, msgspec.MsgspecError):
        return {}
    return {(item.name, item.category): item.read for item in meta.lists}
