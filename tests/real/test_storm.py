"""Hundreds of clients at once, and the hub killed in the midst: few messages, and no alert lost."""

import json
import re
import subprocess
import sys

from tests import ask
from tests.lab import ROOT, eventually, listing, webhook

CLIENTS = [f"127.1.{number // 200}.{number % 200 + 1}" for number in range(400)]


def listed(server, *args):
    command = (sys.executable, "-m", "dnsguard", *args, "-n", "100000", "--json", "--config", server.path)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_storm_is_few_messages_and_every_alert_is_listed(lab, nsd):
    receiver = lab.receiver()
    server = lab.dnsguard(
        nsd, lists=[listing(lab, "evil.example")], webhooks=[webhook(receiver)], alerts={"storm_clients": 20}
    )
    names = (f"{number}.evil.example" for number in range(len(CLIENTS)))
    with ask.Load(server.port, names, sources=CLIENTS, rate=400) as load:
        eventually(lambda: server.metric("dnsguard_alerts_told_in_storm_total") > 20, "the storm is on")
        server.kill_hub()
        server.start()
        eventually(lambda: len(load.answered) == len(CLIENTS), "all are answered")

    def own():
        return [one for one in listed(server, "alerts", "list") if "stormAbout" not in one["extendedProperties"]]

    found = eventually(lambda: found if len(found := own()) == len(CLIENTS) else None, "every alert is on disk", 60)
    assert {one["compromisedEntity"] for one in found} == set(CLIENTS)
    told = {one["systemAlertId"] for one in receiver.alerts}
    # twenty before the storm, as many again for the hub that was killed, and the storm itself
    eventually(lambda: any("stormAbout" in one["extendedProperties"] for one in receiver.alerts), "the storm is told")
    assert len(told) <= 42
    (storm,) = {one["systemAlertId"] for one in receiver.alerts if "stormAbout" in one["extendedProperties"]}
    members = listed(server, "alerts", "list", "--storm", storm)
    assert len(members) > 300
    assert all(one["systemAlertId"] in told or one in members for one in found)
    assert server.metric("dnsguard_alerts_told_in_storm_total") > 100
    # each client's alert is its incident, too
    incidents = listed(server, "incidents", "list", "--all")
    assert {one["compromisedEntity"] for one in incidents} == set(CLIENTS)
    assert re.fullmatch(r"[0-9a-f-]{36}", incidents[0]["incident"])
