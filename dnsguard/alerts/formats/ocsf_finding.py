"""An OCSF detection_finding (schema.ocsf.io, version 1.8.0) with the profile security_control."""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import ocsf_event
from dnsguard.alerts.formats.facts import facts, milliseconds
from dnsguard.version import VERSION

CLASS: Final = 2004
CATEGORY: Final = 2
"""Findings."""
CREATE: Final = 1
UPDATE: Final = 2
CLOSE: Final = 3
_ACTIVITIES: Final = {CREATE: "Create", UPDATE: "Update", CLOSE: "Close"}
NEW: Final = 1
RESOLVED: Final = 4


def render(stored: Alert) -> dict[str, Any]:
    """Make the finding: created when the alert is first told, updated when it is told again."""
    about = facts(stored)
    worst = stored.worst
    activity = CLOSE if about.resolved else CREATE if stored.tellings == 1 else UPDATE
    finding: dict[str, Any] = {
        "uid": stored.id,
        "title": about.title,
        "desc": about.sentence,
        "types": [about.alert_type],
        "created_time": milliseconds(stored.first),
        "modified_time": milliseconds(max(stored.told, stored.first)),
        "first_seen_time": milliseconds(stored.first),
        "last_seen_time": milliseconds(stored.last),
        # a rule where a list or a signature says so, else behaviour
        "analytic": {
            "type_id": 1 if about.list_name else 2,
            "type": "Rule" if about.list_name else "Behavioral",
            "uid": worst.slug,
            "name": worst.reason,
            "version": VERSION,
        },
        "data_sources": ["dns"],
        "related_events_count": stored.count,
    }
    if attacks := ocsf_event.attacks(about):
        finding["attacks"] = attacks
    evidence: dict[str, Any] = {"data": about.record["supportingEvidence"], "src_endpoint": ocsf_event.endpoint(about)}
    if about.name:
        evidence["query"] = {"hostname": about.name, "type": about.qtype, "class": "IN"}
    made = {
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "type_uid": CLASS * 100 + activity,
        "time": milliseconds(max(stored.told, stored.first)),
        "status_id": RESOLVED if about.resolved else NEW,
        "status": "Resolved" if about.resolved else "New",
        "finding_info": finding,
        "evidences": [evidence],
        "resources": [{"name": about.client, "type": "Host", **({"ip": about.address} if about.address else {})}],
        **ocsf_event.common(about),
    }
    if about.steps:
        made["remediation"] = {"desc": "\n".join(about.steps)}
    return made
