"""`dnsguard alerts`: what was told, read from the outbox; it works whether the hub runs or not.

`suppress` changes config.toml, `feedback` marks an alert; the others change nothing.
"""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from dnsguard.alerts import operational, record
from dnsguard.alerts.database import NAME
from dnsguard.alerts.feedback import Verdict
from dnsguard.alerts.reader import Reader, Stored, Wanted
from dnsguard.alerts.tally import tally
from dnsguard.alerts.trim import safe
from dnsguard.cli import alert_report, suppressing
from dnsguard.cli import alert_view as view
from dnsguard.cli.options import ConfigOption, who
from dnsguard.config import checks, load
from dnsguard.config import suppressing as suppressions_of
from dnsguard.errors import DnsguardError
from dnsguard.hub.commands import MarkAlert, MarkAnswer
from dnsguard.hub.control import ask
from dnsguard.hub.feedback import mark_alone, one_alert
from dnsguard.model import ALERT_TYPES, Duration, Severity
from dnsguard.tasks import clock

FOLLOW: Final = 0.5
"""How often `tail` looks. [seconds]"""
app = typer.Typer(no_args_is_help=True, add_completion=False)

AllOption = Annotated[
    bool, typer.Option("--all", help="Also what was only counted: found in shadow mode, or suppressed.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line: Microsoft's alert fields.")]
SeverityOption = Annotated[str, typer.Option("--severity", metavar="LEVEL", help="This severity, or a higher one.")]
ClientOption = Annotated[str, typer.Option("--client", metavar="ADDRESS", help="Alerts of this client.")]
DomainOption = Annotated[str, typer.Option("--domain", metavar="NAME", help="Alerts of this domain and all below it.")]
StormOption = Annotated[str, typer.Option("--storm", metavar="ID", help="Alerts that this storm told of.")]
IncidentOption = Annotated[str, typer.Option("--incident", metavar="ID", help="Alerts of this incident.")]
TypeOption = Annotated[str, typer.Option("--type", metavar="TYPE", help="Such as threat_intel.")]


@app.callback()
def alerts() -> None:
    """Read the alerts that were raised, and say which are expected."""


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
    storm: StormOption = "",
    incident: IncidentOption = "",
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """List alerts, the newest first."""
    wanted = dataclasses.replace(
        _wanted(severity, client, domain, type_, since), untold=everything, storm=storm, incident=incident
    )
    found = _reader(config).latest(wanted, limit)
    if as_json:
        for stored in found:
            typer.echo(_json(stored))
        return
    if not found:
        typer.echo("no alerts", err=True)
        return
    console = view.console()
    if table := view.table(found, console.width):
        console.print(table)
        return
    for stored in found:
        console.print(view.line(stored), soft_wrap=True)


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
    console = view.console()
    newest = reader.latest(Wanted(), 1)
    turn = newest[0].turn if newest else 0
    found = reader.latest(wanted, limit) if limit else []
    try:
        while True:
            for stored in reversed(found):
                if as_json:
                    typer.echo(_json(stored))
                else:
                    console.print(view.line(stored), soft_wrap=True)
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
    stored = _one(config, alert_id)
    if as_json:
        typer.echo(_json(stored))
        return
    view.page(view.console(), stored, _reader(config).mark(stored.alert.id))


@app.command()
def report(
    *,
    config: ConfigOption = None,
    since: Annotated[str, typer.Option("--since", metavar="AGE", help='Of the last "1h", "7d" …')] = "7d",
    client: ClientOption = "",
    domain: DomainOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each detector and group.")] = False,
) -> None:
    """Show what each detector found, and what blocking would have blocked, shadow mode included."""
    wanted = dataclasses.replace(_wanted("Informational", client, domain, "", since), untold=True)
    reader = _reader(config)
    rows = tally(reader.latest(wanted, sys.maxsize))
    marks = reader.marks(wanted.since)
    if as_json:
        for value in alert_report.as_json(rows, marks):
            typer.echo(msgspec.json.encode(value).decode())
        return
    if not rows:
        typer.echo("nothing was found", err=True)
        return
    console = view.console()
    console.print(alert_report.table(rows))
    console.print()
    console.print(alert_report.summary(rows, since), soft_wrap=True)
    if marks:
        console.print()
        console.print(alert_report.feedback_table(marks))


