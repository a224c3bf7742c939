"""`dnsguard replay`: the alerts that a configuration raises on recorded traffic."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from dnsguard import assemble
from dnsguard.alerts import record
from dnsguard.alerts.alert import Alert
from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.intel.once import SNAPSHOTS, snapshot_once
from dnsguard.replay.files import merged, open_source
from dnsguard.replay.frames import PORTS
from dnsguard.replay.recorded import DamagedError, Recorded, Skipped
from dnsguard.replay.run import Replay
from dnsguard.replay.source import Source
from dnsguard.tasks import clock

app = typer.Typer(add_completion=False)

PROGRESS_EVERY: Final = 1000
"""Messages between two looks at how far we are."""


@app.command()
def replay(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="pcap, pcapng or Zeek dns.log, also gzipped; - is standard input."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Each alert as a JSON object, as webhooks get it.")] = False,
    port: Annotated[
        list[int] | None, typer.Option(min=1, max=65535, help="A port DNS servers listened on, besides 53; repeatable.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Show the alerts that recorded traffic raises under this configuration, one a line.

    All times are recorded times. Several files count as one recording, in order of time.
    """
    settings = load(config)
    lists, faults = snapshot_once(settings.lists, settings.base, settings.state_dir / SNAPSHOTS, now=clock())
    troubles = Troubles()
    for fault in faults:
        troubles.warn(fault)
    rules = assemble.rules(settings, lists, lists.generation, troubles.crashed)
    run = Replay(
        rules,
        timeout=settings.upstream.timeout,
        repeat_every=settings.alerts.repeat_every,
        mask_clients=settings.alerts.mask_clients,
    )
    skipped = Skipped()
    sources = list(_opened(files, troubles))
    messages = merged(sources, skipped, PORTS | frozenset(port or ()), troubles.warn)
    write = _json if as_json else _line
    with _progress(sources, messages) as watched:
        for alert in run.alerts(watched):
            typer.echo(write(alert))  # flushes: a pipe is to have each alert at once
    for source in sources:
        source.close()
    for reason, number in skipped.most_common():
        troubles.note(f"left out: {number} {reason}")
    seen = run.tally
    troubles.note(f"{seen.queries} queries, {seen.responses} responses, {seen.alerts} alerts")
    if troubles.any:
        raise typer.Exit(1)


class Troubles:
    """Says on standard error what went wrong, and remembers that something did."""

    def __init__(self) -> None:
        self.any = False
        self._crashed: set[str] = set()

    def warn(self, trouble: object) -> None:
        """Say it; the command will end with 1."""
        self.any = True
        self.note(f"dnsguard: {trouble}")

    def note(self, text: str) -> None:
        """Say what is no fault."""
        typer.echo(text, err=True)

    def crashed(self, slug: str, error: Exception) -> None:
        """Say once for each detector, and for the pipeline, that it crashed."""
        if slug not in self._crashed:
            self._crashed.add(slug)
            self.warn(f"{slug} crashed on a message, which was passed over: {error!r}")


def _opened(files: list[str], troubles: Troubles) -> Iterator[Source]:
    for name in files:
        try:
            yield open_source(name)
        except DamagedError as error:
            troubles.warn(error)


def _json(alert: Alert) -> str:
    return msgspec.json.encode(record.alert(alert)).decode()


def _line(alert: Alert) -> str:
    worst = alert.worst
    kind = record.alert(alert)["alertType"]
    times = f" ({alert.count} times until {record.iso(alert.last)})" if alert.count > 1 else ""
    outcome = f"{record.action(worst).lower()}: {worst.reason}{times}"
    when = record.iso(alert.first)
    return f"{when}  {alert.severity.text:<13}  {kind:<34}  {worst.client:<15}  {worst.name or '.'}  {outcome}"


@contextmanager
def _progress(sources: list[Source], messages: Iterator[Recorded]) -> Iterator[Iterator[Recorded]]:
    """Show a bar while messages are taken, if somebody sees it."""
    console = Console(stderr=True)
    total = sum(source.size for source in sources)
    if not console.is_terminal or not total:
        yield messages
        return
    columns = (TextColumn("replay"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    # alerts go above the bar if both are on one terminal, and nowhere near it if they go into a file
    with Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()) as progress:
        task = progress.add_task("replay", total=total)

        def watched() -> Iterator[Recorded]:
            for number, message in enumerate(messages):
                if number % PROGRESS_EVERY == 0:
                    progress.update(task, completed=sum(source.position() for source in sources))
                yield message

        yield watched()
