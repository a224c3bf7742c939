"""A client asks for a name that a phishing list has, or for one below it.

Alert type: AzureDNS_PhishingDomain
MITRE ATT&CK: T1566.002 (Phishing: Spearphishing Link)
Units: listed names; a name matches itself and all below it, a shared-hosting or dynamic-DNS suffix only itself
Source: the configured lists of category `phishing_domain`; the starter list's are in blocklists/SOURCES.md
Known gap: most phishing names live for hours and are on no list when they are asked for; look-alikes of brands are not
    judged yet.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.model import Finding
from dnsguard.wire.query import Query

SLUG: Final = "phishing_domain"
ALERT: Final = "AzureDNS_PhishingDomain"
TECHNIQUE: Final = "T1566.002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names known for phishing, from lists of category phishing_domain."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the name and its parents up."""
    return judge(query.name, query.time, ctx)


def judge(name: str, _time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    matches = ctx.intel.matches(name)
    return listed(SLUG, TECHNIQUE, "name on a phishing list", matches) if matches else None
