"""What every format says about an alert, taken once from the one record; each format only lays it out."""

import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from dnsguard.alerts import operational, record
from dnsguard.alerts.alert import Alert
from dnsguard.model import Severity

TACTICS: Final = {
    "CommandAndControl": ("Command and Control", "TA0011"),
    "Exfiltration": ("Exfiltration", "TA0010"),
    "InitialAccess": ("Initial Access", "TA0001"),
}
"""MITRE ATT&CK's words and ids for the tactics of model.ALERT_TYPES."""
ATTACK: Final = "https://attack.mitre.org"
ATTACK_VERSION: Final = "17.1"
"""Of the matrix whose techniques detectors name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One alert."""

    alert: Alert
    record: dict[str, Any]
    """Microsoft's record of it."""
    alert_type: str
    title: str
    sentence: str
    """Who did what, how it is known, what was done about it."""
    severity: Severity
    operational: bool
    """It is about dnsguard itself: there is no query, and the client is this machine."""
    resolved: bool
    blocked: bool
    client: str
    address: str
    """The client's address; empty if the client is named otherwise."""
    name: str
    """The question; the root is `.`."""
    zone: str
    qtype: str
    technique: str
    """`T1071.004`; empty: none."""
    tactic: tuple[str, str] | None
    """Name and id."""
    list_name: str
    """The list that says so; empty: no list does."""
    list_entry: str
    steps: list[str]
    rows: list[list[str]]
    """Evidence in two columns."""

    @property
    def id(self) -> str:
        """The alert's."""
        return self.alert.id

    @property
    def confidence(self) -> float:
        """How far the score is beyond its threshold, from 0 to 1; 1 for what is listed, which has no threshold."""
        worst = self.alert.worst
        if worst.threshold <= 0 or worst.score <= worst.threshold:
            return 1.0 if worst.score >= worst.threshold else 0.0
        return min(1.0, 1.0 - 0.5 * worst.threshold / worst.score)

    @property
    def technique_url(self) -> str:
        """MITRE's page; empty: no technique."""
        return f"{ATTACK}/techniques/{self.technique.replace('.', '/')}/" if self.technique else ""


def facts(stored: Alert) -> Facts:
    """Take the facts from an alert."""
    worst = stored.worst
    kind = operational.kind_of(worst.slug)
    made = record.alert(stored)
    properties = made["extendedProperties"]
    about_us = operational.is_operational(worst)
    return Facts(
        alert=stored,
        record=made,
        alert_type=kind.id,
        title=made["alertDisplayName"],
        sentence=made["description"],
        severity=stored.severity,
        operational=about_us,
        resolved=made["status"] == "Resolved",
        blocked=worst.action == "block",
        client=worst.client,
        address=_address(worst.client),
        name="" if about_us else worst.name or ".",
        zone=worst.zone or ".",
        qtype=worst.qtype,
        technique=worst.technique,
        tactic=TACTICS.get(kind.intent),
        list_name=properties.get("listName", ""),
        list_entry=properties.get("listEntry", ""),
        steps=record.steps(stored),
        rows=record.evidence_rows(worst.evidence),
    )


def milliseconds(time: float) -> int:
    """Unix seconds as Unix milliseconds."""
    return round(time * 1000)


def _address(client: str) -> str:
    # a masked client is written as its network
    text = client.partition("/")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
