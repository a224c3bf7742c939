"""An answer leads, by a CNAME, to a name that a phishing list has.

Alert type: AzureDNS_PhishingDomain
MITRE ATT&CK: T1566.002 (Phishing: Spearphishing Link)
Units: names; every CNAME target of the answer section is judged as a question is
Source: as for the question, detect/query/phishing_domain.py
Known gap: a CNAME that a resolver above has flattened into addresses.
"""

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.query.phishing_domain import ALERT, SLUG, TECHNIQUE, Config, judge
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target."""
    return through_cnames(response, ctx, judge)
