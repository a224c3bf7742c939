"""An answer leads to what an anonymity network starts from: by a CNAME, or to a Tor directory authority's address.

Alert type: AzureDNS_DarkWeb
MITRE ATT&CK: T1090.003 (Proxy: Multi-hop Proxy)
Units: names (each CNAME target) and listed networks (each address of the answer)
Source: as for the question, detect/query/dark_web.py; the authorities are those built into tor (auth_dirs.inc)
Known gap: Tor asks for no names once it runs; of its 8,000 relays only the directory authorities are listed, as the
    others come and go, and many serve ordinary names too.
"""

from dataclasses import replace
from ipaddress import ip_address

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.query.dark_web import ALERT, SLUG, TECHNIQUE, Config, judge
from dnsguard.detect.response_view import Response
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target, then each address."""
    finding = through_cnames(response, ctx, judge)
    if finding is not None:
        return finding
    for address, matches in response.listed(ctx.intel):
        extra = {"address": str(ip_address(address))}
        reason = "answer has the address of an anonymity network's server"
        finding = listed(SLUG, TECHNIQUE, reason, matches, extra=extra)
        if finding is not None:
            return replace(finding, zone=registrable(response.query.name))
    return None
