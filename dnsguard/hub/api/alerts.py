"""What was raised, as it stands on the disk."""

import asyncio
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from dnsguard.alerts import record
from dnsguard.alerts.feedback import Mark
from dnsguard.alerts.operational import TYPES, is_operational, kind_of
from dnsguard.alerts.reader import Reader, Stored, Wanted
from dnsguard.hub.api import plot
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.model import ALERT_TYPES, Severity

Level = Literal["Informational", "Low", "Medium", "High"]
Time = Annotated[float, Meta(ge=0, le=1e11)]
PAGE: Final = 50
SLOW: Final = 10.0
"""Curves of so many seconds need no fractions of one."""


class AlertsAsked(Asked):
    """Which alerts; all that is given must hold."""

    limit: Annotated[int, Meta(ge=1, le=500)] = PAGE
    """Most of them."""
    cursor: Annotated[int, Meta(ge=0, le=sys.maxsize)] = 0
    """`next` of the page before; 0: the newest come first."""
    severity: Level = "Informational"
    """At least."""
    client: Annotated[str, Meta(max_length=64)] = ""
    """Exactly."""
    zone: Annotated[str, Meta(max_length=255)] = ""
    """This domain, or one below it."""
    type: Annotated[str, Meta(max_length=64)] = ""
    """The detector, such as `threat_intel`."""
    since: Time = 0.0
    """Seen at or after. [unix seconds]"""
    until: Time = 1e11
    """Seen at or before. [unix seconds]"""
    untold: bool = False
    """Also what was only counted: found in shadow mode, or suppressed."""


class AlertAsked(Asked):
    """Which one."""

    id: Annotated[str, Meta(min_length=4, max_length=64)]
    """Its id, also its beginning, or that of a finding that folded into it."""


class Alert(msgspec.Struct, kw_only=True):
    """One alert: all findings that folded into it."""

    id: str
    type: str
    """The detector, or what an alert about dnsguard itself is about."""
    alert_type: str
    """Microsoft's id."""
    title: str
    severity: Level
    client: str
    group: str
    """The client's; empty: none."""
    zone: str
    name: str
    """What was asked for in the worst of them."""
    qtype: str
    action: str
    """`alert`, `block`, `shadow`, `suppressed`; of an alert about dnsguard itself also `resolved`."""
    reason: str
    score: float
    threshold: float
    """Scores from here on are told."""
    count: int
    """Queries."""
    first: float
    """[unix seconds]"""
    last: float
    """[unix seconds]"""
    told: float
    """When it was last told. [unix seconds]"""
    pending: int
    """Messages still to be delivered."""
    given_up: int
    """Messages given up."""
    messages: int
    """All messages; 0: no receiver wanted it, or a storm told of it."""
    incident: str
    """Id of the incident it belongs to; empty: none."""
    storm: str
    """Id of the alert that told of it together with many; empty: none."""
    verdict: Literal["", "true_positive", "false_positive"]
    """What a person said of it."""


class Page(msgspec.Struct, kw_only=True):
    """Alerts, those told last first."""

    alerts: list[Alert]
    next: int | None
    """`cursor` of the next page; null: this is the last."""


class Message(msgspec.Struct, kw_only=True):
    """What became of one message."""

    receiver: str
    id: str
    state: str
    """`pending`, `delivered` or `given up`."""
    attempts: int
    error: str
    """Of the last attempt, if it failed."""
    told: float
    """[unix seconds]"""
    due: float
    """When it is tried next; 0: now. [unix seconds]"""
    done: float | None
    """When it was delivered or given up. [unix seconds]"""


class Detail(msgspec.Struct, kw_only=True):
    """All that is known of one alert."""

    alert: Alert
    description: str
    """Who did what, how it is known, and what was done about it."""
    steps: list[str]
    """What to do."""
    names: list[str]
    """Different questions, in order of appearance; a few of them."""
    technique: str
    """MITRE ATT&CK."""
    stage: str
    """`query`: before anything left the network; `response`."""
    transport: str
    evidence: dict[str, Any]
    """What lets a person agree or disagree; its keys are the detector's own."""
    deliveries: list[Message]
    curve: bool
    """Whether its evidence has a curve of bytes, see `/alerts/{id}/curve.svg`."""
    mark: Mark | None
    """What a person said of it."""
    suppressible: bool
    """Whether a suppression can cover its like."""
    record: dict[str, Any]
    """As receivers get it: Microsoft's fields."""


