"""Alerts of one client that belong together."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from dnsguard.alerts import incidents
from dnsguard.alerts.incidents import STAGES
from dnsguard.hub.api.alerts import Alert, Level, summary
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.model import Severity
from dnsguard.tasks import clock

TIMELINE: Final = 500
"""Most alerts of one incident that are told."""


class IncidentsAsked(Asked):
    """Which incidents; all that is given must hold."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    """Most of them."""
    hours: Annotated[int, Meta(ge=1, le=8760)] = 168
    """Seen in so many hours back."""
    client: Annotated[str, Meta(max_length=64)] = ""
    """Exactly."""
    alerts: Annotated[int, Meta(ge=1, le=1000)] = 1
    """Of at least so many alerts."""
    severity: Level = "Informational"
    """At least."""


class IncidentAsked(Asked):
    """Which one."""

    id: Annotated[str, Meta(min_length=4, max_length=64)]
    """Its id, also its beginning."""


class Incident(msgspec.Struct, kw_only=True):
    """One incident."""

    id: str
    client: str
    group: str
    first: float
    """[unix seconds]"""
    last: float
    """[unix seconds]"""
    severity: Level
    """The gravest alert's, raised by each further stage."""
    stages: list[str]
    """How far it has got, in order of appearance: `delivery`, `search`, `control`, `action`."""
    alerts: int


class Incidents(msgspec.Struct, kw_only=True):
    """Incidents, those seen last first."""

    incidents: list[Incident]


class Step(msgspec.Struct, kw_only=True):
    """One alert of an incident."""

    stage: str
    """Empty: it is odd, and says not how far things have got."""
    alert: Alert


class Timeline(msgspec.Struct, kw_only=True):
    """One incident, as it came."""

    incident: Incident
    steps: list[Step]
    """By their first sighting, the oldest first."""
    complete: bool
    """False: there are more than are told."""


async def list_(parts: Parts, *, asked: IncidentsAsked) -> Incidents:
    """List incidents, those seen last first."""
    since = clock() - asked.hours * 3600
    severity = Severity.parse(asked.severity)

    def find() -> list[incidents.Incident]:
        return parts.alerts.incidents(
            asked.limit, since=since, client=asked.client, least=asked.alerts, severity=severity
        )

    return Incidents(incidents=[_shown(one) for one in await asyncio.to_thread(find)])


async def show(parts: Parts, *, asked: IncidentAsked) -> Timeline:
    """Show one incident, alert after alert."""
    found = await asyncio.to_thread(parts.alerts.incident, asked.id.strip().lower())
    if not found:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no incident {asked.id!r}")
    if len(found) > 1:
        raise ProblemError(HTTPStatus.CONFLICT, f"{asked.id!r} begins several ids")
    alerts = await asyncio.to_thread(parts.alerts.timeline, found[0].id, TIMELINE + 1)
    steps = [Step(stage=STAGES.get(one.alert.worst.slug, ""), alert=summary(one)) for one in alerts[:TIMELINE]]
    return Timeline(incident=_shown(found[0]), steps=steps, complete=len(alerts) <= TIMELINE)


def _shown(one: incidents.Incident) -> Incident:
    return Incident(
        id=one.id,
        client=one.client,
        group=one.group,
        first=one.first,
        last=one.last,
        severity=one.severity.text,  # type: ignore[arg-type]  # one of four
        stages=[str(stage) for stage in one.stages],
        alerts=one.alerts,
    )
