import json
from datetime import UTC, datetime

import aiohttp
import pytest
from standardwebhooks.webhooks import Webhook

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.body import render
from dnsguard.simulate.receiver import Arrival, Receiver
from tests.alerts.made import detection


async def post(receiver: Receiver, body: bytes, *, message: str = "msg_1", secret: str = "") -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret or receiver.secret).sign(message, now, body.decode()),
    }
    async with aiohttp.ClientSession() as session, session.post(receiver.url, data=body, headers=headers) as response:
        return response.status


@pytest.fixture
def body() -> bytes:
    return render(Alert.opened_by(detection(1), "an-id"), "defender")


async def test_a_signed_alert_arrives_once(body: bytes) -> None:
    arrived: list[Arrival] = []
    async with Receiver(lambda: 7.0, arrived.append) as receiver:
        assert [await post(receiver, body), await post(receiver, body)] == [204, 204]
        assert receiver.refused == 0
    (one,) = arrived
    assert (one.id, one.client, one.time) == ("an-id", "192.0.2.7", 7.0)
    assert one.alert_type == "AzureDNS_ThreatIntelSuspectDomain"


async def test_what_somebody_else_signed_is_refused(body: bytes) -> None:
    arrived: list[Arrival] = []
    async with Receiver(lambda: 7.0, arrived.append) as receiver, Receiver(lambda: 7.0, arrived.append) as other:
        assert await post(receiver, body, secret=other.secret) == 400
        assert await post(receiver, json.dumps({"data": {}}).encode()) == 400
        assert receiver.refused == 2
    assert arrived == []
