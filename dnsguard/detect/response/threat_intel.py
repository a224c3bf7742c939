"""An answer leads, by a CNAME, to a name that a threat intelligence list has, or to one below it.

Alert type: AzureDNS_ThreatIntelSuspectDomain
MITRE ATT&CK: T1071 (Application Layer Protocol)
Units: listed names; every CNAME target of the answer section is looked up
Source: the configured lists of category `threat_intel`; the starter list's are in blocklists/SOURCES.md
Known gap: a CNAME that a resolver above has flattened into addresses; addresses and name servers are not looked at.
"""

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.query.threat_intel import ALERT, SLUG, TECHNIQUE, Config, judge
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target."""
    return through_cnames(response, ctx, judge)
