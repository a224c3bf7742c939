"""A client asks for a name that a threat intelligence list has, or for one below it.

Alert type: AzureDNS_ThreatIntelSuspectDomain
MITRE ATT&CK: T1071 (Application Layer Protocol)
Units: listed names; a name matches itself and all below it, a shared-hosting or dynamic-DNS suffix only itself. The
    score is confidence · 2^(-age / half_life), 0 to 1; age from the day the list, or its author, first had the entry
Source: the configured lists of category `threat_intel`; the starter list's are in blocklists/SOURCES.md
Known gap: what no list has yet; a list's own errors pass as findings (`[allow]`). With a half-life an entry ages though
    its list goes on naming it: lists do not say when they last looked.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.decay import weight
from dnsguard.detect.listed import listed
from dnsguard.intel.snapshot import Match
from dnsguard.model import Duration, Finding
from dnsguard.wire.query import Query

SLUG: Final = "threat_intel"
ALERT: Final = "AzureDNS_ThreatIntelSuspectDomain"
TECHNIQUE: Final = "T1071"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names and addresses known to be bad, from lists of category threat_intel."""

    half_life: Duration = Duration(0)
    """An entry's confidence halves in this time; 0: never, for a list that still has an entry stands by it. Set it for
    feeds that only ever add, for example "365d". [duration]"""
    threshold: float = 0.2
    """Confidence x age from which a finding is told; a lesser one is counted only, as in "shadow". [0 to 1]"""

    def __post_init__(self) -> None:
        """Refuse a threshold that is no share."""
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must be from 0 to 1, not {self.threshold}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the name and its parents up."""
    return judge(query.name, query.time, ctx)


def judge(name: str, time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    matches = ctx.intel.matches(name)
    return weighed("name on a threat intelligence list", matches, time, ctx) if matches else None


def weighed(reason: str, matches: tuple[Match, ...], time: float, ctx: Context[Config]) -> Finding | None:
    """Make a finding of what a list has, by its confidence and age."""
    half_life = ctx.config.half_life
    return listed(
        SLUG,
        TECHNIQUE,
        reason,
        matches,
        weigh=lambda match: weight(match, time, half_life),
        threshold=ctx.config.threshold,
    )
