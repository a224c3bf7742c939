"""A CloudEvent (version 1.0.2, structured mode) around Microsoft's record."""

from typing import Any, Final

from dnsguard.alerts import operational
from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats.facts import facts

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
SOURCE: Final = "/dnsguard"
TYPE: Final = "dnsguard.alert"


def render(stored: Alert) -> dict[str, Any]:
    """Make the event; `source` and `id` together are of one telling, as the specification wants them unique."""
    about = facts(stored)
    return {
        "specversion": "1.0",
        "id": f"{stored.id}/{stored.tellings}",
        "source": f"{SOURCE}/{stored.worst.slug}",
        "type": operational.MESSAGE_TYPE if about.operational else TYPE,
        "subject": about.client,
        "time": about.record["processingEndTimeUtc"],
        "datacontenttype": "application/json",
        "data": about.record,
    }
