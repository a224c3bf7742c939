"""An answer leads, by a CNAME, to a name that a phishing list has, or that looks like a brand's.

Alert type: AzureDNS_PhishingDomain
MITRE ATT&CK: T1566.002 (Phishing: Spearphishing Link)
Units: names; every CNAME target of the answer section is judged as a question is
Source: as for the question, detect/query/phishing_domain.py
Known gap: a CNAME that a resolver above has flattened into addresses.
"""

from dnsguard.detect.chain import through_cnames
from dnsguard.detect.context import Context
from dnsguard.detect.lookalike.looks import Looks
from dnsguard.detect.query.phishing_domain import ALERT, SLUG, TECHNIQUE, Config, judge
from dnsguard.detect.response_view import Response
from dnsguard.intel.cut import cut
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Judge each CNAME target; what a brand's owner lets its own names lead to is the owner's."""
    finding = through_cnames(response, ctx, judge)
    if finding is None or "brand" not in finding.evidence:
        return finding
    owner = ctx.memory.of(Looks).owner(cut().of(response.query), ctx.config.brands)
    return None if owner is not None and finding.evidence["brand"] in owner.domains else finding
