import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.query import random_domain as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.state.floods import QUIET
from dnsguard.wire.query import Query
from tests.detect import made_up
from tests.detect.made_up import Site, letters
from tests.eval.made_up_hosts import Event
from tests.eval.made_up_network import Network

ZONE = "victim-shop.com"


def flood(site: Site, count: int, *, seed: int = 1, client: str = made_up.BOT, gap: float = 0.01) -> list[str]:
    """Ask for random names; gives those that were let through."""
    passed = []
    for label in letters(seed, count, 10):
        name = f"{label.partition('.')[0]}.{ZONE}"
        if site.ask(name, client=client) is None:
            passed.append(name)
            site.answer(name, soa=ZONE, client=client, gap=gap)
        else:
            site.now += gap
    return passed


def test_a_flood_is_recognised_within_a_hundred_queries_and_stopped() -> None:
    site = made_up.randoms()
    passed = flood(site, 10_000)
    assert len(passed) <= 100
    assert len(flood(site, 5000, seed=2)) <= 50


def test_names_that_resolved_before_are_served() -> None:
    site = made_up.randoms()
    known = [f"{name}.{ZONE}" for name in ("www", "x7f3k9q2", "mail", "tracking-42")]
    for name in known:
        site.answer(name, "A 198.51.100.9")
    flood(site, 500)
    assert all(site.ask(name) is None for name in (ZONE, *known))
    assert site.ask(f"qkzxwvbnmp.{ZONE}") is not None


def test_hosts_that_every_zone_has_are_served_unseen() -> None:
    site = made_up.randoms()
    flood(site, 2000)
    assert all(site.ask(f"{host}.{ZONE}") is None for host in ("www", "mail", "api", "autodiscover"))


def test_others_may_ask_on_until_the_flood_is_everybody_s() -> None:
    site = made_up.randoms()
    flood(site, 300)
    assert site.ask(f"qkzxwvbnmp.{ZONE}", client="192.0.2.50") is None
    crowd = made_up.randoms()
    for at in range(20):
        flood(crowd, 8, seed=at, client=f"192.0.2.{100 + at}")
    assert crowd.ask(f"qkzxwvbnmp.{ZONE}", client="192.0.2.50") is not None


def test_other_zones_are_not_concerned() -> None:
    site = made_up.randoms()
    flood(site, 300)
    assert site.ask("qkzxwvbnmp.other-shop.com") is None


def test_it_is_over_when_nobody_asks_any_more() -> None:
    site = made_up.randoms()
    flood(site, 300)
    site.now += QUIET + 1
    assert site.ask(f"qkzxwvbnmp.{ZONE}") is None


def test_a_flood_of_a_zone_below_two_labels() -> None:
    site = made_up.randoms()
    for label in letters(5, 200, 9):
        name = f"{label.partition('.')[0]}.victim.co.uk"
        if site.ask(name) is None:
            site.answer(name, soa="victim.co.uk", gap=0.01)
    assert site.ask("qkzxwvbnmp.victim.co.uk") is not None
    assert site.ask("qkzxwvbnmp.another.co.uk") is None


def test_a_flood_is_no_tunnel() -> None:
    network = Network('mode = "block"')
    for at, host in enumerate(("shop", "x7f3k9q2")):
        network.play(b"\xc0\0\2\7", Event(float(at), f"{host}.{ZONE}", exists=True), made_up.START)
    stopped = 0
    for at, label in enumerate(letters(9, 400, 12)):
        name = f"{label.partition('.')[0]}.{ZONE}"
        network.play(b"\xc0\0\2\7", Event(4000 + at / 50, name, exists=False, zone=ZONE), made_up.START)
        stopped += not network.passed
    assert stopped >= 360
    assert {finding.slug for _, finding, _ in network.found} == {"random_domain"}
    for host in ("shop", "x7f3k9q2", "www"):
        raw = network.play(b"\xc0\0\2\7", Event(4010.0, f"{host}.{ZONE}", exists=True), made_up.START)
        assert raw[3] & 15 == 0


def test_evidence() -> None:
    site = made_up.randoms()
    flood(site, 300)
    finding = site.ask(f"qkzxwvbnmp.{ZONE}")
    assert isinstance(finding, Finding)
    assert finding.zone == ZONE
    assert finding.evidence["clients"] == 1
    assert finding.evidence["failed_share"] == 1.0
    assert len(finding.evidence["samples"]) == 8  # type: ignore[arg-type]


def test_scores_judge_the_most_random_label() -> None:
    context = Context(det.Config(), EMPTY)

    def score(name: str) -> float:
        return det.score(Query.of(name), context)

    assert score("www.example.com") < 1 < score("xkqvbzwpmtrhd.example.com")
    assert score("xkqvbzwpmtrhd.example.com") == score("xkqvbzwpmtrhd.www.example.com")
    assert score("localhost") == 0.0


@pytest.mark.parametrize(("key", "value"), [("flood", 9), ("client", 0), ("client", 31), ("hosts", 2)])
def test_config_errors_name_their_key(key: str, value: int) -> None:
    with pytest.raises(ValueError, match=key):
        det.Config(**{key: value})
