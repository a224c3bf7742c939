"""An alert in the Elastic Common Schema, version 9.4."""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats.facts import Facts, facts
from dnsguard.alerts.record import iso
from dnsguard.model import Severity
from dnsguard.version import VERSION

SCHEMA: Final = "9.4.0"
SEVERITIES: Final = {Severity.INFORMATIONAL: 21, Severity.LOW: 21, Severity.MEDIUM: 47, Severity.HIGH: 73}
"""Elastic Security's numbers for low, medium and high."""


def render(stored: Alert) -> dict[str, Any]:
    """Make the document; what ECS has no field for stands below `dnsguard`."""
    about = facts(stored)
    worst = stored.worst
    made: dict[str, Any] = {
        "@timestamp": iso(stored.last),
        "ecs": {"version": SCHEMA},
        "message": about.sentence,
        "event": {
            "kind": "alert",
            "module": "dnsguard",
            "dataset": "dnsguard.alert",
            "provider": worst.slug,
            "id": stored.id,
            "code": about.alert_type,
            "action": "resolved" if about.resolved else "blocked" if about.blocked else "allowed",
            "reason": worst.reason,
            "severity": SEVERITIES[about.severity],
            "start": iso(stored.first),
            "end": iso(stored.last),
            "risk_score": round(about.confidence * 100, 1),
        },
        "observer": {"vendor": "dnsguard", "product": "dnsguard", "type": "dns", "version": VERSION},
        "rule": {
            "id": about.alert_type,
            "name": about.title,
            "category": worst.slug,
            "description": worst.reason,
            "version": VERSION,
        },
        "tags": ["dnsguard", worst.slug],
        "dnsguard": about.record["extendedProperties"] | {"severity": about.severity.text, "steps": about.steps},
    }
    if about.list_name:
        made["rule"]["ruleset"] = about.list_name
    if about.operational:
        made["event"] |= {"category": ["configuration"], "type": ["info"]}
        made["host"] = {"name": about.client}
        return made
    made["event"] |= {"category": ["network", "intrusion_detection"], "type": _types(about)}
    made["dns"] = {
        "type": "answer" if worst.stage == "response" else "query",
        "question": {
            "name": about.name,
            "type": about.qtype,
            "class": "IN",
            "registered_domain": about.zone,
        },
    }
    made["network"] = {"protocol": "dns", "transport": worst.transport, "direction": "outbound"}
    made["source"] = {"address": about.client} | ({"ip": about.address} if about.address else {})
    made["related"] = {"hosts": [about.name]} | ({"ip": [about.address]} if about.address else {})
    if about.technique:
        made["threat"] = _threat(about)
    return made


def _types(about: Facts) -> list[str]:
    return ["protocol", "denied" if about.blocked else "allowed"]


def _threat(about: Facts) -> dict[str, Any]:
    technique: dict[str, Any] = {"id": [about.technique.partition(".")[0]]}
    if "." in about.technique:
        technique["subtechnique"] = {"id": [about.technique], "reference": [about.technique_url]}
    else:
        technique["reference"] = [about.technique_url]
    threat: dict[str, Any] = {"framework": "MITRE ATT&CK", "technique": technique}
    if about.tactic:
        threat["tactic"] = {"id": [about.tactic[1]], "name": [about.tactic[0]]}
    if about.list_name:
        threat["indicator"] = {"type": "domain-name", "name": about.list_entry, "provider": about.list_name}
    return threat
