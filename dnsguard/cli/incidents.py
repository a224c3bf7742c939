"""`dnsguard incidents`: alerts of one client that belong together, read from the outbox as `dnsguard alerts` does."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from dnsguard.alerts import record
from dnsguard.alerts.database import NAME
from dnsguard.alerts.incidents import STAGES, Incident, as_record
from dnsguard.alerts.reader import Reader
from dnsguard.alerts.trim import safe, shorten
from dnsguard.cli.alert_view import SHORT, STYLES, console
from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.errors import DnsguardError
from dnsguard.model import Duration, Severity
from dnsguard.tasks import clock

SHOWN: Final = 200
"""Alerts of a timeline that are shown; `dnsguard alerts list --incident` has all."""
app = typer.Typer(no_args_is_help=True, add_completion=False)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def incidents() -> None:
    """Show the alerts of one client that belong together."""


@app.command("list")
def list_(
    *,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 30,
    since: Annotated[str, typer.Option("--since", metavar="AGE", help='Seen in the last "1h", "7d" …')] = "",
    severity: Annotated[
        str, typer.Option("--severity", metavar="LEVEL", help="This severity, or a higher one.")
    ] = "Informational",
    client: Annotated[str, typer.Option("--client", metavar="ADDRESS", help="Incidents of this client.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also incidents of a single alert.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List incidents of two alerts or more, the newest first."""
    try:
        level = Severity.parse(severity)
        start = clock() - Duration.parse(since) if since else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--severity or --since") from None
    found = _reader(config).incidents(limit, since=start, client=client, least=1 if everything else 2, severity=level)
    if as_json:
        for one in found:
            typer.echo(msgspec.json.encode(as_record(one)).decode())
        return
    if not found:
        typer.echo("no incidents", err=True)
        return
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("LAST SEEN (UTC)", "SEVERITY", "CLIENT", "STAGES", "ALERTS", "ID"):
        made.add_column(heading, overflow="fold", justify="right" if heading == "ALERTS" else "left")
    for one in found:
        made.add_row(
            record.moment(one.last),
            Text(one.severity.text, STYLES[one.severity]),
            Text(safe(one.client)),
            " > ".join(one.stages) or "-",
            str(one.alerts),
            Text(one.id[:SHORT], "dim"),
        )
    console().print(made)


@app.command()
def show(
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="An incident's id, also its beginning.")],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one incident: how it went, and each alert in order of time."""
    reader = _reader(config)
    text = incident_id.strip().lower()
    found = reader.incident(text) if text else []
    if len(found) != 1:
        wrong = f"begins several ids: {', '.join(one.id for one in found)}" if found else "is no incident's id"
        raise DnsguardError(f"{shorten(safe(text), 60)!r} {wrong}; `dnsguard incidents list --all` shows them")
    (one,) = found
    timeline = reader.timeline(one.id, SHOWN)
    if as_json:
        alerts = [record.alert(stored.alert) for stored in timeline]
        typer.echo(msgspec.json.encode(as_record(one) | {"timeline": alerts}).decode())
        return
    out = console()
    many = "alert" if one.alerts == 1 else "alerts"
    out.print(
        Text.assemble(
            (one.severity.text.upper(), STYLES[one.severity]),
            "  ",
            (f"{safe(one.client)}: {one.alerts} {many}", "bold"),
        )
    )
    out.print(Text(f"{record.span(one.first, one.last)}; {progress(one)}"))
    out.print()
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("FIRST SEEN (UTC)", "STAGE", "SEVERITY", "WHAT", "ID"):
        made.add_column(heading, overflow="fold")
    for stored in timeline:
        alert = stored.alert
        made.add_row(
            record.moment(alert.first),
            str(STAGES.get(alert.worst.slug, "-")),
            Text(alert.severity.text, STYLES[alert.severity]),
            Text(safe(record.describe(alert))),
            Text(alert.id[:SHORT], "dim"),
        )
    out.print(made)
    if one.alerts > len(timeline):
        out.print(Text(f"{one.alerts - len(timeline)} more are not shown, or no longer kept", "dim"))


def progress(one: Incident) -> str:
    """Say how far it got, and what that makes of its severity."""
    if len(one.stages) < 2:
        return f"one stage of an attack ({one.stages[0]})" if one.stages else "no stage of an attack is recognised"
    raised = f", which raises {one.worst.text} to {one.severity.text}" if one.severity > one.worst else ""
    return f"{len(one.stages)} stages of an attack ({', then '.join(one.stages)}){raised}"


def _reader(config: Path | None) -> Reader:
    return Reader(load(config).state_dir / NAME)
