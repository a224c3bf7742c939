from dnsguard.alerts import record
from dnsguard.alerts.formats import FORMATS
from tests.alerts.made import alert


def test_the_envelope_is_standard_webhooks() -> None:
    body = FORMATS["defender"].render(alert(time=1_800_000_000))
    assert isinstance(body, dict)
    assert list(body) == ["type", "timestamp", "data"]
    assert (body["type"], body["timestamp"]) == ("dnsguard.alert", "2027-01-15T08:00:00.000Z")
    assert body["data"] == record.alert(alert(time=1_800_000_000))
