"""The last hour, minute by minute, in numbers and as pictures."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dnsguard.hub.api import plot
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.plot import Width
from dnsguard.hub.hour import MINUTE, MINUTES, Minute
from dnsguard.model import ALERT_TYPES
from dnsguard.tasks import clock


class LastHour(msgspec.Struct, kw_only=True):
    """An hour of counts."""

    now: float
    """[unix seconds]"""
    minutes: list[Minute]
    """Oldest first; the last one runs still."""


async def show(parts: Parts) -> LastHour:
    """Count queries, hits, blocked and findings by detector for each minute of the last hour."""
    now = clock()
    return LastHour(now=now, minutes=parts.hour.minutes(now))


class PictureAsked(Asked):
    """What is drawn."""

    of: Literal["queries", "findings"] = "queries"
    """`queries` by what was answered; `findings` by detector."""
    offset: Annotated[int, Meta(ge=-840, le=840)] = 0
    """Of the times that are written, from UTC. [minutes]"""
    width: Width = 720
    """[CSS pixels]"""


async def draw(parts: Parts, *, asked: PictureAsked) -> str:
    """Draw the last hour as bars, SVG: each has its series as its class. It may be some seconds old."""

    async def make() -> str:
        now = clock()
        return await asyncio.to_thread(_draw, _whole(parts.hour.minutes(now), now), asked)

    return await parts.pictures.get((asked.of, asked.offset, asked.width), make)


def _whole(minutes: list[Minute], now: float) -> list[Minute]:
    """An hour, also where less of it was seen."""
    last = minutes[-1].start if minutes else now - now % MINUTE
    missing = range(MINUTES - 1, len(minutes) - 1, -1)
    return [*(Minute(start=last - MINUTE * back) for back in missing), *minutes]


def _draw(minutes: list[Minute], asked: PictureAsked) -> str:
    zone = timezone(timedelta(minutes=asked.offset)) if asked.offset else UTC
    labels = [datetime.fromtimestamp(minute.start, zone).strftime("%H:%M") for minute in minutes]
    if asked.of == "queries":
        series = {
            "hits": [minute.hits for minute in minutes],
            "others": [max(0, minute.queries - minute.hits - minute.blocked) for minute in minutes],
            "blocked": [minute.blocked for minute in minutes],
        }
        names = {"hits": "from the cache", "others": "asked of an upstream, or answered here", "blocked": "blocked"}
        total = sum(minute.queries for minute in minutes)
        about = f"Queries in each minute of the last hour, {total:,} in all"
    else:
        found = {slug for minute in minutes for slug in minute.findings}
        series = {slug: [minute.findings.get(slug, 0) for minute in minutes] for slug in ALERT_TYPES if slug in found}
        names = {slug: ALERT_TYPES[slug].title for slug in series}
        total = sum(sum(values) for values in series.values())
        about = f"Findings in each minute of the last hour, {total:,} in all"
    return plot.bars(labels, series, names, about, asked.width)
