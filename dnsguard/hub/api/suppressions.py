"""What is expected: told to nobody and not blocked, with a reason and an end."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from dnsguard.alerts.reader import Wanted
from dnsguard.config import amend, checks, suppressing
from dnsguard.hub.api import alerts
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.model import Duration
from dnsguard.policy.config import SuppressionConfig
from dnsguard.policy.suppressions import ends
from dnsguard.tasks import clock


class Suppression(msgspec.Struct, kw_only=True):
    """One `[[suppressions]]` section; all that is set must hold."""

    id: str
    """Made of its content."""
    reason: str
    type: str
    """A detector; empty: all."""
    clients: list[str]
    """Addresses or CIDRs; none: everyone's."""
    zone: str
    """This domain, and all below it; empty: all."""
    expires: str
    """The last day it holds, in UTC; empty: for ever. [YYYY-MM-DD]"""
    active: bool
    covered: int
    """Queries that it kept from being told."""


class Suppressions(msgspec.Struct, kw_only=True):
    """All of them, expired ones too."""

    writable: str
    """Why none can be added or removed here; empty: they can."""
    suppressions: list[Suppression]


class SuppressionPath(Asked):
    """Which one."""

    id: Annotated[str, Meta(max_length=64)]


class SuppressionAsked(Asked):
    """What is expected: an alert's like, or what type, clients and zone say."""

    reason: Annotated[str, Meta(min_length=1, max_length=300)]
    """Why; whoever comes later reads it."""
    lasts: Annotated[str, Meta(max_length=16)] = "30d"
    """Such as "12h", "90d", or "ever"."""
    alert: Annotated[str, Meta(max_length=64)] = ""
    """An alert's id: its type and domain, for its client."""
    any_client: bool = False
    """For all clients, not only that alert's."""
    type: Annotated[str, Meta(max_length=64)] = ""
    clients: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=100)] = ()
    zone: Annotated[str, Meta(max_length=255)] = ""


async def list_(parts: Parts) -> Suppressions:
    """List the suppressions, expired ones too, and how much each covered."""
    found = await asyncio.to_thread(parts.alerts.latest, Wanted(untold=True), sys.maxsize)
    counted = suppressing.counts(found)
    now = clock()
    return Suppressions(
        writable=amend.why_not(parts.configuring.path),
        suppressions=[_shown(one, counted, now) for one in parts.configuring.settings.suppressions],
    )


async def add(parts: Parts, *, body: SuppressionAsked) -> Suppressions:
    """Neither tell nor block what is expected: config.toml is changed, and taken up at once."""
    path = amend.changeable(parts.configuring.path)
    now = clock()
    try:
        lasts = None if body.lasts == "ever" else Duration.parse(body.lasts)
        reason = checks.sentence(body.reason)
        last_day = suppressing.last_day(lasts, now)
    except (ValueError, OverflowError) as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
    if body.alert:
        alert = (await alerts.one(parts.alerts, body.alert)).alert
        one = suppressing.of(alert, reason, last_day, any_client=body.any_client)
        section = suppressing.text(one, now, alert)
    else:
        one = SuppressionConfig(reason=reason, type=body.type, clients=body.clients, zone=body.zone, expires=last_day)
        section = suppressing.text(one, now)
    await asyncio.to_thread(amend.append, path, section)
    await parts.reload()
    return await list_(parts)


async def remove(parts: Parts, *, asked: SuppressionPath) -> Suppressions:
    """Tell again what a suppression covered: it is taken out of config.toml, which is taken up at once."""
    path = amend.changeable(parts.configuring.path)
    found = [one for one in parts.configuring.settings.suppressions if _id(one) == asked.id]
    if not found:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no suppression {asked.id!r}")
    await asyncio.to_thread(amend.remove_suppression, path, found[0])
    await parts.reload()
    return await list_(parts)


def _shown(one: SuppressionConfig, counted: Mapping[str, int], now: float) -> Suppression:
    return Suppression(
        id=_id(one),
        reason=one.reason,
        type=one.type,
        clients=list(one.clients),
        zone=one.zone,
        expires=one.expires,
        active=now < ends(one.expires),
        covered=counted.get(suppressing.told(one), 0),
    )


def _id(one: SuppressionConfig) -> str:
    return hashlib.sha256(repr(one).encode()).hexdigest()[:16]
