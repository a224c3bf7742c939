"""A query is what a network signature describes: a tunnel's handshake, a beacon, a name of a rule set.

Alert type: AzureDNS_SuspiciousDomain
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: rules of Suricata's language, asked of the question's name as it was sent, its header, and the whole message
Source: the configured rules files of category `suspicious_domain`; the starter's are our own (blocklists/SOURCES.md)
Known gap: what no rule describes; names answered from the cache, or blocked a moment ago for another reason, are not
    counted again by a rule's threshold; a query with another opcode than QUERY is refused before any rule; an
    expression that backtracks without end is the rule file's fault, and is not cut short.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.signed import signed
from dnsguard.model import Finding
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.query import Query

SLUG: Final = "suspicious_domain"
ALERT: Final = "AzureDNS_SuspiciousDomain"
TECHNIQUE: Final = "T1071.004"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Network signatures, from rules files of category suspicious_domain; a rule's priority is the severity."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Ask the rules; the worst one makes the finding."""
    hits = ctx.intel.signatures.query(query, ctx.memory.of(Thresholds))
    return signed(SLUG, TECHNIQUE, "query matches a network signature", query, hits) if hits else None
