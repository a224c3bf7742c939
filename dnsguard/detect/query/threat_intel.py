"""A client asks for a name that a threat intelligence list has, or for one below it.

Alert type: AzureDNS_ThreatIntelSuspectDomain
MITRE ATT&CK: T1071 (Application Layer Protocol)
Units: listed names; a name matches itself and all below it, a shared-hosting or dynamic-DNS suffix only itself
Source: the configured lists of category `threat_intel`; the starter list's are in blocklists/SOURCES.md
Known gap: what no list has yet, and malware that asks by address; a list's own errors pass as findings (`[allow]`).
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.model import Finding
from dnsguard.wire.query import Query

SLUG: Final = "threat_intel"
ALERT: Final = "AzureDNS_ThreatIntelSuspectDomain"
TECHNIQUE: Final = "T1071"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names known to be bad, from lists of category threat_intel."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the name and its parents up."""
    return judge(query.name, query.time, ctx)


def judge(name: str, _time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    matches = ctx.intel.matches(name)
    return listed(SLUG, TECHNIQUE, "name on a threat intelligence list", matches) if matches else None
