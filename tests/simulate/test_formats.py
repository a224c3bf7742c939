"""What the thirteen detectors really say, in every format: each valid, and readable by whom it is for."""

import json

import pytest
from cefevent.extensions import extension_dictionary
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from slack_sdk.models.blocks import Block

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.body import MAX_BYTES, render
from dnsguard.alerts.formats import FORMATS, ocsf, ocsf_finding, rfc5424
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.model import ALERT_TYPES
from tests.alerts.formats import test_cef as cef
from tests.alerts.formats import test_chats as chats
from tests.alerts.formats import test_ecs as ecs
from tests.alerts.formats import test_ocsf as schema
from tests.alerts.formats import test_sentinel as sentinel
from tests.alerts.syslog import SyslogMessage
from tests.simulate.played import play

each = pytest.mark.parametrize("slug", ALERT_TYPES)


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Alert]:
    return play(BEHAVIOURS, tmp_path_factory.mktemp("played"))


@each
def test_each_behaviour_raises_its_alert(slug: str, alerts: dict[str, Alert]) -> None:
    assert slug in alerts


@each
@pytest.mark.parametrize("form", FORMATS)
def test_no_message_is_too_long(slug: str, form: str, alerts: dict[str, Alert]) -> None:
    assert len(render(alerts[slug], form)) < MAX_BYTES


@each
def test_machines_read_it(slug: str, alerts: dict[str, Alert]) -> None:
    alert = alerts[slug]
    assert schema.faults("dns_activity", ocsf.render(alert)) == []
    assert schema.faults("detection_finding", ocsf_finding.render(alert)) == []
    assert ecs.faults(json.loads(render(alert, "ecs"))) == []
    row = json.loads(render(alert, "sentinel"))
    assert set(row) <= sentinel.STRINGS | sentinel.TIMES | {"ConfidenceScore", "IsIncident"}
    head, extension = cef.read(render(alert, "cef").decode())
    assert head[4] == ALERT_TYPES[slug].id
    assert set(extension) <= set(extension_dictionary)
    headers = {"content-type": FORMATS["cloudevents"].content_type}
    event = from_http_event(HTTPMessage(headers, render(alert, "cloudevents")), JSONFormat())
    assert event.get_data()["alertType"] == ALERT_TYPES[slug].id
    assert SyslogMessage.parse(rfc5424.render(alert, "local0")).msgid == slug


@each
def test_people_read_it(slug: str, alerts: dict[str, Alert]) -> None:
    alert = alerts[slug]
    for block in Block.parse_all(json.loads(render(alert, "slack"))["blocks"]):
        block.validate_json()
    card = json.loads(render(alert, "teams"))["attachments"][0]["content"]
    del card["msteams"]
    assert list(chats.CARDS.iter_errors(card)) == []
    (embed,) = json.loads(render(alert, "discord"))["embeds"]
    assert all(len(field["value"]) <= 1024 for field in embed["fields"])
