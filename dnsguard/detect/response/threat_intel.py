"""An answer leads, by a CNAME, to a name that a threat intelligence list has, or to one below it.

Alert type: AzureDNS_ThreatIntelSuspectDomain
MITRE ATT&CK: T1071 (Application Layer Protocol)
Units: listed names; every CNAME target of the answer section is looked up
Source: the configured lists of category `threat_intel`; the starter list's are in blocklists/SOURCES.md
Known gap: a CNAME that a resolver above has flattened into addresses; addresses and name servers are not looked at.
"""

from typing import Final

from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.query.threat_intel import ALERT, SLUG, TECHNIQUE, Config
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]

MAX_CHAIN: Final = 16
"""Names of the chain in the evidence; resolvers themselves give up at about that many (Unbound: 11, BIND: 16)."""


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Look each CNAME target up; the first that is listed makes the finding."""
    cnames = response.answer.cnames
    if not cnames:
        return None
    for target in cnames:
        matches = ctx.intel.matches(target)
        if matches:
            finding = listed(
                SLUG,
                TECHNIQUE,
                "answer leads to a name on a threat intelligence list",
                matches,
                subject=target,
                extra={"target": target, "chain": _way(response, target)},
            )
            if finding:
                return finding
    return None


def _way(response: Response, target: str) -> list[str]:
    """Give the names from the question to the target, which stands alone behind it if no CNAME leads there."""
    chain = response.answer.chain
    way = chain[: chain.index(target) + 1] if target in chain else (response.query.name, target)
    return list(way[-MAX_CHAIN:])
