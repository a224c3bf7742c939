"""`dnsguard simulate`: thirteen behaviours, and the alerts they raise."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from dnsguard.alerts.trim import safe
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.cli import alert_view
from dnsguard.cli.options import ConfigOption
from dnsguard.config import Settings, load
from dnsguard.errors import DnsguardError
from dnsguard.model import Severity
from dnsguard.simulate.run import OnProgress, Outcome, Result
from dnsguard.simulate.run import simulate as play

app = typer.Typer(add_completion=False)

WIDE: Final = 150
"""From here on there is room for whole ids. [characters]"""
NARROW: Final = 110
"""Below this there is none for what all of Microsoft's ids begin with. [characters]"""
PREFIX: Final = "AzureDNS_"


@app.command()
def simulate(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each behaviour, in order.")] = False,
    config: ConfigOption = None,
) -> None:
    """Play thirteen behaviours against a server of its own, and show the alert that each raises.

    A private upstream, a server with a folder of its own, and a webhook's receiver are started on free loopback ports:
    no network is needed, and nothing that runs here is touched. With --config, that file's modes, detectors, lists and
    allowed names hold. Exit code 0: all thirteen alerts arrived, signed.
    """
    settings = load(config)
    with _progress() as on_progress:
        result = asyncio.run(_run(settings, on_progress))
    if as_json:
        for outcome in result.outcomes:
            typer.echo(_json(outcome))
    else:
        console = alert_view.console()
        console.print(table(result.outcomes, console.width))
        console.print(summary(result))
    if result.missing or result.refused:
        for line in result.troubles:
            typer.echo(f"server: {line}", err=True)
        raise DnsguardError(_fault(result))


async def _run(settings: Settings, on_progress: OnProgress) -> Result:
    """Play; a signal to end ends the server as well."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await play(settings, BEHAVIOURS, on_progress)


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """Show how far we are, if somebody sees it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _what, _arrived: None
        return
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("alerts; {task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(BEHAVIOURS))
        yield lambda what, arrived: progress.update(task, description=what, completed=arrived)


def table(outcomes: tuple[Outcome, ...], width: int) -> Table:
    """Lay the outcomes out, ids whole where `width` [characters] has room for them."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("", no_wrap=True)
    made.add_column("BEHAVIOUR: A CLIENT …", overflow="fold")
    made.add_column("ALERT" if width >= NARROW else f"ALERT: {PREFIX}…", no_wrap=True)
    made.add_column("SEVERITY", no_wrap=True)
    made.add_column("AFTER", justify="right", no_wrap=True)
    made.add_column("ALERT ID", overflow="fold")
    for outcome in outcomes:
        arrival = outcome.arrival
        if arrival is None or outcome.seconds is None:
            what = (Text("-"), Text("-"), Text("did not arrive", "red"))
        else:
            shown = safe(arrival.id if width >= WIDE else arrival.id[: alert_view.SHORT])
            what = (_severity(arrival.severity), Text(_after(outcome.seconds)), Text(shown, "dim"))
        mark = Text("✗", "red") if arrival is None else Text("✓", "green")
        name = outcome.alert_type.id if width >= NARROW else outcome.alert_type.id.removeprefix(PREFIX)
        made.add_row(mark, outcome.behaviour.story, name, *what)
    return made


def summary(result: Result) -> Text:
    """Say in one line what arrived."""
    total = len(result.outcomes)
    arrived = total - len(result.missing)
    others = f"; {result.others} more besides" if result.others else ""
    return Text(
        f"{arrived} of {total} alerts arrived, their signatures verified{others}; {result.seconds:.1f} s in all",
        "bold green" if arrived == total else "bold red",
    )


def _fault(result: Result) -> str:
    if result.missing:
        return f"no alert arrived for {', '.join(outcome.behaviour.slug for outcome in result.missing)}"
    return f"{result.refused} messages at the receiver were not signed as they should be"


def _severity(text: str) -> Text:
    return Text(safe(text), alert_view.STYLES.get(Severity.parse(text), ""))


def _after(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _json(outcome: Outcome) -> str:
    arrival = outcome.arrival
    return msgspec.json.encode(
        {
            "slug": outcome.behaviour.slug,
            "behaviour": outcome.behaviour.story,
            "client": outcome.client,
            "packets": outcome.packets,
            "alertType": outcome.alert_type.id,
            "arrived": arrival is not None,
            "severity": arrival.severity if arrival else None,
            "seconds": None if outcome.seconds is None else round(outcome.seconds, 4),
            "systemAlertId": arrival.id if arrival else None,
            "description": arrival.description if arrival else None,
        }
    ).decode()
