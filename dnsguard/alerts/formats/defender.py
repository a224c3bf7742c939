"""Microsoft's alert in the envelope of Standard Webhooks: `{"type", "timestamp", "data"}`."""

from typing import Any, Final

from dnsguard.alerts import operational, record
from dnsguard.alerts.alert import Alert

TYPE: Final = "dnsguard.alert"


def render(stored: Alert) -> dict[str, Any]:
    """Make the body; `timestamp` is when the alert was told, not when it is sent."""
    data = record.alert(stored)
    kind = operational.MESSAGE_TYPE if operational.is_operational(stored.worst) else TYPE
    return {"type": kind, "timestamp": data["processingEndTimeUtc"], "data": data}
