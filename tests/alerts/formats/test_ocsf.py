"""Against the schema itself, as ocsf-json-schema carries it: closed objects, required attributes, enumerations."""

from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchema, OcsfJsonSchemaEmbedded, get_ocsf_schema

from dnsguard.alerts.formats import ocsf, ocsf_event, ocsf_finding
from tests.alerts.formats.samples import SAMPLES

each = pytest.mark.parametrize("name", SAMPLES)


@cache
def validator(name: str) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(OcsfJsonSchema(get_ocsf_schema(ocsf_event.SCHEMA)))
    return Draft202012Validator(schema.get_class_schema(name, [ocsf_event.PROFILE]))


def faults(name: str, event: dict[str, Any]) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator(name).iter_errors(event)]


@each
def test_an_event_is_valid(name: str) -> None:
    event = ocsf.render(SAMPLES[name])
    assert faults("detection_finding" if event["class_uid"] == ocsf_finding.CLASS else "dns_activity", event) == []


@each
def test_a_finding_is_valid(name: str) -> None:
    assert faults("detection_finding", ocsf_finding.render(SAMPLES[name])) == []


def test_the_schema_would_see_a_fault() -> None:
    event = ocsf.render(SAMPLES["listed"])
    assert faults("dns_activity", event | {"rcode_id": "three"})
    assert faults("dns_activity", event | {"nosuch": 1})
    assert faults("dns_activity", {key: value for key, value in event.items() if key != "severity_id"})


def test_what_was_done_is_told() -> None:
    blocked, allowed = ocsf.render(SAMPLES["listed"]), ocsf.render(SAMPLES["dark_web"])
    assert (blocked["action_id"], blocked["disposition_id"]) == (2, 2)
    assert (allowed["action_id"], allowed["disposition_id"]) == (1, 19)
    assert blocked["src_endpoint"] == {"ip": "192.0.2.7"}
    assert blocked["query"]["hostname"] == "www.listed.example"
    assert blocked["type_uid"] == 400301
    assert ocsf.render(SAMPLES["response"])["type_uid"] == 400306


def test_one_that_is_told_again_is_an_update_and_one_that_is_over_is_closed() -> None:
    activities = [
        ocsf_finding.render(SAMPLES[name])["activity_id"] for name in ("listed", "told twice", "feed believed")
    ]
    assert activities == [1, 2, 3]


def test_messages_of_one_finding_have_its_uid_and_a_number_each() -> None:
    finding = ocsf_finding.render(SAMPLES["told twice"])
    assert finding["finding_info"]["uid"] == SAMPLES["told twice"].id
    assert finding["metadata"]["uid"] == f"{SAMPLES['told twice'].id}/2"
    assert finding["count"] == 10
