"""A client sends what DNS has no use for: broken queries, and legal ones that nobody else here sends.

Alert type: AzureDNS_ProtocolAnomaly
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: messages that fail a check of anomaly/checks.py; severe checks at once, the others by their share of all queries
    and their repeats by one client
Source: the RFC clause beside each check; Suricata's dns-events.rules are a subset (tests/anomaly/test_suricata.py)
Known gap: baselines are each worker's own, and start anew with it; what a kept answer serves is not looked at again;
    oddities that a whole network shares are ordinary there; AXFR, IXFR and dynamic updates are no anomaly.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.anomaly.checks import CHECKS
from dnsguard.anomaly.kinds import CHAOS
from dnsguard.anomaly.query_scan import query_hits
from dnsguard.anomaly.quick import CASE, query_mask
from dnsguard.anomaly.walk import Hit
from dnsguard.detect.anomalous import SLUG, TECHNIQUE, judge
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.malformed_view import Malformed
from dnsguard.intel.suffix import registrable
from dnsguard.model import Duration, Finding
from dnsguard.state.anomalies import MAX_TIMES, Anomalies
from dnsguard.state.oddities import is_mixed
from dnsguard.wire.query import Query

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect", "malformed"]

ALERT: Final = "AzureDNS_ProtocolAnomaly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Messages that break the protocol, or use it as nobody does."""

    rarity: float = 1e-4
    """Legal oddities are told if others show them in less than this share of queries. [0 to 1]"""
    repeats: int = 3
    """And if one client shows them so often within `window`. [messages]"""
    window: Duration = Duration(600)
    """How far back repeats are counted. [duration]"""
    ignore: tuple[str, ...] = ()
    """Checks that are ordinary on this network, such as "type_any"; alerts name them in their evidence. [ids]"""

    def __post_init__(self) -> None:
        """Refuse what would tell of everything or of nothing, and checks that are none."""
        if not 0 < self.rarity < 1:
            raise ValueError(f"rarity must be above 0 and below 1, not {self.rarity}")
        if not 1 <= self.repeats <= MAX_TIMES:
            raise ValueError(f"repeats must be from 1 to {MAX_TIMES}, not {self.repeats}")
        for check in self.ignore:
            if check not in CHECKS:
                raise ValueError(f"ignore: {check!r} is no check; known: {', '.join(CHECKS)}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look closer at a query that the quick look found something in."""
    mask = query_mask(query)
    if not mask:
        return None
    # letter case is looked at here alone
    hits = query_hits(query.packet, query.stream) if mask != CASE else []
    if mask & CASE and is_mixed(query.question):
        oddities = ctx.memory.of(Anomalies).oddities
        if oddities.mixed(query.client, query.name, registrable(query.name), query.time):
            hits.append(Hit("case_play", 12, query.end - 16))
    return judged(hits, query.packet, query, ctx)


def malformed(subject: Malformed, ctx: Context[Config]) -> Finding | None:
    """Look at a query that was refused unread."""
    if not ctx.memory.of(Anomalies).admit(subject.client, subject.time):
        return None
    query = subject.query
    hits = query_hits(subject.message, subject.stream)
    if query.qclass == CHAOS and ctx.memory.of(Anomalies).oddities.scans(query.client, query.name, query.time):
        hits.append(Hit("chaos_scan", 12, query.end - 12))
    return judged(hits, subject.message, query, ctx)


def judged(hits: list[Hit], message: bytes, query: Query, ctx: Context[Config]) -> Finding | None:
    """Judge hits under a configuration."""
    config = ctx.config
    return judge(
        hits,
        message,
        query,
        ctx.memory,
        rarity=config.rarity,
        least=config.repeats,
        window=config.window,
        ignore=config.ignore,
    )
