"""An answer leads, by a CNAME, to a web proxy into the dark web.

Alert type: AzureDNS_DarkWebProxy
MITRE ATT&CK: T1090.002 (Proxy: External Proxy)
Units: names; every CNAME target of the answer section is judged as a question is
Source: as for the question, detect/query/dark_web_proxy.py
Known gap: a CNAME that a resolver above has flattened into addresses.
"""

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.query.dark_web_proxy import ALERT, SLUG, TECHNIQUE, Config, judge
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target."""
    return through_cnames(response, ctx, judge)
