"""Incidents, allows and marks, as the console uses them."""


def test_alerts_of_one_client_are_an_incident(api):
    (incident,) = api.get("/incidents?alerts=2")["incidents"]
    assert (incident["client"], incident["alerts"], incident["stages"]) == ("192.0.2.7", 7, ["control"])
    said = api.get(f"/incidents/{incident['id'][:8]}")
    assert said["incident"] == incident
    assert [step["alert"]["name"] for step in said["steps"]] == [f"evil{number}.example" for number in range(7)]
    assert {step["alert"]["incident"] for step in said["steps"]} == {incident["id"]}
    assert api.get("/incidents?client=192.0.2.8")["incidents"] == []
    assert api.get("/incidents?severity=High")["incidents"] == []
    assert api.call("GET", "/incidents/ffffffff-none")[0] == 404


def test_a_client_is_let_through_for_a_while(api):
    body = {"client": "192.0.2.7", "zone": "Evil1.example", "seconds": 60, "reason": "asked by phone"}
    status, _, said = api.call("POST", "/allows", body)
    assert status == 200
    (allow,) = said["allows"]
    assert (allow["zone"], allow["by"], allow["reason"]) == ("evil1.example", "api", "asked by phone")
    assert round(allow["until"] - allow["began"]) == 60
    assert api.get("/allows") == said
    assert api.call("DELETE", f"/allows/{allow['id']}")[2] == {"allows": []}
    assert api.call("DELETE", f"/allows/{allow['id']}")[0] == 409
    assert api.call("POST", "/allows", body | {"client": "me"})[0] == 409
    assert api.call("POST", "/allows", body | {"seconds": 0})[0] == 400


def test_people_say_whether_an_alert_was_right(api):
    body = {"verdict": "false_positive", "note": "our own scanner"}
    status, _, said = api.call("POST", "/alerts/evil2/mark", body)
    assert status == 200
    assert said["alert"]["alert"]["verdict"] == "false_positive"
    assert (said["alert"]["mark"]["by"], said["alert"]["mark"]["note"]) == ("api", "our own scanner")
    listed = api.get("/detectors")["detectors"][0]
    assert (listed["slug"], listed["true_positives"], listed["false_positives"]) == ("threat_intel", 0, 1)
    said = api.call("DELETE", "/alerts/evil2/mark")[2]
    assert (said["alert"]["mark"], said["alert"]["alert"]["verdict"]) == (None, "")
    assert api.call("DELETE", "/alerts/evil2/mark")[0] == 409


def test_the_query_log_that_is_off_is_empty(api):
    assert api.get("/log") == {"mode": "off", "queries": []}
    assert api.call("GET", "/log?client=me")[0] == 400
