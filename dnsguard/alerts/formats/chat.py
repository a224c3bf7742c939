"""What people in a chat get of an alert: a title, a sentence, some facts, and what to do."""

from collections.abc import Callable
from typing import Final

from dnsguard.alerts import record
from dnsguard.alerts.formats.facts import Facts
from dnsguard.alerts.trim import shorten
from dnsguard.model import Severity

COLOURS: Final = {
    Severity.HIGH: 0xD13438,
    Severity.MEDIUM: 0xF7A30B,
    Severity.LOW: 0x2E86C1,
    Severity.INFORMATIONAL: 0x8A8A8A,
}
MARKS: Final = {Severity.HIGH: "🔴", Severity.MEDIUM: "🟠", Severity.LOW: "🔵", Severity.INFORMATIONAL: "⚪"}
"""Told apart by more than colour: the severity stands beside them in words."""
EVIDENCE: Final = 5
"""Rows of evidence that are shown; `dnsguard alerts show` has all."""


def title(about: Facts) -> str:
    """Severity and name of the alert."""
    done = "Resolved: " if about.resolved else ""
    return f"{MARKS[about.severity]} {about.severity.text}: {done}{about.title}"


def shown(about: Facts, width: int, escape: Callable[[str], str]) -> list[tuple[str, str]]:
    """Facts in order of use, each at most `width` characters before `escape`; the words of attackers are among them."""
    stored = about.alert
    rows: list[tuple[str, str]] = []
    if stored.storm is not None:
        rows += [
            ("Clients", f"{stored.storm.clients}, such as {', '.join(stored.storm.sample)}"),
            ("In common", record.domain(stored)),
        ]
    elif not about.operational:
        outcome = "blocked" if about.blocked else "allowed"
        group = f" (group {stored.worst.group})" if stored.worst.group else ""
        rows += [
            ("Client", f"{about.client}{group}"),
            ("Asked for", f"{about.name} {about.qtype}"),
            ("Action", outcome),
        ]
    times = "once" if stored.count == 1 else f"{stored.count} times"
    rows.append(("Seen", f"{times}, {record.span(stored.first, stored.last)}"))
    rows += [(key, value) for key, value in about.rows[:EVIDENCE]]
    if about.technique:
        rows.append(("Technique", about.technique))
    if stored.incident and stored.incident_severity is not None:
        rows.append(("Incident", f"{stored.incident_severity.text} {stored.incident}"))
    rows.append(("Alert", f"{about.alert_type} {stored.id}"))
    return [(escape(shorten(key, 60)), escape(shorten(value, width) or "-")) for key, value in rows]
