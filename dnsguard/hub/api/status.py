"""How everything does."""

import msgspec

from dnsguard.hub.api.parts import Parts
from dnsguard.hub.report import Report
from dnsguard.hub.troubles import troubles
from dnsguard.state import counters as count


class Status(msgspec.Struct, kw_only=True):
    """The hub and its workers."""

    serving: bool
    """Whether queries are answered."""
    began: float
    """When the hub started. [unix seconds]"""
    troubles: list[str]
    """What a person should look at, a line each; none: all is well."""
    queries: int
    """Since the hub started, as all that follows."""
    hits: int
    """Answered from the cache."""
    blocked: int
    alerted: int
    """Told, and let through."""
    shadowed: int
    """Found in shadow mode, and counted only."""
    report: Report
    """As `/readyz` gives it."""


async def show(parts: Parts) -> Status:
    """Say how everything does."""
    report = parts.report()
    totals = [sum(column) for column in zip(*parts.cells(), strict=True)] or [0] * len(count.FIELDS)
    return Status(
        serving=report.serving,
        began=parts.began,
        troubles=troubles(report),
        queries=totals[count.QUERIES_UDP] + totals[count.QUERIES_TCP],
        hits=totals[count.HITS],
        blocked=totals[count.BLOCKED],
        alerted=totals[count.ALERTED],
        shadowed=totals[count.SHADOWED],
        report=report,
    )
