"""Alerts of one client that belong together: one incident, whose severity rises as the attack gets on.

The rule: an alert joins its client's incident if no more than `incident_window` lies between it and the last thing
that was seen of that incident, and the incident is younger than LONGEST; else it begins another. An alert that stands
alone is an incident of one: so its id is there from the first message on, and nothing has to be told anew.

The severity is that of the gravest alert, raised by one step for each further stage of the kill chain (Hutchins et al.,
"Intelligence-Driven Computer Network Defense", 2011) that was seen. Names that fail by the hundred are not much, and
bytes in names are not much; one after the other, on one machine, they are malware that found its controller.
"""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.database import Database
from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.record import iso
from dnsguard.model import UNTOLD, Detection, Severity

LONGEST: Final = 86400.0
"""A client that alerts on and on has an incident a day: one that grows for ever would tell nobody where to look.
[seconds]"""


class Stage(StrEnum):
    """How far an attack has got, as DNS shows it."""

    DELIVERY = "delivery"
    """Somebody follows a lure."""
    SEARCH = "search"
    """Something looks for its controller."""
    CONTROL = "control"
    """It asks for one that is known."""
    ACTION = "action"
    """Data moves, or coins are mined."""


STAGES: Final[Mapping[str, Stage]] = {
    "phishing_domain": Stage.DELIVERY,
    "domain_generation_algorithm": Stage.SEARCH,
    "random_domain": Stage.SEARCH,
    "sinkholed_domain": Stage.SEARCH,
    "threat_intel": Stage.CONTROL,
    "suspicious_domain": Stage.CONTROL,
    "dark_web": Stage.CONTROL,
    "dark_web_proxy": Stage.CONTROL,
    "data_infiltration": Stage.ACTION,
    "data_exfiltration": Stage.ACTION,
    "data_obfuscation": Stage.ACTION,
    "currency_mining": Stage.ACTION,
}
"""By detector; `protocol_anomaly` says that something is odd, and not how far it has got. A sinkhole answers for a
controller that was taken away: what asks it is still looking for one."""


class Incident(msgspec.Struct, kw_only=True):
    """What is known of one; its timeline are its alerts, by their first sighting."""

    id: str
    client: str
    group: str
    first: float
    """Unix seconds."""
    last: float
    """Unix seconds."""
    worst: Severity
    """Of its alerts."""
    stages: list[Stage]
    """Seen so far, in order of appearance."""
    alerts: int

    @property
    def severity(self) -> Severity:
        """The gravest alert's, raised by kill-chain progress."""
        return Severity(min(self.worst + max(len(self.stages) - 1, 0), Severity.HIGH))

    @classmethod
    def begun_by(cls, alert: Alert) -> "Incident":
        """Begin one; its id follows from the alert's, so that the same alerts make the same incidents."""
        worst = alert.worst
        return cls(
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"dnsguard incident {alert.id}")),
            client=worst.client,
            group=worst.group,
            first=alert.first,
            last=alert.last,
            worst=alert.severity,
            stages=[],
            alerts=0,
        )

    def takes(self, time: float, window: float) -> bool:
        """Whether an alert at `time` [Unix seconds] belongs to it."""
        # far before it began, the clock was set back
        return self.first - window <= time <= min(self.last + window, self.first + LONGEST)

    def add(self, alert: Alert) -> None:
        """Let an alert belong to it."""
        self.alerts += 1
        self.first, self.last = min(self.first, alert.first), max(self.last, alert.last)
        self.worst = max(self.worst, alert.severity)
        stage = STAGES.get(alert.worst.slug)
        if stage is not None and stage not in self.stages:
            self.stages.append(stage)


def as_record(incident: Incident) -> dict[str, Any]:
    """Make its record, with the names of Microsoft's; JSON values only."""
    return {
        "incident": incident.id,
        "severity": incident.severity.text,
        "worstAlertSeverity": incident.worst.text,
        "compromisedEntity": incident.client,
        "group": incident.group,
        "startTimeUtc": iso(incident.first),
        "endTimeUtc": iso(incident.last),
        "stages": [stage.value for stage in incident.stages],
        "alerts": incident.alerts,
    }


FIELDS: Final = "id, client, grp, first, last, worst, stages, alerts"


def of_row(row: Any) -> Incident:
    """Read the columns of FIELDS."""
    identity, client, group, first, last, worst, stages, alerts = row
    return Incident(
        id=identity,
        client=client,
        group=group,
        first=first,
        last=last,
        worst=Severity(worst),
        stages=[Stage(stage) for stage in stages.split()],
        alerts=alerts,
    )


def belongs(detection: Detection) -> bool:
    """Whether a detection is part of any: what is about dnsguard itself, and what is told to nobody, is not."""
    return detection.action not in UNTOLD and not is_operational(detection)


class Incidents:
    """The table `incidents`; runs inside the Outbox's transactions. A trigger removes those whose alerts are gone."""

    def __init__(self, db: Database) -> None:
        self._db: Final = db

    def join(self, alert: Alert, window: float) -> None:
        """Put an alert that has just opened into its client's incident, or begin one; the alert says so afterwards."""
        if not belongs(alert.worst):
            return
        row = self._db.execute(
            f"SELECT {FIELDS} FROM incidents WHERE open = 1 AND client = ?",  # noqa: S608 - fixed
            (alert.worst.client,),
        ).fetchone()
        found = of_row(row) if row else None
        if found is not None and not found.takes(alert.first, window):
            self._db.execute("UPDATE incidents SET open = 0 WHERE id = ?", (found.id,))
            found = None
        incident = found or Incident.begun_by(alert)
        before = incident.severity if incident.alerts else None
        incident.add(alert)
        self._db.execute(
            "INSERT INTO incidents (id, client, grp, first, last, worst, stages, alerts, open) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET first = excluded.first, "
            "last = excluded.last, worst = excluded.worst, stages = excluded.stages, alerts = excluded.alerts",
            (
                incident.id,
                incident.client,
                incident.group,
                incident.first,
                incident.last,
                incident.worst,
                " ".join(incident.stages),
                incident.alerts,
            ),
        )
        alert.incident = incident.id
        alert.incident_severity = incident.severity
        alert.raised = before is not None and incident.severity > before

    def follow(self, alert: Alert) -> None:
        """Note that an alert was seen again: its incident goes on, before the next alert asks whether it does."""
        if alert.incident:
            self._db.execute("UPDATE incidents SET last = max(last, ?) WHERE id = ?", (alert.last, alert.incident))