async def list_(parts: Parts, *, asked: AlertsAsked) -> Page:
    """List alerts, those told last first."""
    if asked.type and asked.type not in (known := [*ALERT_TYPES, *TYPES]):
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"type is none of {', '.join(known)}")
    wanted = Wanted(
        since=asked.since or None,
        until=asked.until,
        severity=Severity.parse(asked.severity),
        client=asked.client,
        zone=asked.zone.lower().rstrip("."),
        slug=asked.type,
        before=asked.cursor,
        untold=asked.untold,
    )
    # one more tells whether there is another page
    found = await asyncio.to_thread(parts.alerts.latest, wanted, asked.limit + 1)
    page, more = found[: asked.limit], found[asked.limit :]
    return Page(alerts=[summary(stored) for stored in page], next=page[-1].turn if more else None)


async def show(parts: Parts, *, asked: AlertAsked) -> Detail:
    """Show one alert: what happened, how it is known, and what to do."""
    stored = await one(parts.alerts, asked.id)
    return detail(stored, await asyncio.to_thread(parts.alerts.mark, stored.alert.id))


class CurveAsked(AlertAsked):
    """Which one, and how wide."""

    width: plot.Width = 720
    """[CSS pixels]"""


async def draw(parts: Parts, *, asked: CurveAsked) -> str:
    """Draw the curve of bytes that a tunnel carried, SVG."""
    stored = await one(parts.alerts, asked.id)
    points = curve_of(stored.alert.worst.evidence)
    if points is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "its evidence has no curve")
    about = f"Bytes carried: {points[-1][1]:,.0f} within {points[-1][0]:,.0f} seconds"
    digits = 0 if points[-1][0] >= SLOW else 2

    def seconds(x: float) -> str:
        return f"{x:,.{digits}f} s"

    return await asyncio.to_thread(plot.curve, points, about, seconds, lambda y: f"{y:,.0f} B", asked.width)


def curve_of(evidence: Mapping[str, object]) -> list[tuple[float, float]] | None:
    """The curve in an alert's evidence, as detect/tunnel_evidence.py writes it: seconds, and bytes so far."""
    try:
        points = msgspec.convert(evidence.get("curve"), list[tuple[float, float]])
    except msgspec.ValidationError:
        return None
    # what came in one moment has no course
    return points if points and points[-1][0] > points[0][0] else None


async def one(alerts: Reader, text: str) -> Stored:
    """Find the alert that an id, or its beginning, names."""
    found = await asyncio.to_thread(alerts.find, text.strip().lower())
    if not found:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no alert {text!r}")
    if len(found) > 1:
        ids = ", ".join(stored.alert.id for stored in found)
        raise ProblemError(HTTPStatus.CONFLICT, f"{text!r} begins several ids: {ids}")
    return found[0]


def summary(stored: Stored) -> Alert:
    """Sum an alert up."""
    alert, worst = stored.alert, stored.alert.worst
    kind = kind_of(worst.slug)
    return Alert(
        id=alert.id,
        type=worst.slug,
        alert_type=kind.id,
        title=kind.title,
        severity=alert.severity.text,  # type: ignore[arg-type]  # one of four
        client=worst.client,
        group=worst.group,
        zone=worst.zone,
        name=worst.name,
        qtype=worst.qtype,
        action=worst.action,
        reason=worst.reason,
        score=worst.score,
        threshold=worst.threshold,
        count=alert.count,
        first=alert.first,
        last=alert.last,
        told=alert.told,
        pending=stored.pending,
        given_up=stored.given_up,
        messages=stored.messages,
        incident=alert.incident,
        storm=stored.storm,
        verdict=stored.verdict,  # type: ignore[arg-type]  # a feedback.Verdict, or empty
    )


def detail(stored: Stored, mark: Mark | None) -> Detail:
    """Tell all of it."""
    worst = stored.alert.worst
    return Detail(
        alert=summary(stored),
        description=record.describe(stored.alert),
        steps=record.steps(stored.alert),
        names=stored.alert.names,
        technique=worst.technique,
        stage=worst.stage,
        transport=worst.transport,
        evidence=worst.evidence,
        deliveries=[
            Message(
                receiver=each.webhook,
                id=each.id,
                state=each.state,
                attempts=each.attempts,
                error=each.error,
                told=each.told,
                due=each.due,
                done=each.done,
            )
            for each in stored.deliveries
        ],
        curve=curve_of(worst.evidence) is not None,
        mark=mark,
        suppressible=not is_operational(worst) and stored.alert.storm is None,
        record=record.alert(stored.alert),
    )
