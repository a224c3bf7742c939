"""A stored alert as Microsoft's record: the fields of Microsoft.Security/alerts (2022-01-01, AlertProperties).

Values in `extendedProperties` are texts, as in Microsoft's schema; `evidence` there is JSON in a text, and stands once
more, readable, in `supportingEvidence`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from dnsguard.alerts import operational
from dnsguard.alerts.alert import Alert, Storm, listings
from dnsguard.alerts.texts import STEPS, TEXTS
from dnsguard.alerts.trim import shorten
from dnsguard.model import Detection
from dnsguard.version import VERSION

SCHEMA_VERSION: Final = "2022-01-01"
STORM_STEP: Final = "If not, isolate those clients, and find what they have in common: a mail, an update, a network."
NAME_SHOWN: Final = 120
"""Longest name inside a sentence or list; `entities` has it whole. [characters]"""


def from_detection(detection: Detection) -> dict[str, Any]:
    """Make the record of a detection that stands for itself, as `replay` prints."""
    return alert(Alert.opened_by(detection, detection.id))


def alert(stored: Alert) -> dict[str, Any]:
    """Make the record of an alert as it stands; JSON values only. Reads no clock: the same alert, the same record."""
    worst = stored.worst
    kind = operational.kind_of(worst.slug)
    techniques, sub_techniques = _techniques(worst.technique)
    record = {
        "version": SCHEMA_VERSION,
        "alertType": kind.id,
        "systemAlertId": stored.id,
        "productName": "dnsguard",
        "productComponentName": worst.slug,
        "vendorName": "dnsguard",
        "alertDisplayName": title(stored),
        "description": describe(stored),
        "severity": stored.severity.text,
        "intent": kind.intent,
        "status": "Active",
        "isIncident": False,
        "startTimeUtc": iso(stored.first),
        "endTimeUtc": iso(stored.last),
        "timeGeneratedUtc": iso(stored.first),
        "processingEndTimeUtc": iso(max(stored.told, stored.first)),
        "compromisedEntity": worst.client,
        "entities": _entities(stored),
        "techniques": techniques,
        "subTechniques": sub_techniques,
        "remediationSteps": steps(stored),
        "extendedLinks": _links(worst.technique),
        "correlationKey": "|".join(stored.key),
        "extendedProperties": _properties(stored),
        "supportingEvidence": {
            "type": "tabularEvidences",
            "title": "What was seen",
            "columns": ["Evidence", "Value"],
            "rows": evidence_rows(worst.evidence),
        },
    }
    return operational.adapt(record, worst) if operational.is_operational(worst) else record


def steps(stored: Alert) -> list[str]:
    """Say what to do: first what to look at, then what holds for all; the operational ones bring their own."""
    if operational.is_operational(stored.worst):
        return operational.steps(stored.worst)
    words = _words(stored)
    if stored.storm is not None:
        first = f"Look at its alerts one by one: `dnsguard alerts list --storm {words['id']}`."
        return [first, "If they are expected, suppress one of them with --any-client.", STORM_STEP]
    return [step.format_map(words) for step in (TEXTS[stored.worst.slug].first_step, *STEPS)]


def describe(stored: Alert) -> str:
    """Say in one sentence who did what, how it is known, what was done about it, and how often."""
    worst = stored.worst
    if operational.is_operational(worst):
        return operational.describe(worst)
    if stored.storm is not None:
        return _describe_storm(stored, stored.storm)
    words = _words(stored)
    known = _listings(worst.evidence)
    if known is None:
        known = f" ({reason(worst)})"
    sentence = TEXTS[worst.slug].sentence.format_map(words) + known + "; " + outcome(worst)
    if stored.count > 1:
        sentence += f" ({stored.count} times, {span(stored.first, stored.last)})"
    return f"{sentence}."


def title(stored: Alert) -> str:
    """Name the alert."""
    if stored.storm is None:
        return operational.kind_of(stored.worst.slug).title
    return f"Many clients: {operational.kind_of(stored.worst.slug).title}" if stored.storm.slug else "Many alerts"


def _describe_storm(stored: Alert, storm: Storm) -> str:
    done = {"block": "each was blocked", "": "each is listed"}.get(storm.action, "each was allowed")
    kind = f"{storm.slug} alerts ({shorten(storm.common, NAME_SHOWN)})" if storm.slug else "alerts of many kinds"
    return (
        f"{client(stored)} raised {stored.count} {kind}, {span(stored.first, stored.last)}; {done}, "
        f"and they are told together from here on; among the clients are {', '.join(storm.sample)}."
    )


def outcome(detection: Detection) -> str:
    """Say what the client got."""
    if detection.action == "shadow":
        return "it was allowed, and counted only"
    if detection.action == "suppressed":
        return "it was allowed, for a suppression covers it"
    if detection.action != "block":
        return "it was allowed"
    if detection.stage == "response":
        return "the answer was blocked"
    return "it was blocked before anything left the network"


def iso(time: float) -> str:
    """Write Unix seconds as Microsoft does, to the millisecond."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def evidence_rows(evidence: Mapping[str, object]) -> list[list[str]]:
    """Lay evidence out as two columns, a row for each leaf that a person would want to read by itself."""
    rows: list[list[str]] = []
    for key, value in evidence.items():
        if isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
            rows += [[key, _pairs(item)] for item in value]
        elif isinstance(value, list | tuple):
            rows.append([key, ", ".join(_leaf(item) for item in value)])
        elif isinstance(value, Mapping):
            rows.append([key, _pairs(value)])
        else:
            rows.append([key, _leaf(value)])
    return rows


