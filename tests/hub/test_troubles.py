import pytest

from dnsguard.hub.report import ConfigReport, OutboxReport, UpstreamReport
from dnsguard.hub.troubles import troubles
from tests.hub.test_metrics import make_report


def test_all_is_well():
    assert troubles(make_report(webhooks=[])) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"state": "starting"}, "Queries are not answered: starting."),
        (
            {
                "config": ConfigReport(
                    state="refused", number=1, path="c", faults=["c:1: wrong"], needs_restart=[], warnings=[]
                )
            },
            "c:1: wrong",
        ),
        (
            {
                "config": ConfigReport(
                    state="good", number=1, path="c", faults=[], needs_restart=["workers"], warnings=[]
                )
            },
            "Changed, and held from the next start only: workers.",
        ),
        ({"lists_error": "no room"}, "Lists: no room"),
        ({"feeds_error": "locked"}, "Lists are not fetched: locked"),
        (
            {"outbox": OutboxReport(state="failing", error="disk full", unsaved=1, saved=0, unusable=0, pending=0)},
            "Findings cannot be stored: disk full",
        ),
        (
            {"upstreams": [UpstreamReport(server="192.0.2.53", names="", healthy=False, rtt=0.0, error="timeout")]},
            "No upstream server answers; only what is cached is answered.",
        ),
        ({}, "soc takes no alerts: 500"),
    ],
)
def test_each_thing_is_said(more, says):
    assert says in troubles(make_report(**more))
