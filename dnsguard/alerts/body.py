"""An alert as the bytes of a message, in the webhook's format and below the size receivers count on."""

from collections.abc import Callable
from typing import Final

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
    return fitting(alert, lambda one: encoded(one, form), MAX_BYTES)


def fitting(alert: Alert, make: Callable[[Alert], bytes], limit: int) -> bytes:
    """Make something of an alert that is below `limit` bytes if leaving out evidence can do that."""
    content = make(alert)
    for size in TIGHTER:
        if len(content) < limit:
            break
        evidence = trim(alert.worst.evidence, size) or {"trimmed": "all evidence: see `dnsguard alerts show`"}
        worst = msgspec.structs.replace(alert.worst, evidence=evidence)
        content = make(msgspec.structs.replace(alert, worst=worst, names=[]))
    return content


def encoded(alert: Alert, form: str) -> bytes:
    """Make the body, whatever its length."""
    made = FORMATS[form].render(alert)
    return made.encode() if isinstance(made, str) else msgspec.json.encode(made)
