"""An answer leads to what a threat intelligence list has: by a CNAME, by its addresses, or by its name servers.

Alert type: AzureDNS_ThreatIntelSuspectDomain
MITRE ATT&CK: T1071 (Application Layer Protocol)
Units: listed names (each CNAME target, NS and SOA name of the answer), listed networks (each address of the answer)
Source: the configured lists of category `threat_intel`, RPZ's rpz-ip and rpz-nsdname among them; the starter list's are
    in blocklists/SOURCES.md
Known gap: a CNAME that a resolver above has flattened into addresses; an upstream with minimal responses (most are)
    names no servers; rpz-nsip is not judged, as answers seldom carry the addresses of name servers.
"""

from dataclasses import replace
from ipaddress import ip_address

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.query.threat_intel import ALERT, SLUG, TECHNIQUE, Config, judge, weighed
from dnsguard.detect.response_view import Response
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target, then each address, then each name server; the first finding counts."""
    return through_cnames(response, ctx, judge) or _addresses(response, ctx) or _servers(response, ctx)


def _addresses(response: Response, ctx: Context[Config]) -> Finding | None:
    for address, matches in response.listed(ctx.intel):
        finding = weighed("answer has an address on a threat intelligence list", matches, response.query.time, ctx)
        if finding is not None:
            return _of(finding, response, address=str(ip_address(address)))
    return None


def _servers(response: Response, ctx: Context[Config]) -> Finding | None:
    for record, name, matches in response.listed_servers(ctx.intel):
        finding = weighed("name server on a threat intelligence list", matches, response.query.time, ctx)
        if finding is not None:
            return _of(finding, response, record=record, server=name)
    return None


def _of(finding: Finding, response: Response, **evidence: str) -> Finding:
    """Fold by what was asked for: an address or a server has many names."""
    zone = registrable(response.query.name)
    return replace(finding, zone=zone, evidence={**finding.evidence, **evidence})
