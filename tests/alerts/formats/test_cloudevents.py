"""Read by the CloudEvents SDK, which checks the attributes."""

import json

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat

from dnsguard.alerts import record
from dnsguard.alerts.formats import FORMATS, cloudevents
from tests.alerts.formats.samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sdk_reads_it(name: str) -> None:
    made = cloudevents.render(SAMPLES[name])
    headers = {"content-type": FORMATS["cloudevents"].content_type}
    event = from_http_event(HTTPMessage(headers, json.dumps(made).encode()), JSONFormat())
    assert event.get_specversion() == "1.0"
    assert event.get_data() == json.loads(json.dumps(record.alert(SAMPLES[name])))
    assert event.get_type() == ("dnsguard.operational" if name.startswith("feed") else "dnsguard.alert")
    assert event.get_subject() == SAMPLES[name].worst.client
    time = event.get_time()
    assert time is not None
    assert time.timestamp() == SAMPLES[name].told


def test_each_telling_is_an_event_of_its_own() -> None:
    again = SAMPLES["told twice"]
    assert cloudevents.render(again)["id"] == f"{again.id}/2"
