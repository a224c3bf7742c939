"""`dnsguard lists update`: lists that have a url, fetched now, by the hub that runs or without one."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from dnsguard.cli.options import ConfigOption
from dnsguard.config import Settings, load
from dnsguard.errors import DnsguardError
from dnsguard.hub import control
from dnsguard.hub.update import FeedStatus, Status, alone

WORDS: Final = {"waiting": "waits", "queued": "waits", "fetching": "is fetched", "judging": "is read"}


def update(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[LIST]…", help="Names of lists; all, without any.")
    ] = None,
    *,
    config: ConfigOption = None,
) -> None:
    """Fetch lists that have a url now, whenever they were due; a running dnsguard takes what is new into use."""
    settings = load(config)
    if not any(list_.url for list_ in settings.lists):
        raise DnsguardError("no list has a url; config.toml shows public feeds that can be switched on")
    with Bars() if sys.stderr.isatty() else nullcontext(_silent) as show:
        status = _update(settings, names or [], show)
    for feed in status.feeds:
        typer.echo(_line(feed))
    if status.error:
        raise DnsguardError(status.error)
    if not all(feed.good for feed in status.feeds):
        raise typer.Exit(1)


def _update(settings: Settings, names: list[str], show: Callable[[Status], None]) -> Status:
    if (status := control.update(settings.state_dir, names, show)) is not None:
        return status
    return asyncio.run(alone(settings, names, show))


def _line(feed: FeedStatus) -> str:
    if not feed.done:
        return f"{feed.lists}: not fetched"
    return f"{feed.lists}: {feed.outcome}" if feed.good else f"{feed.lists}: not taken: {feed.outcome}"


def _silent(_status: Status) -> None:
    pass


class Bars:
    """A bar for each feed, and one for the compiler, on a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress: Final = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[how]}"),
            console=console or Console(stderr=True),
        )
        self._tasks: Final[dict[str, TaskID]] = {}

    def __enter__(self) -> Callable[[Status], None]:
        self._progress.start()
        return self.show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, status: Status) -> None:
        """Draw how far it is."""
        for feed in status.feeds:
            if feed.done:
                self._draw(feed.lists, 1, 1, "done" if feed.good else "not taken")
            else:
                self._draw(feed.lists, feed.received, feed.total, _how(feed))
        if status.compiling is not None:
            phase, done, total = status.compiling
            self._draw("", done, total or None, phase)

    def _draw(self, name: str, done: int, total: int | None, how: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name or "all lists", total=None, how="")
        self._progress.update(self._tasks[name], completed=done, total=total, how=how)


def _how(feed: FeedStatus) -> str:
    if feed.phase != "fetching":
        return WORDS[feed.phase]
    return f"{feed.received / 1e6:.1f} MB"
