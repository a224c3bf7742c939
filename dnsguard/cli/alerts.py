"""`dnsguard alerts`: what was told, read from the outbox; it works whether the hub runs or not, and changes nothing."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dnsguard.alerts import record
from dnsguard.alerts.database import NAME
from dnsguard.alerts.reader import Delivery, Reader, Stored, Wanted
from dnsguard.alerts.texts import STEPS, TEXTS
from dnsguard.alerts.trim import shorten
from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.errors import DnsguardError
from dnsguard.model import ALERT_TYPES, Duration, Severity
from dnsguard.tasks import clock

FOLLOW: Final = 0.5
"""How often `tail` looks. [seconds]"""
STYLES: Final = {
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}
SHORT: Final = 8
"""Characters of an id that tell alerts apart well enough; `show` takes them."""

app = typer.Typer(no_args_is_help=True, add_completion=False)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line: Microsoft's alert fields.")]
SeverityOption = Annotated[str, typer.Option("--severity", metavar="LEVEL", help="This severity, or a higher one.")]
ClientOption = Annotated[str, typer.Option("--client", metavar="ADDRESS", help="Alerts of this client.")]
DomainOption = Annotated[str, typer.Option("--domain", metavar="NAME", help="Alerts of this domain and all below it.")]
TypeOption = Annotated[str, typer.Option("--type", metavar="TYPE", help="Such as threat_intel.")]


@app.callback()
def alerts() -> None:
    """Read the alerts that were raised."""


@app.command("list")
def list_(
    *,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 30,
    since: Annotated[str, typer.Option("--since", metavar="AGE", help='Seen in the last "1h", "7d" …')] = "",
    severity: SeverityOption = "Informational",
    client: ClientOption = "",
    domain: DomainOption = "",
    type_: TypeOption = "",
    as_json: JsonOption = False,
) -> None:
    """List alerts, the newest first."""
    wanted = _wanted(severity, client, domain, type_, since)
    found = _reader(config).latest(wanted, limit)
    if as_json:
        for stored in found:
            typer.echo(_json(stored))
        return
    if not found:
        typer.echo("no alerts", err=True)
        return
    console = _console()
    table = _table(found)
    if console.measure(table).minimum <= console.width:
        console.print(table)
        return
    for stored in found:
        console.print(_line(stored), soft_wrap=True)


@app.command()
def tail(
    *,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many to begin with.")] = 10,
    severity: SeverityOption = "Informational",
    client: ClientOption = "",
    domain: DomainOption = "",
    type_: TypeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show alerts as they are told, and told again, until interrupted."""
    wanted = _wanted(severity, client, domain, type_)
    reader = _reader(config)
    console = _console()
    newest = reader.latest(Wanted(), 1)
    turn = newest[0].turn if newest else 0
    found = reader.latest(wanted, limit) if limit else []
    try:
        while True:
            for stored in reversed(found):
                if as_json:
                    typer.echo(_json(stored))
                else:
                    console.print(_line(stored), soft_wrap=True)
                turn = max(turn, stored.turn)
            time.sleep(FOLLOW)
            found = reader.latest(dataclasses.replace(wanted, after=turn), sys.maxsize)
    except KeyboardInterrupt:
        return


