"""What OCSF's two classes share (schema.ocsf.io, version 1.8.0): the base event, and the profile security_control."""

from typing import Any, Final

from dnsguard.alerts.formats.facts import ATTACK_VERSION, Facts, milliseconds
from dnsguard.model import Severity
from dnsguard.version import VERSION

SCHEMA: Final = "1.8.0"
PROFILE: Final = "security_control"
SEVERITIES: Final = {Severity.INFORMATIONAL: 1, Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4}


def common(about: Facts) -> dict[str, Any]:
    """What both classes say: base event, and the profile security_control."""
    stored = about.alert
    action, disposition = (("Denied", 2), ("Blocked", 2)) if about.blocked else (("Allowed", 1), ("Alert", 19))
    said: dict[str, Any] = {
        "severity_id": SEVERITIES[about.severity],
        "severity": about.severity.text,
        "message": about.sentence,
        "count": stored.count,
        "start_time": milliseconds(stored.first),
        "end_time": milliseconds(stored.last),
        "is_alert": True,
        "action": action[0],
        "action_id": action[1],
        "disposition": disposition[0],
        "disposition_id": disposition[1],
        "confidence_score": round(about.confidence * 100),
        "metadata": {
            "version": SCHEMA,
            "uid": f"{stored.id}/{stored.tellings}",
            "event_code": about.alert_type,
            "correlation_uid": about.record["correlationKey"],
            "profiles": [PROFILE],
            "product": {"name": "dnsguard", "vendor_name": "dnsguard", "version": VERSION},
        },
        "observables": observables(about),
        # what Microsoft's record says and OCSF has no attribute for
        "unmapped": about.record["extendedProperties"],
    }
    if attacks_ := attacks(about):
        said["attacks"] = attacks_
    return said


def endpoint(about: Facts) -> dict[str, Any]:
    """The client."""
    return {"ip": about.address} if about.address else {"hostname": about.client}


def attacks(about: Facts) -> list[dict[str, Any]]:
    """MITRE ATT&CK, if the alert has a technique."""
    if not about.technique:
        return []
    attack: dict[str, Any] = {
        "version": ATTACK_VERSION,
        "technique": {"uid": about.technique.partition(".")[0]},
    }
    if "." in about.technique:
        attack["sub_technique"] = {"uid": about.technique, "src_url": about.technique_url}
    else:
        attack["technique"]["src_url"] = about.technique_url
    if about.tactic:
        attack["tactic"] = {"name": about.tactic[0], "uid": about.tactic[1]}
    return [attack]


def observables(about: Facts) -> list[dict[str, Any]]:
    """What others look for elsewhere: type 1 is a host name, 2 an address."""
    found: list[dict[str, Any]] = []
    if about.address:
        found.append({"name": "src_endpoint.ip", "type_id": 2, "type": "IP Address", "value": about.address})
    if about.name:
        found.append({"name": "query.hostname", "type_id": 1, "type": "Hostname", "value": about.name})
    return found