@app.command()
def feedback(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="An alert's id, also its beginning.")],
    *,
    config: ConfigOption = None,
    false_positive: Annotated[bool, typer.Option("--false-positive", help="It was a false alarm.")] = False,
    true_positive: Annotated[bool, typer.Option("--true-positive", help="It was right.")] = False,
    retract: Annotated[bool, typer.Option("--retract", help="Take the mark away.")] = False,
    note: Annotated[str, typer.Option("--note", help="How you know.")] = "",
) -> None:
    """Say whether an alert was right; `report` sums that up for each detector and list."""
    if false_positive + true_positive + retract != 1:
        raise typer.BadParameter("say one of --false-positive, --true-positive and --retract")
    verdict = None if retract else Verdict.FALSE_POSITIVE if false_positive else Verdict.TRUE_POSITIVE
    state_dir = load(config).state_dir
    answer = ask(state_dir, MarkAlert(alert=alert_id, verdict=verdict, by=who(), note=note), MarkAnswer)
    if answer is not None and answer.error:
        raise DnsguardError(answer.error)
    mark = answer.mark if answer is not None else mark_alone(state_dir, alert_id, verdict, by=who(), note=note)
    assert mark is not None
    said = "has no mark any more" if retract else f"is marked as a {view.said(mark.verdict)}"
    typer.echo(f"alert {mark.alert} ({mark.slug}, {safe(mark.zone) or '.'}) {said}")
    if false_positive:
        typer.echo(f"to have its like neither told nor blocked: dnsguard alerts suppress {mark.alert[:8]} --reason …")


@app.command()
def suppress(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="An alert's id, also its beginning.")],
    *,
    config: ConfigOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is expected; whoever comes later reads it.")],
    lasts: Annotated[str, typer.Option("--for", metavar="TIME", help='Such as "12h", "90d", or "ever".')] = "30d",
    any_client: Annotated[bool, typer.Option("--any-client", help="For all clients, not only that alert's.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be added to config.toml.")] = False,
) -> None:
    """Neither tell nor block an alert's like any more: its type and domain, for its client.

    Adds a [[suppressions]] section to config.toml, which a running server takes up at once.
    """
    try:
        span = None if lasts == "ever" else Duration.parse(lasts)
        checks.sentence(reason)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for or --reason") from None
    stored = _one(config, alert_id)
    now = clock()
    one = suppressions_of.of(stored.alert, reason.strip(), suppressions_of.last_day(span, now), any_client=any_client)
    section = suppressions_of.text(one, now, stored.alert)
    if dry_run:
        typer.echo(section, nl=False)
        return
    path = suppressing.add(config, section)
    typer.echo(f"added to {path}:\n\n{section}")


@app.command()
def suppressions(
    *,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the suppressions of config.toml, expired ones too, and how many queries each covered."""
    settings = load(config)
    now = clock()
    counted = suppressions_of.counts(Reader(settings.state_dir / NAME).latest(Wanted(untold=True), sys.maxsize))
    if as_json:
        for one in settings.suppressions:
            typer.echo(msgspec.json.encode(suppressing.as_json(one, counted, now)).decode())
        return
    if not settings.suppressions:
        typer.echo("no suppressions; `dnsguard alerts suppress ID --reason …` makes one", err=True)
        return
    view.console().print(suppressing.table(settings.suppressions, counted, now))


def _one(config: Path | None, alert_id: str) -> Stored:
    return one_alert(_reader(config), alert_id)


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
    if slug and slug not in (known := [*ALERT_TYPES, *operational.TYPES]):
        raise typer.BadParameter(f"is none of {', '.join(known)}", param_hint="--type")
    return Wanted(since=start, severity=level, client=client, zone=domain.lower().rstrip("."), slug=slug)


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
    made = record.alert(stored.alert) | {"delivery": told, "storm": stored.storm, "feedback": stored.verdict}
    return msgspec.json.encode(made).decode()