@app.command()
def show(
    alert_id: Annotated[
        str, typer.Argument(metavar="ID", help="An alert's id, also its beginning, or one a client got.")
    ],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one alert: what happened, how it is known, and what to do."""
    found = _reader(config).find(alert_id.strip().lower())
    if not found:
        raise DnsguardError(f"no alert {shorten(_safe(alert_id), 60)}; `dnsguard alerts list` shows those there are")
    if len(found) > 1:
        ids = ", ".join(stored.alert.id for stored in found)
        raise DnsguardError(f"{shorten(_safe(alert_id), 60)} begins several ids: {ids}")
    if as_json:
        typer.echo(_json(found[0]))
        return
    _page(_console(), found[0])


def _reader(config: Path | None) -> Reader:
    return Reader(load(config).state_dir / NAME)


def _wanted(severity: str, client: str, domain: str, slug: str, since: str = "") -> Wanted:
    try:
        level = Severity.parse(severity)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--severity") from None
    try:
        start = clock() - Duration.parse(since) if since else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
    if slug and slug not in ALERT_TYPES:
        raise typer.BadParameter(f"is none of {', '.join(ALERT_TYPES)}", param_hint="--type")
    return Wanted(since=start, severity=level, client=client, zone=domain.lower().rstrip("."), slug=slug)


def _console() -> Console:
    # a pipe has no width: nothing may be cut for it
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 200)


def _json(stored: Stored) -> str:
    told: dict[str, Any] = {"messages": stored.messages, "pending": stored.pending, "givenUp": stored.given_up}
    if stored.deliveries:
        told["deliveries"] = [
            {
                "webhook": delivery.webhook,
                "id": delivery.id,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "error": delivery.error,
            }
            for delivery in stored.deliveries
        ]
    return msgspec.json.encode(record.alert(stored.alert) | {"delivery": told}).decode()


def _table(found: list[Stored]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    columns: tuple[tuple[str, dict[str, Any]], ...] = (
        ("LAST SEEN (UTC)", {}),
        ("SEVERITY", {}),
        ("CLIENT", {}),
        # these two make room on a narrow terminal
        ("DOMAIN", {"no_wrap": False, "overflow": "fold", "min_width": 18}),
        ("ALERT", {"no_wrap": False, "overflow": "fold", "min_width": 18}),
        ("ACTION", {}),
        ("TIMES", {"justify": "right"}),
        ("DELIVERY", {}),
        ("ID", {}),
    )
    for heading, options in columns:
        table.add_column(heading, **({"no_wrap": True} | options))
    for stored in found:
        alert = stored.alert
        table.add_row(
            record.moment(alert.last),
            Text(alert.severity.text, STYLES[alert.severity]),
            _safe(alert.worst.client),
            _safe(alert.worst.zone or "."),
            alert.worst.slug,
            _action(stored),
            str(alert.count),
            _delivery(stored),
            Text(alert.id[:SHORT], "dim"),
        )
    return table


def _line(stored: Stored) -> Text:
    alert = stored.alert
    return Text.assemble(
        (record.moment(alert.told), "dim"),
        "  ",
        (f"{alert.severity.text:<13}", STYLES[alert.severity]),
        " ",
        _safe(record.describe(alert)),
        "  ",
        (alert.id[:SHORT], "dim"),
    )


def _page(console: Console, stored: Stored) -> None:
    """Print an alert so that one can agree or disagree with it in ten seconds: verdict, evidence, then the rest."""
    alert = stored.alert
    worst = alert.worst
    kind = ALERT_TYPES[worst.slug]
    words = {"client": worst.client, "zone": worst.zone or "."}
    console.print(Text.assemble((alert.severity.text.upper(), STYLES[alert.severity]), "  ", (kind.title, "bold")))
    console.print(Text(_safe(record.describe(alert))))
    console.print()

    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    group = f" (group {worst.group})" if worst.group else ""
    facts.add_row("Client", _safe(worst.client + group))
    facts.add_row("Asked for", _safe(f"{worst.name or '.'} {worst.qtype}"))
    if others := [name for name in alert.names if name != worst.name]:
        facts.add_row("", _safe("also " + ", ".join(shorten(name, record.NAME_SHOWN) for name in others)))
    facts.add_row("Action", _action(stored))
    facts.add_row(
        "Seen", f"{alert.count} {'time' if alert.count == 1 else 'times'}, {record.span(alert.first, alert.last)}"
    )
    facts.add_row("Why", _safe(record.reason(worst)))
    for number, (key, value) in enumerate(record.evidence_rows(worst.evidence)):
        facts.add_row("" if number else "Evidence", _safe(f"{key}: {value}"))
    facts.add_row("Technique", f"{worst.technique}, {kind.intent}")
    for number, delivery in enumerate(stored.deliveries):
        facts.add_row("" if number else "Delivery", _told(delivery))
    if not stored.deliveries:
        facts.add_row("Delivery", "to no webhook")
    facts.add_row("Id", alert.id)
    console.print(facts)
    console.print()

    expected, otherwise = (step.format_map(words) for step in STEPS)
    for number, step in enumerate((expected, TEXTS[worst.slug].first_step.format_map(words), otherwise), start=1):
        console.print(Text(f"{number}. {_safe(step)}"))


def _told(delivery: Delivery) -> Text:
    where = f"{_safe(delivery.webhook)}, told {record.moment(delivery.told)}"
    if delivery.done is not None and delivery.state == "delivered":
        return Text(f"{where}: delivered {record.moment(delivery.done)}")
    tries = f"{delivery.attempts} {'attempt' if delivery.attempts == 1 else 'attempts'}"
    error = f", last: {_safe(delivery.error)}" if delivery.error else ""
    if delivery.done is not None:
        return Text(f"{where}: GIVEN UP {record.moment(delivery.done)} after {tries}{error}", "red")
    again = f", again at {record.moment(delivery.due)}" if delivery.due else ""
    return Text(f"{where}: pending, {tries}{error}{again}", "yellow")


def _delivery(stored: Stored) -> Text:
    if stored.given_up:
        return Text("GIVEN UP", "red")
    if stored.pending:
        return Text("pending", "yellow")
    return Text("delivered" if stored.messages else "-", "dim")


def _action(stored: Stored) -> Text:
    blocked = stored.alert.worst.action == "block"
    return Text("blocked" if blocked else "allowed", "green" if blocked else "")


def _safe(text: str) -> str:
    """Escape what could drive a terminal: names and evidence are the attacker's words."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
