"""An OCSF dns_activity (schema.ocsf.io, version 1.8.0) with the profile security_control.

It is what the schema's own text prefers for what is seen and decided inline, one event at a time; ocsf_finding.py makes
a detection_finding of the same alert.
"""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import ocsf_finding
from dnsguard.alerts.formats.facts import facts, milliseconds
from dnsguard.alerts.formats.ocsf_event import common, endpoint
from dnsguard.version import VERSION

CLASS: Final = 4003
"""dns_activity."""
CATEGORY: Final = 4
"""Network Activity."""
QUERY: Final = 1
TRAFFIC: Final = 6
"""A query and its answer."""
UDP: Final = 17
TCP: Final = 6


def render(stored: Alert) -> dict[str, Any]:
    """Make the event. What is about dnsguard itself is no DNS activity: it is made a finding."""
    about = facts(stored)
    if about.operational:
        return ocsf_finding.render(stored)
    worst = stored.worst
    activity = TRAFFIC if worst.stage == "response" else QUERY
    return {
        "class_uid": CLASS,
        "class_name": "DNS Activity",
        "category_uid": CATEGORY,
        "category_name": "Network Activity",
        "activity_id": activity,
        "activity_name": "Traffic" if activity == TRAFFIC else "Query",
        "type_uid": CLASS * 100 + activity,
        "time": milliseconds(worst.time),
        "query_time": milliseconds(worst.time),
        "query": {"hostname": about.name, "type": about.qtype, "class": "IN"},
        "src_endpoint": endpoint(about),
        "connection_info": {
            "direction_id": 2,
            "direction": "Outbound",
            "protocol_num": TCP if worst.transport == "tcp" else UDP,
            "protocol_name": worst.transport,
        },
        "firewall_rule": {
            "uid": worst.slug,
            "name": about.title,
            "category": about.alert_type,
            "condition": worst.reason,
            "match_details": [f"{key}: {value}" for key, value in about.rows],
            "version": VERSION,
        },
        **common(about),
    }
