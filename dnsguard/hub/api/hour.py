"""The last hour, minute by minute."""

import msgspec

from dnsguard.hub.api.parts import Parts
from dnsguard.hub.hour import Minute
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
