"""Two workers see a half each of what many clients carry out; what each has seen counts in the other."""

import base64
import json
import random
import time

from tests import ask
from tests.lab import Dnsguard, Lab, eventually, webhook

CLIENTS = [f"127.0.0.{i}" for i in range(2, 10)]


def carried_out(server: Dnsguard, names: int) -> list[str]:
    """Rcodes of names with 15 bytes each, from the clients in turn; fast enough for one window, and not for a burst."""
    dice = random.Random(7)
    rcodes = []
    for turn in range(names):
        text = base64.b32encode(dice.randbytes(15)).decode().lower()
        rcodes.append(ask.rcode(server.ask(f"{text}.carried.example", source=CLIENTS[turn % len(CLIENTS)])))
        time.sleep(0.25)
    return rcodes


def test_a_tunnel_through_the_clients_of_two_workers_is_blocked_with_what_both_saw(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    server = lab.dnsguard(nsd, workers=2, mode="block", webhooks=[webhook(receiver)])
    rcodes = carried_out(server, 32)
    alert = eventually(
        lambda: next((each for each in receiver.alerts if each["alertType"] == "AzureDNS_DataExfiltration"), None),
        "an alert",
    )
    evidence = json.loads(alert["extendedProperties"]["evidence"])
    # alone, its worker had not seen enough
    assert evidence["total"] < evidence["limit"] <= evidence["bytes"]
    assert evidence["elsewhere"] > 0
    assert set(rcodes[:4]) == {"NOERROR"}
    assert set(rcodes[-len(CLIENTS) :]) == {"NXDOMAIN"}
