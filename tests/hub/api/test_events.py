"""The event stream over HTTP, as a browser reads it."""

import http.client
import json
import re

from dnsguard.hub.signin.guard import ASKED


def stream(api, last=""):
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    headers = {"Authorization": f"Bearer {api.token}"} | ({"Last-Event-ID": last} if last else {})
    connection.request("GET", "/api/v1/events", headers=headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.readline() == b"retry: 2000\n"
    return connection, answer


def read(answer, count):
    found, last = [], ""
    while len(found) < count:
        line = answer.readline().decode()
        if match := re.match(r"id: (.*)\n", line):
            last = match[1]
        if match := re.match(r"data: (.*)\n", line):
            found.append(json.loads(match[1]))
    return found, last


def test_what_is_found_is_told_at_once_and_a_reader_that_comes_back_misses_nothing(hub, api):
    connection, answer = stream(api)
    hub.ask("block live1.example")
    (event,), last = read(answer, 1)
    assert (event["name"], event["type"], event["severity"]) == ("live1.example", "threat_intel", "Medium")
    assert api.get("/status")["report"]["console"] == {"readers": 1, "dropped": 0}
    connection.close()
    answer.close()
    hub.ask("block live2.example")
    hub.ask("block live3.example")
    connection, answer = stream(api, last)
    events, _ = read(answer, 2)
    assert [each["name"] for each in events] == ["live2.example", "live3.example"]
    # an event names its alert
    assert api.get(f"/alerts/{events[0]['id']}")["alert"]["zone"] == "live2.example"
    connection.close()
    answer.close()


def test_whoever_signs_out_hears_no_more(hub, api):
    cookie = api.sign_in()[1]["set-cookie"].split(";")[0]
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    connection.request("GET", "/api/v1/events", headers={"Cookie": cookie})
    answer = connection.getresponse()
    assert answer.readline() == b"retry: 2000\n"
    hub.ask("block heard.example")
    assert [event["name"] for event in read(answer, 1)[0]] == ["heard.example"]
    assert api.call("DELETE", "/session", headers={"Cookie": cookie, ASKED: "1"})[0] == 200
    hub.ask("block unheard.example")
    assert answer.read() == b"\n"  # the end of the last event, and of the stream
    connection.close()


def test_it_needs_a_sign_in(api):
    assert api.call("GET", "/events", headers={})[0] == 401
