"""What is on a list is blocked or told, as configured, and the receiver hears of it once, signed."""

import json
from typing import Any

import pytest

from tests import ask
from tests.lab import Dnsguard, Lab, eventually, listing, webhook
from tests.receiver import Receiver

ALERT_GROUP, ALLOW_GROUP = "127.0.0.2", "127.0.0.3"


@pytest.fixture(scope="module")
def receiver(module_lab: Lab) -> Receiver:
    return module_lab.receiver()


@pytest.fixture(scope="module")
def guard(module_lab: Lab, nsd: int, receiver: Receiver) -> Dnsguard:
    return module_lab.dnsguard(
        nsd,
        mode="block",
        lists=[listing(module_lab, "listed.example.net", "evil.com", *(f"once{i}.com" for i in range(9)))],
        allow={"names": ["allowed.evil.com"]},
        groups=[
            {"name": "watched", "clients": [ALERT_GROUP], "mode": "alert"},
            {"name": "trusted", "clients": [ALLOW_GROUP], "allow": ["evil.com"]},
        ],
        webhooks=[webhook(receiver)],
    )


def alerts_of(receiver: Receiver, word: str) -> list[dict[str, Any]]:
    """Alerts that name this domain or client."""
    return [alert for alert in receiver.alerts if f'"{word}"' in json.dumps(alert)]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("rtype", ["A", "TXT"])
@pytest.mark.parametrize(
    "name",
    [
        "listed.example.net",
        "a.b.listed.example.net",
        "A.LiStEd.ExAmPlE.nEt",
        "alias.example.net",  # a CNAME of the answer is listed
        "alias2.example.net",
        "x.moved.example.net",  # a DNAME leads there
    ],
)
def test_listed_names_are_blocked(guard: Dnsguard, name: str, rtype: str, tcp: bool) -> None:
    for _ in range(2):  # the second meets a cached answer
        answer = guard.ask(name, rtype, tcp=tcp)
        assert ask.rcode(answer) == "NXDOMAIN"
        assert not answer.answer
        assert [rrset.rdtype.name for rrset in answer.authority] == ["SOA"]
        assert set(ask.errors(answer)) & {15, 17}


@pytest.mark.parametrize("name", ["friend.example.net", "notevil.com", "evil.com.org", "evil.community"])
def test_others_are_not(guard: Dnsguard, name: str) -> None:
    assert ask.addresses(guard.ask(name))


def test_kdig_shows_why(guard: Dnsguard) -> None:
    assert "EDE: 15 (Blocked)" in ask.kdig(guard.port, "+edns", "evil.com")


def test_alert_is_signed_told_once_and_says_what_happened(guard: Dnsguard, receiver: Receiver) -> None:
    for i in range(5):
        for name in ("once0.com", f"sub{i}.once0.com"):
            assert ask.rcode(guard.ask(name)) == "NXDOMAIN"
    guard.ask("once1.com")
    # alerts go out in order: when this later one is here, a second of the first would be too
    eventually(lambda: alerts_of(receiver, "once1.com"), "the later alert")
    (alert,) = alerts_of(receiver, "once0.com")
    assert alert["alertType"] == "AzureDNS_ThreatIntelSuspectDomain"
    assert alert["severity"] == "Medium"
    assert alert["compromisedEntity"] == "127.0.0.1"
    assert alert["startTimeUtc"] <= alert["endTimeUtc"]
    assert all(delivery.verified for delivery in receiver.deliveries)


def test_alert_group_gets_its_answer_and_is_told_of(guard: Dnsguard, receiver: Receiver) -> None:
    assert ask.addresses(guard.ask("once2.com", source=ALERT_GROUP)) == ["192.0.2.1"]
    assert ask.rcode(guard.ask("once2.com")) == "NXDOMAIN"  # a cached answer of another group changes nothing
    assert ask.addresses(guard.ask("once2.com", source=ALERT_GROUP)) == ["192.0.2.1"]
    told = eventually(lambda: len(alerts := alerts_of(receiver, "once2.com")) == 2 and alerts, "both alerts")
    assert {alert["compromisedEntity"] for alert in told} == {"127.0.0.1", ALERT_GROUP}


def test_allow_wins(guard: Dnsguard, receiver: Receiver) -> None:
    assert ask.addresses(guard.ask("allowed.evil.com"))
    assert ask.addresses(guard.ask("www.allowed.evil.com"))
    assert ask.rcode(guard.ask("www.evil.com")) == "NXDOMAIN"
    assert ask.addresses(guard.ask("www.evil.com", source=ALLOW_GROUP))
    guard.ask("once3.com")
    eventually(lambda: alerts_of(receiver, "once3.com"), "a later alert")
    assert not alerts_of(receiver, "allowed.evil.com")
    assert not alerts_of(receiver, ALLOW_GROUP)


def test_every_way_to_say_no(guard: Dnsguard) -> None:
    """Last in this file: it reconfigures."""

    def says(name: str, rtype: str, **block: Any) -> ask.Message:
        guard.configure(block=block)
        guard.reload()
        want = {"refused": "REFUSED", "nxdomain": "NXDOMAIN"}.get(block["answer"], "NOERROR")
        eventually(lambda: ask.rcode(guard.ask(name, rtype)) == want, f"{name} is answered with {want}")
        return guard.ask(name, rtype)

    assert not says("once4.com", "A", answer="refused").answer
    nodata = says("once4.com", "A", answer="nodata")
    assert (nodata.answer, nodata.authority[0].rdtype.name) == ([], "SOA")
    sink = {"answer": "sinkhole", "sinkhole_ipv4": "198.51.100.9", "sinkhole_ipv6": "2001:db8::9"}
    guard.configure(block=sink)
    guard.reload()
    eventually(lambda: ask.addresses(guard.ask("once4.com")) == ["198.51.100.9"], "the sinkhole's address")
    assert ask.addresses(guard.ask("once4.com", "AAAA")) == ["2001:db8::9"]
    assert not guard.ask("once4.com", "TXT").answer
    assert not says("once4.com", "A", answer="nxdomain").answer


@pytest.mark.parametrize("mode", ["alert", "shadow", "off"])
def test_modes_that_let_through(lab: Lab, nsd: int, mode: str) -> None:
    receiver = lab.receiver()
    guard = lab.dnsguard(
        nsd,
        mode="block",
        detect={"threat_intel": {"mode": mode}},
        lists=[listing(lab, "evil.com")],
        webhooks=[webhook(receiver)],
    )
    assert ask.addresses(guard.ask("www.evil.com")) == ["192.0.2.1"]
    if mode == "alert":
        eventually(lambda: receiver.alerts, "the alert")
    if mode == "shadow":
        eventually(lambda: guard.metric("dnsguard_findings_total"), "the finding is counted")
    assert bool(receiver.alerts) is (mode == "alert")
