"""What is expected, said and taken back over the API."""

from dnsguard.config import load


def test_an_alerts_like_is_suppressed_and_told_again(hub, api):
    status, _, said = api.call("POST", "/suppressions", {"alert": "evil5", "reason": "ours", "lasts": "ever"})
    assert status == 200
    (one,) = said["suppressions"]
    assert (one["type"], one["clients"], one["zone"]) == ("threat_intel", ["192.0.2.7"], "evil5.example")
    assert (one["expires"], one["active"], one["covered"], one["reason"]) == ("", True, 0, "ours")
    assert load(hub.path).suppressions[0].zone == "evil5.example"
    assert api.get("/suppressions") == said
    assert api.call("DELETE", f"/suppressions/{one['id']}")[2]["suppressions"] == []
    assert load(hub.path).suppressions == ()


def test_one_can_be_written_by_hand(api):
    body = {"reason": "scans", "type": "random_domain", "clients": ["10.0.0.0/8"], "lasts": "90d"}
    said = api.call("POST", "/suppressions", body)[2]
    (one,) = said["suppressions"]
    assert (one["clients"], one["zone"]) == (["10.0.0.0/8"], "")
    assert one["expires"] > "2026"
    api.call("DELETE", f"/suppressions/{one['id']}")


def test_without_a_reason_or_a_bound_nothing_is_written(hub, api):
    text = hub.path.read_text()
    assert api.call("POST", "/suppressions", {"reason": " ", "type": "dark_web"})[0] == 422
    assert api.call("POST", "/suppressions", {"reason": "all"})[0] == 422
    assert api.call("POST", "/suppressions", {"reason": "x", "clients": ["10.0.0.0/33"]})[0] == 422
    assert hub.path.read_text() == text