def reason(detection: Detection) -> str:
    """Say why the detector fired, with the score if it has one that says something."""
    if detection.score == detection.threshold:
        return detection.reason
    return f"{detection.reason}; score {number(detection.score)}, alerts from {number(detection.threshold)}"


def client(stored: Alert) -> str:
    """Name the client, or say how many they are."""
    if stored.storm is None:
        return stored.worst.client
    return f"{stored.storm.clients} client{'s' * (stored.storm.clients != 1)}"


def domain(stored: Alert) -> str:
    """Name the domain, or what many alerts have in common."""
    return (stored.worst.zone or ".") if stored.storm is None else stored.storm.common


def moment(time: float) -> str:
    """Write Unix seconds for people, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")


def span(first: float, last: float) -> str:
    """Write two moments, the second without what it shares with the first."""
    start, end = moment(first), moment(last)
    if start == end:
        return f"{start} UTC"
    return f"{start} to {end[11:] if start[:10] == end[:10] else end} UTC"


def number(value: float) -> str:
    """Write a score without digits that say nothing."""
    return f"{value:.4g}"


def action(detection: Detection) -> str:
    """Name Microsoft's word for what was done."""
    return "Blocked" if detection.action == "block" else "Allowed"


def _words(stored: Alert) -> dict[str, str]:
    worst = stored.worst
    return {
        "client": worst.client,
        "asked": f"{shorten(worst.name, NAME_SHOWN) or '.'} ({worst.qtype})",
        "zone": shorten(worst.zone, NAME_SHOWN) or ".",
        "id": stored.id[:8],
    }


def _listings(evidence: Mapping[str, object]) -> str | None:
    """Say which list says so."""
    lists = listings(evidence)
    if not lists:
        return None
    names = list(dict.fromkeys(f'"{item.get("list", "")}"' for item in lists))
    entry = shorten(str(lists[0].get("entry", "")), NAME_SHOWN)
    target = evidence.get("target")
    alias = f"alias of {shorten(str(target), NAME_SHOWN)}; " if target else ""
    return f" ({alias}list{'s' * (len(names) > 1)} {', '.join(names)}: {entry})"


def _entities(stored: Alert) -> list[dict[str, Any]]:
    worst = stored.worst
    names = dict.fromkeys([worst.name, worst.zone])
    target = worst.evidence.get("target")
    if isinstance(target, str):
        names[target] = None
    return [
        {"$id": "1", "type": "ip", "address": worst.client},
        {"$id": "2", "type": "host", "hostName": worst.client, "ipInterfaces": [{"$ref": "1"}]},
        *({"$id": str(number), "type": "dns", "domainName": name or "."} for number, name in enumerate(names, start=3)),
    ]


def _properties(stored: Alert) -> dict[str, str]:
    worst = stored.worst
    properties = {
        "domain": worst.zone or ".",
        "query": worst.name or ".",
        "queryType": worst.qtype,
        "actionTaken": action(worst),
        "reason": worst.reason,
        "score": number(worst.score),
        "threshold": number(worst.threshold),
        "count": str(stored.count),
        "firstSeen": iso(stored.first),
        "lastSeen": iso(stored.last),
        "names": ", ".join(shorten(name, NAME_SHOWN) or "." for name in stored.names),
        "stage": worst.stage,
        "transport": worst.transport,
        "group": worst.group,
        "detector": worst.slug,
        "detectorVersion": VERSION,
        "tellings": str(stored.tellings),
        "evidence": msgspec.json.encode(worst.evidence).decode(),
    }
    if lists := listings(worst.evidence):
        properties["listName"] = str(lists[0].get("list", ""))
        properties["listEntry"] = str(lists[0].get("entry", ""))
        properties["listedSince"] = str(lists[0].get("since", ""))
    if stored.incident:
        properties["incident"] = stored.incident
        if stored.incident_severity is not None:
            properties["incidentSeverity"] = stored.incident_severity.text
    if stored.told_in:
        properties["storm"] = stored.told_in
    if stored.storm is not None:
        properties["stormAbout"] = stored.storm.about
        properties["stormAlerts"] = str(stored.count)
        properties["stormClients"] = str(stored.storm.clients)
        properties["stormSample"] = ", ".join(stored.storm.sample)
    return properties


def _techniques(technique: str) -> tuple[list[str], list[str]]:
    """Split `T1071.004` into technique and sub-technique, as Microsoft's two fields want them."""
    if not technique:
        return [], []
    return [technique.partition(".")[0]], [technique] if "." in technique else []


def _links(technique: str) -> list[dict[str, str]]:
    if not technique:
        return []
    return [
        {
            "Category": "technique",
            "Label": f"MITRE ATT&CK {technique}",
            "Href": f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/",
            "Type": "webLink",
        }
    ]


def _pairs(value: Mapping[Any, object]) -> str:
    return ", ".join(f"{key} {_leaf(item)}" for key, item in value.items())


def _leaf(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return number(value)
    return msgspec.json.encode(value).decode()
