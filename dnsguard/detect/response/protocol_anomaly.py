"""An answer breaks the protocol, or has what honest answers do not have.

Alert type: AzureDNS_ProtocolAnomaly
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: answers that fail a check of anomaly/checks.py; severe checks at once, the others by their share of all queries
    and their repeats for one client
Source: the RFC clause beside each check; Suricata's dns-events.rules are a subset (tests/anomaly/test_suricata.py)
Known gap: whether an answer is longer than it may be for its transport is not known here; the rest as in the query
    stage.
"""

from dnsguard.anomaly.answer_scan import answer_hits
from dnsguard.anomaly.quick import ADDRESS, answer_mask
from dnsguard.anomaly.walk import Hit
from dnsguard.detect.anomalous import SLUG, TECHNIQUE
from dnsguard.detect.context import Context
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.query.protocol_anomaly import ALERT, Config, judged
from dnsguard.detect.response_view import Response
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding
from dnsguard.state.anomalies import Anomalies
from dnsguard.wire.kinds import WEEK

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect", "malformed"]


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Look closer at an answer that the quick look found something in."""
    query, answer = response.query, response.answer
    mask = answer_mask(query, answer)
    if not mask:
        return None
    hits = answer_hits(answer.message, b"")
    oddities = ctx.memory.of(Anomalies).oddities
    for hit in hits:
        if hit.check == "ttl_long":
            ttl = max(ttl for _, ttl in answer.ttls)
            if ttl > WEEK and oddities.churns(registrable(query.name), ttl, query.time):
                hits.append(Hit("ttl_churn", hit.at, hit.size))
            break
    if mask & ADDRESS and oddities.was_public(query.name, query.time):
        for hit in hits:
            if hit.check in {"private_address", "loopback_address"}:
                hits.append(Hit("rebinding", hit.at, hit.size))
                break
    return judged(hits, answer.message, query, ctx)


def malformed(subject: Malformed, ctx: Context[Config]) -> Finding | None:
    """Look at an answer that was rejected, or cleaned before it went on."""
    query = subject.query
    if not ctx.memory.of(Anomalies).admit(query.client, query.time):
        return None
    hits = answer_hits(subject.message, query.question)
    if subject.cleaned:
        # what is left in it shows when it is judged
        left = {hit.check for hit in answer_hits(subject.cleaned, query.question)}
        hits = [hit for hit in hits if hit.check not in left]
    elif not hits and subject.message[4:6] != b"\0\0":  # a bare error is none
        hits = [Hit("unreadable", 0, len(subject.message))]
    return judged(hits, subject.message, query, ctx)
