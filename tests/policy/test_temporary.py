import ipaddress
from typing import Any

import pytest

from dnsguard.model import Finding, Mode
from dnsguard.policy.config import AllowConfig
from dnsguard.policy.policy import Policy
from dnsguard.policy.temporary import Temporary, TemporaryAllow

FOUND = Finding(slug="threat_intel", technique="T1071", reason="listed", zone="evil.example")


def allow(**changes: Any) -> TemporaryAllow:
    values = {"id": "a1", "client": "192.0.2.7", "zone": "evil.example", "began": 1000.0, "until": 1600.0}
    return TemporaryAllow(**values | changes)


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def blocks(temporary: Temporary, client: str = "192.0.2.7", name: str = "x.evil.example", now: float = 1100.0) -> bool:
    policy = Policy(mode=Mode.BLOCK, detectors={}, allow=AllowConfig(), groups=(), temporary=temporary)
    return policy.decide(packed(client), name, [FOUND], now).action is Mode.BLOCK


@pytest.mark.parametrize(
    ("client", "name", "let"),
    [
        ("192.0.2.7", "evil.example", True),
        ("192.0.2.7", "a.b.evil.example", True),
        ("192.0.2.7", "notevil.example", False),
        ("192.0.2.7", "example", False),
        ("192.0.2.8", "evil.example", False),
        ("2001:db8::7", "evil.example", False),
    ],
)
def test_one_client_reaches_one_zone(client: str, name: str, let: bool) -> None:
    assert blocks(Temporary([allow()]), client, name) is not let


@pytest.mark.parametrize(
    ("network", "client"),
    [("192.0.2.0/24", "192.0.2.200"), ("::ffff:192.0.2.0/120", "192.0.2.9"), ("2001:db8::/32", "2001:db8::1")],
)
def test_a_network_reaches_it(network: str, client: str) -> None:
    assert not blocks(Temporary([allow(client=network)]), client)


@pytest.mark.parametrize(("now", "let"), [(999.0, True), (1599.9, True), (1600.0, False), (9e9, False)])
def test_it_ends_by_itself(now: float, let: bool) -> None:
    assert blocks(Temporary([allow()]), now=now) is not let


def test_policies_see_at_once_what_comes_and_goes() -> None:
    temporary = Temporary()
    policy = Policy(mode=Mode.BLOCK, detectors={}, allow=AllowConfig(), groups=(), temporary=temporary)
    decide = lambda: policy.decide(packed("192.0.2.7"), "evil.example", [FOUND], 1100.0)  # noqa: E731
    assert decide().action is Mode.BLOCK
    temporary.hold([allow()])
    assert (decide().action, decide().allowed_by) == (
        Mode.OFF,
        "evil.example for 192.0.2.7 until 1970-01-01 00:26:40 UTC",
    )
    temporary.hold([])
    assert decide().action is Mode.BLOCK


def test_it_wins_for_what_a_name_leads_to_as_well() -> None:
    led = Finding(
        slug="threat_intel", technique="T1071", reason="listed", zone="evil.example", subject="c.evil.example"
    )
    policy = Policy(mode=Mode.BLOCK, detectors={}, allow=AllowConfig(), groups=(), temporary=Temporary([allow()]))
    assert policy.decide(packed("192.0.2.7"), "shop.example", [led], 1100.0).action is Mode.OFF
    assert policy.decide(packed("192.0.2.8"), "shop.example", [led], 1100.0).action is Mode.BLOCK
    # other findings about the question stay
    assert policy.decide(packed("192.0.2.7"), "shop.example", [led, FOUND], 1100.0).told == ((FOUND, Mode.BLOCK),)


def test_a_client_that_is_none_is_said() -> None:
    with pytest.raises(ValueError, match="no address or CIDR"):
        Temporary([allow(client="nobody")])
