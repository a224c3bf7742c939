"""The document that is served, and what a fuzzer that reads it finds in a real hub."""

import json

import schemathesis
from hypothesis import settings
from schemathesis.checks import positive_data_acceptance

from dnsguard.hub.api import openapi
from dnsguard.hub.api.routes import OPERATIONS
from dnsguard.hub.signin.guard import ASKED

# an event stream never ends: test_events.py reads it
FUZZED = schemathesis.openapi.from_dict(openapi.document(OPERATIONS)).exclude(path="/events")


@FUZZED.parametrize()
@settings(max_examples=15, deadline=None)
def test_nothing_it_makes_up_breaks_the_api_or_its_word(api, case):
    sent = {"Authorization": f"Bearer {api.token}", ASKED: "1"}
    # the case's own too, or a check takes a header that it left out for not sent, and the answer for a fault
    case.headers.update(sent)
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{api.port}/api/v1",
        headers=sent,
        # a text that is no name or no id is within the schema, and refused
        excluded_checks=[positive_data_acceptance],
    )


def test_the_document_is_valid_and_whole(api):
    document = api.get("/openapi.json")
    assert document == json.loads(json.dumps(openapi.document(OPERATIONS)))
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()
    assert {(method.upper(), path) for path, item in document["paths"].items() for method in item} == {
        (one.method, one.path) for one in OPERATIONS
    }


def test_what_is_read_and_written_is_described():
    document = openapi.document(OPERATIONS)
    parameters = {p["name"]: p for p in document["paths"]["/alerts"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
    assert parameters["since"]["description"] == "Seen at or after. [unix seconds]"
    assert document["paths"]["/alerts/{id}"]["get"]["parameters"][0]["required"]
    assert document["components"]["schemas"]["Alert"]["properties"]["count"]["description"] == "Queries."
    assert document["paths"]["/session"]["post"]["security"] == []
    assert "security" not in document["paths"]["/status"]["get"]
