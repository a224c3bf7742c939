"""What a real hub makes of requests that are wrong."""

import pytest


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/alerts?limit=x", None, 400, "limit"),
        ("GET", "/alerts?limit=0", None, 400, "limit"),
        ("GET", "/alerts?limit=1&limit=2", None, 400, "2 times"),
        ("GET", "/alerts?limitt=1", None, 400, "no such field as `limitt`"),
        ("GET", "/alerts?type=threat", None, 400, "threat_intel"),
        ("GET", "/alerts?severity=Grave", None, 400, "severity"),
        ("GET", "/alerts/zzzzzzzz", None, 404, "no alert"),
        ("GET", "/alerts/evil", None, 409, "begins several ids"),
        ("GET", "/alerts/evil1.example?id=x", None, 400, "in the path"),
        ("GET", "/nothing", None, 404, ""),
        ("PUT", "/alerts", None, 405, ""),
        ("POST", "/config/check", b"{", 400, "truncated"),
        ("POST", "/config/check", {"txt": ""}, 400, "no such field as `txt`"),
        ("POST", "/config/check", {}, 400, "`text`"),
        ("POST", "/lists/update", {"lists": ["none"]}, 409, "no list 'none'"),
        ("PATCH", "/detectors/none", {"mode": "block"}, 404, "threat_intel"),
        ("PATCH", "/detectors/threat_intel", {"mode": "blok"}, 400, "mode"),
        ("POST", "/suppressions", {"reason": "x", "type": "none"}, 422, "is no detector"),
        ("POST", "/suppressions", {"reason": "x"}, 422, 'mode = "shadow"'),
        ("POST", "/suppressions", {"reason": "x", "type": "dark_web", "lasts": "soon"}, 422, "is no duration"),
        ("DELETE", "/suppressions/none", None, 404, "no suppression"),
        ("GET", "/explain?name=http://a.example/", None, 400, "is a URL"),
        ("GET", "/explain?name=a.example&client=me", None, 400, "me"),
    ],
)
def test_what_is_wrong_is_said(api, method, path, body, status, says):
    got, headers, problem = api.call(method, path, body)
    assert (got, headers["content-type"]) == (status, "application/problem+json")
    assert problem["status"] == status
    assert says in problem["detail"]


def test_a_body_must_be_json(api):
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "text/plain"}
    status, _, problem = api.call("POST", "/config/check", b"{}", headers)
    assert (status, problem["detail"]) == (415, "the body must be application/json, not text/plain")


def test_a_body_without_end_is_not_read(api):
    status, _, problem = api.call("POST", "/config/check", {"text": "#" * (9 << 20)})
    assert (status, problem["title"]) == (413, "Request Entity Too Large")


def test_answers_are_not_kept_and_show_nothing_to_others(api):
    for path in ("/status", "/nothing", "/alerts?limit=x"):
        _, headers, _ = api.call("GET", path)
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in headers
