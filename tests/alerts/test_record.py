import json
import re
from datetime import UTC, datetime

import msgspec
import pytest

from dnsguard.alerts import record
from dnsguard.alerts.texts import STEPS, TEXTS
from dnsguard.model import ALERT_TYPES, Severity
from tests.alerts.made import alert, detection

# Microsoft.Security/alerts 2022-01-01, AlertProperties: name -> JSON type
FIELDS = {
    "version": str,
    "alertType": str,
    "systemAlertId": str,
    "productComponentName": str,
    "alertDisplayName": str,
    "description": str,
    "severity": str,
    "intent": str,
    "startTimeUtc": str,
    "endTimeUtc": str,
    "remediationSteps": list,
    "vendorName": str,
    "status": str,
    "extendedLinks": list,
    "timeGeneratedUtc": str,
    "productName": str,
    "processingEndTimeUtc": str,
    "entities": list,
    "isIncident": bool,
    "correlationKey": str,
    "extendedProperties": dict,
    "compromisedEntity": str,
    "techniques": list,
    "subTechniques": list,
    "supportingEvidence": dict,
}


def test_the_fields_are_microsofts() -> None:
    made = record.alert(alert())
    assert {key: type(value) for key, value in made.items()} == FIELDS
    assert all(isinstance(value, str) for value in made["extendedProperties"].values())
    assert all("type" in entity for entity in made["entities"])
    assert json.loads(msgspec.json.encode(made)) == made


def test_who_what_when() -> None:
    one = alert(time=1_800_000_000.25)
    one.add(detection(2, time=1_800_000_060.5, count=3, name="a.listed.example"))
    made = record.alert(one)
    assert (made["alertType"], made["severity"], made["intent"], made["status"]) == (
        "AzureDNS_ThreatIntelSuspectDomain", "Medium", "InitialAccess", "Active"
    )  # fmt: skip
    assert made["compromisedEntity"] == "192.0.2.7"
    assert made["startTimeUtc"] == made["timeGeneratedUtc"] == "2027-01-15T08:00:00.250Z"
    assert made["endTimeUtc"] == "2027-01-15T08:01:00.500Z"
    properties = made["extendedProperties"]
    assert (properties["count"], properties["actionTaken"], properties["domain"]) == ("4", "Blocked", "listed.example")
    assert (properties["listName"], properties["names"]) == ("lab", "www.listed.example, a.listed.example")
    assert json.loads(properties["evidence"])["lists"][0]["line"] == 3
    assert {"$id": "1", "type": "ip", "address": "192.0.2.7"} in made["entities"]
    assert [entity["domainName"] for entity in made["entities"] if entity["type"] == "dns"] == [
        "www.listed.example", "listed.example"
    ]  # fmt: skip


def test_one_sentence_names_client_domain_and_list() -> None:
    one = alert(time=1_800_000_000)
    one.add(detection(2, time=1_800_000_060))
    assert record.describe(one) == (
        '192.0.2.7 asked for www.listed.example (A), which is known as malicious (list "lab": listed.example); '
        "it was blocked before anything left the network (2 times, 2027-01-15 08:00:00 to 08:01:00 UTC)."
    )


def test_an_alias_is_named() -> None:
    evidence = {**detection().evidence, "target": "deep.listed.example", "chain": ["www.shop.example"]}
    one = alert(name="www.shop.example", evidence=evidence, stage="response")
    assert 'alias of deep.listed.example; list "lab"' in record.describe(one)
    assert "the answer was blocked" in record.describe(one)
    assert "deep.listed.example" in [entity.get("domainName") for entity in record.alert(one)["entities"]]


def test_a_score_is_told_where_it_says_something() -> None:
    one = alert(score=8211.0, threshold=4096.0, reason="bytes over bound", evidence={}, action="alert")
    assert "(bytes over bound; score 8211, alerts from 4096); it was allowed." in record.describe(one)


def test_techniques() -> None:
    assert (record.alert(alert())["techniques"], record.alert(alert())["subTechniques"]) == (["T1071"], [])
    made = record.alert(alert(technique="T1071.004"))
    assert (made["techniques"], made["subTechniques"]) == (["T1071"], ["T1071.004"])
    assert made["extendedLinks"][0]["Href"] == "https://attack.mitre.org/techniques/T1071/004/"
    made = record.alert(alert(technique=""))
    assert (made["techniques"], made["subTechniques"], made["extendedLinks"]) == ([], [], [])


@pytest.mark.parametrize("slug", ALERT_TYPES)
def test_every_alert_type_has_its_words(slug: str) -> None:
    assert list(TEXTS) == list(ALERT_TYPES)
    made = record.alert(alert(slug=slug, severity=Severity.LOW))
    assert made["alertDisplayName"] == ALERT_TYPES[slug].title
    assert made["description"].startswith("192.0.2.7 ")
    assert "listed.example" in made["description"]
    assert not re.search(r"[{}]", made["description"] + "".join(made["remediationSteps"]))
    assert len(made["remediationSteps"]) == 1 + len(STEPS)


def test_evidence_rows() -> None:
    rows = record.evidence_rows(
        {
            "n": 3,
            "share": 0.123456,
            "names": ["a", "b"],
            "lists": [{"list": "x", "line": 1}],
            "map": {"k": True},
            "no": None,
        }
    )
    assert rows == [
        ["n", "3"],
        ["share", "0.1235"],
        ["names", "a, b"],
        ["lists", "list x, line 1"],
        ["map", "k true"],
        ["no", "null"],
    ]


def test_the_root_has_a_name() -> None:
    made = record.alert(alert(name="", zone=""))
    assert (made["extendedProperties"]["query"], made["entities"][2]["domainName"]) == (".", ".")


def test_odd_evidence_breaks_nothing() -> None:
    for evidence in ({"lists": []}, {"lists": ["x"]}, {"lists": "x"}, {"lists": [{}]}, {"target": 5}):
        record.alert(alert(evidence=evidence))


def test_a_detection_that_stands_for_itself() -> None:
    made = record.from_detection(detection(7, time=1_800_000_000))
    assert made["systemAlertId"] == detection(7).id
    assert made["timeGeneratedUtc"] == datetime.fromtimestamp(1_800_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
