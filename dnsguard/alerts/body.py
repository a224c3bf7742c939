"""An alert as the bytes of a message, in the webhook's format and below the size receivers count on."""

from typing import Any, Final

import msgspec

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import FORMATS
from dnsguard.alerts.trim import trim

MAX_BYTES: Final = 20_000
"""Standard Webhooks, "Payload size": "less than 20kb"."""
TIGHTER: Final = (2000, 500, 0)
"""Evidence in a message that came out too long, step by step: each escape in it may count four times. [bytes]"""


def render(alert: Alert, form: str) -> bytes:
    """Make the body in the format of that name; evidence gives way, with a note, if it would be too long."""
    content = _encoded(FORMATS[form].render(alert))
    for limit in TIGHTER:
        if len(content) < MAX_BYTES:
            break
        evidence = trim(alert.worst.evidence, limit) or {"trimmed": "all evidence: see `dnsguard alerts show`"}
        worst = msgspec.structs.replace(alert.worst, evidence=evidence)
        content = _encoded(FORMATS[form].render(msgspec.structs.replace(alert, worst=worst, names=[])))
    return content


def _encoded(made: dict[str, Any] | str) -> bytes:
    return made.encode() if isinstance(made, str) else msgspec.json.encode(made)
