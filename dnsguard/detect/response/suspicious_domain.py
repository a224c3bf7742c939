"""An answer is what a network signature describes: a tunnel's server, a command or a program in a TXT record.

Alert type: AzureDNS_SuspiciousDomain
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: rules of Suricata's language, asked of the records' names, of the header, and of the whole message
Source: the configured rules files of category `suspicious_domain`; the starter's are our own (blocklists/SOURCES.md)
Known gap: records that were not asked for are removed before any rule sees the answer; a name that is cut by DNS
    compression stands whole only in the buffers made for names, not in the message.
"""

from typing import Final

from dnsguard.detect.context import Context
from dnsguard.detect.query.suspicious_domain import ALERT, SLUG, TECHNIQUE, Config
from dnsguard.detect.response_view import Response
from dnsguard.detect.signed import signed
from dnsguard.model import Finding
from dnsguard.signatures.thresholds import Thresholds

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]

REASON: Final = "answer matches a network signature"


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Ask the rules; the worst one makes the finding."""
    hits = ctx.intel.signatures.response(response.query, response.answer, ctx.memory.of(Thresholds))
    return signed(SLUG, TECHNIQUE, REASON, response.query, hits) if hits else None
