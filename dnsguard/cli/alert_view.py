"""How `dnsguard alerts` shows alerts to people."""

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dnsguard.alerts import record
from dnsguard.alerts.feedback import Mark, Verdict
from dnsguard.alerts.operational import RESOLVED, is_operational, kind_of
from dnsguard.alerts.reader import Delivery, Stored
from dnsguard.alerts.trim import safe, shorten
from dnsguard.model import UNTOLD, Severity

STYLES: Final = {
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}
SHORT: Final = 8
"""Characters of an id that tell alerts apart well enough; `show` takes them."""
HEADINGS: Final = ("LAST SEEN (UTC)", "SEVERITY", "CLIENT", "DOMAIN", "ALERT", "ACTION", "TIMES", "DELIVERY", "ID")
FOLDS: Final = frozenset({"DOMAIN", "ALERT"})
"""Columns that make room on a narrow terminal."""
FOLDED: Final = 18
"""But keep this. [characters]"""


def console() -> Console:
    """Make a console that takes attackers' words for words, and has no width where it is a pipe: nothing is cut."""
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 200)


def table(found: Sequence[Stored], width: int) -> Table | None:
    """Lay alerts out in columns; None if `width` [characters] is too narrow for them."""
    rows = [
        (
            Text(record.moment(stored.alert.last)),
            Text(stored.alert.severity.text, STYLES[stored.alert.severity]),
            Text(safe(record.client(stored.alert))),
            Text(safe(record.domain(stored.alert))),
            Text(stored.alert.worst.slug),
            _action(stored),
            Text(str(stored.alert.count)),
            _delivery(stored),
            Text(stored.alert.id[:SHORT], "dim"),
        )
        for stored in found
    ]
    widths = [max(len(cell) for cell in column) for column in zip(map(Text, HEADINGS), *rows, strict=True)]
    needed = sum(min(one, FOLDED) if heading in FOLDS else one for heading, one in zip(HEADINGS, widths, strict=True))
    if needed + 2 * (len(HEADINGS) - 1) > width:
        return None
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading, one in zip(HEADINGS, widths, strict=True):
        made.add_column(
            heading,
            min_width=min(one, FOLDED) if heading in FOLDS else one,
            overflow="fold",
            justify="right" if heading == "TIMES" else "left",
        )
    for row in rows:
        made.add_row(*row)
    return made


def line(stored: Stored) -> Text:
    """Tell an alert in one line."""
    alert = stored.alert
    return Text.assemble(
        (record.moment(alert.told), "dim"),
        "  ",
        (f"{alert.severity.text:<13}", STYLES[alert.severity]),
        " ",
        safe(record.describe(alert)),
        "  ",
        (alert.id[:SHORT], "dim"),
    )


def page(console: Console, stored: Stored, mark: Mark | None = None) -> None:
    """Print an alert so that one can agree or disagree with it in ten seconds: verdict, evidence, then the rest."""
    alert = stored.alert
    worst = alert.worst
    kind = kind_of(worst.slug)
    title = record.title(alert)
    console.print(Text.assemble((alert.severity.text.upper(), STYLES[alert.severity]), "  ", (title, "bold")))
    console.print(Text(safe(record.describe(alert))))
    console.print()

    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    group = f" (group {worst.group})" if worst.group else ""
    if is_operational(worst):
        facts.add_row("Machine", safe(worst.client))
        facts.add_row("About", safe(worst.zone))
    elif alert.storm is not None:
        facts.add_row("Clients", safe(f"{alert.storm.clients}, among them {', '.join(alert.storm.sample)}"))
        facts.add_row("Common", safe(alert.storm.common))
        facts.add_row("Such as", safe(f"{worst.client} asked for {worst.name or '.'} {worst.qtype}"))
    else:
        facts.add_row("Client", safe(worst.client + group))
        facts.add_row("Asked for", safe(f"{worst.name or '.'} {worst.qtype}"))
    if others := [name for name in alert.names if name != worst.name]:
        facts.add_row("", safe("also " + ", ".join(shorten(name, record.NAME_SHOWN) for name in others)))
    facts.add_row("Action", _action(stored))
    facts.add_row(
        "Seen", f"{alert.count} {'time' if alert.count == 1 else 'times'}, {record.span(alert.first, alert.last)}"
    )
    facts.add_row("Why", safe(record.reason(worst)))
    for number, (key, value) in enumerate(record.evidence_rows(worst.evidence)):
        facts.add_row("" if number else "Evidence", safe(f"{key}: {value}"))
    if worst.technique:
        facts.add_row("Technique", f"{worst.technique}, {kind.intent}")
    for number, delivery in enumerate(stored.deliveries):
        facts.add_row("" if number else "Delivery", _told(delivery))
    if not stored.deliveries:
        facts.add_row("Delivery", "to no webhook")
    if alert.incident:
        severity = f" ({alert.incident_severity.text})" if alert.incident_severity is not None else ""
        facts.add_row("Incident", f"{alert.incident}{severity}")
    if stored.storm:
        facts.add_row("Storm", f"{stored.storm} told of it")
    if mark is not None:
        note = f": {safe(mark.note)}" if mark.note else ""
        facts.add_row("Feedback", f"{said(mark.verdict)}, {safe(mark.by)}, {record.moment(mark.time)}{note}")
    facts.add_row("Id", alert.id)
    console.print(facts)
    console.print()

    for number, step in enumerate(_steps(stored), start=1):
        console.print(Text(f"{number}. {safe(step)}"))


def _steps(stored: Stored) -> list[str]:
    """Give what to do: first whether it is expected, for then there is nothing else to do."""
    steps = record.steps(stored.alert)
    if is_operational(stored.alert.worst) or stored.alert.storm is not None:
        return steps
    first, expected, otherwise = steps
    return [expected, first, otherwise]


def _told(delivery: Delivery) -> Text:
    where = f"{safe(delivery.webhook)}, told {record.moment(delivery.told)}"
    if delivery.done is not None and delivery.state == "delivered":
        return Text(f"{where}: delivered {record.moment(delivery.done)}")
    tries = f"{delivery.attempts} {'attempt' if delivery.attempts == 1 else 'attempts'}"
    error = f", last: {safe(delivery.error)}" if delivery.error else ""
    if delivery.done is not None:
        return Text(f"{where}: GIVEN UP {record.moment(delivery.done)} after {tries}{error}", "red")
    again = f", again at {record.moment(delivery.due)}" if delivery.due else ""
    return Text(f"{where}: pending, {tries}{error}{again}", "yellow")


def _delivery(stored: Stored) -> Text:
    if stored.given_up:
        return Text("GIVEN UP", "red")
    if stored.pending:
        return Text("pending", "yellow")
    if stored.storm and not stored.messages:
        return Text("in storm", "dim")
    return Text("delivered" if stored.messages else "-", "dim")


def _action(stored: Stored) -> Text:
    if is_operational(stored.alert.worst):
        return Text("resolved", "green") if stored.alert.worst.action == RESOLVED else Text("-", "dim")
    if stored.alert.worst.action in UNTOLD:
        return Text(stored.alert.worst.action, "dim")
    blocked = stored.alert.worst.action == "block"
    return Text("blocked" if blocked else "allowed", "green" if blocked else "")


def said(verdict: Verdict) -> str:
    """A mark, in words."""
    return "true positive" if verdict is Verdict.TRUE_POSITIVE else "false positive"
