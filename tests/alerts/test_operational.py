"""Alerts about dnsguard itself, on the way of all alerts."""

import asyncio

import pytest

from dnsguard.alerts import operational
from dnsguard.alerts.alert import Alert
from dnsguard.alerts.body import render
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.formats import FORMATS
from dnsguard.alerts.record import alert, describe
from dnsguard.alerts.webhook import Deliverer
from dnsguard.alerts.writer import AsyncOutbox
from dnsguard.model import ALERT_TYPES
from tests.alerts.hooks import hooked, until
from tests.alerts.made import detection, outbox
from tests.receiver import SECRET


def raised(**changes):
    return operational.detection("feed_refused", "urlhaus", "is a web page, not a list", 1000.0, **changes)


def opened(one):
    return Alert.opened_by(one, one.id)


def test_no_type_is_one_of_microsofts():
    assert not operational.TYPES.keys() & ALERT_TYPES.keys()
    assert all(kind.id.startswith("dnsguard_") and kind.slug == slug for slug, kind in operational.TYPES.items())
    assert operational.kind_of("threat_intel") is ALERT_TYPES["threat_intel"]
    assert not operational.is_operational(detection())


def test_a_record_says_what_it_is_about_and_pretends_no_query():
    record = alert(opened(raised(evidence={"url": "https://lists.example/a.txt"})))
    assert record["alertType"] == "dnsguard_FeedRefused"
    assert (record["severity"], record["status"], record["intent"]) == ("Low", "Active", "Unknown")
    assert record["productComponentName"] == "feeds"
    assert record["description"] == "List urlhaus: is a web page, not a list."
    assert [entity["type"] for entity in record["entities"]] == ["host"]
    assert record["extendedProperties"]["list"] == "urlhaus"
    assert "query" not in record["extendedProperties"]
    assert record["supportingEvidence"]["rows"] == [["url", "https://lists.example/a.txt"]]
    assert record["remediationSteps"]
    # the same fields as any other alert
    assert record.keys() == alert(opened(detection())).keys()


def test_a_recovery_is_resolved_and_belongs_to_its_alert():
    first, last = opened(raised()), opened(raised(resolved=True))
    assert first.key != last.key
    assert alert(first)["correlationKey"] == alert(last)["correlationKey"]
    assert alert(last)["status"] == "Resolved"
    assert alert(last)["remediationSteps"] == []
    assert describe(last) == describe(first)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("slug", operational.TYPES)
def test_every_format_and_type_renders_below_the_bound(slug, form):
    one = operational.detection(slug, "x" * 5000, "y" * 5000, 1.0, evidence={"a": "z" * 50_000})
    assert len(render(opened(one), form)) < 20_000


async def test_it_reaches_a_receiver_signed_and_once_for_repeats(tmp_path):
    async with hooked() as hook:
        webhook = WebhookConfig(url=hook.url, secret=SECRET)
        store = AsyncOutbox(outbox(tmp_path, webhook))
        await store.record("feeds", 1, [raised()])
        await store.record("feeds", 2, [raised()])
        await store.record("feeds", 3, [raised(resolved=True)])
        deliverer = Deliverer(store, [webhook], clock=lambda: 1000.0)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(deliverer.run())
            await until(lambda: len(hook.messages) == 2)
            task.cancel()
        await store.close()
    assert all(b'"type":"dnsguard.operational"' in body for _, body in hook.messages)
    assert sorted(one["status"] for one in hook.alerts) == ["Active", "Resolved"]
    assert all(headers["webhook-signature"].startswith("v1,") for headers, _ in hook.messages)
