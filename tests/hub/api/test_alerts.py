"""Alerts of a real hub, by pages and one by one."""

import pytest

from dnsguard.hub.api import alerts

FIRST = "/alerts?limit=3"


def test_pages_follow_each_other_and_end(api):
    seen, path = [], FIRST
    while path:
        page = api.get(path)
        seen.append([alert["id"] for alert in page["alerts"]])
        path = f"{FIRST}&cursor={page['next']}" if page["next"] else ""
    assert [len(ids) for ids in seen] == [3, 3, 1]
    assert sorted(one for ids in seen for one in ids) == [f"evil{number}.example" for number in range(7)]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("client=192.0.2.7", 7),
        ("client=192.0.2.8", 0),
        ("zone=EVIL3.example.", 1),
        ("zone=example", 7),
        ("type=threat_intel", 7),
        ("type=dark_web", 0),
        ("severity=Medium", 7),
        ("severity=High", 0),
        ("since=1", 7),
        ("until=1", 0),
        ("since=1e10", 0),
        ("untold=true", 7),
    ],
)
def test_what_is_wanted_is_found(api, query, count):
    assert len(api.get(f"/alerts?{query}")["alerts"]) == count


def test_one_alert_is_told_whole(api):
    said = api.get("/alerts/evil4")
    alert = said["alert"]
    assert (alert["id"], alert["alert_type"]) == ("evil4.example", "AzureDNS_ThreatIntelSuspectDomain")
    assert (alert["count"], alert["client"], alert["action"]) == (1, "192.0.2.7", "alert")
    assert said["description"].startswith("192.0.2.7 asked for evil4.example (A)")
    assert said["names"] == ["evil4.example"]
    assert said["record"]["systemAlertId"] == "evil4.example"
    assert len(said["steps"]) > 1
    assert said["suppressible"] is True


def test_clients_are_summed_up(api):
    said = api.get("/clients")
    assert (said["total"], said["complete"]) == (1, True)
    (client,) = said["clients"]
    assert (client["client"], client["alerts"], client["queries"], client["blocked"]) == ("192.0.2.7", 7, 7, 0)
    assert (client["severity"], client["types"]) == ("Medium", {"threat_intel": 7})


def test_a_tunnels_curve_is_drawn_and_others_have_none(api):
    assert api.get("/alerts/evil1")["curve"] is False
    assert api.call("GET", "/alerts/evil1/curve.svg")[0] == 404
    assert alerts.curve_of({"curve": [[0, 10], [2.5, 300]]}) == [(0.0, 10.0), (2.5, 300.0)]
    for evidence in ({}, {"curve": []}, {"curve": "x"}, {"curve": [[0, 1], [0, 2]]}):
        assert alerts.curve_of(evidence) is None
