import pytest

from dnsguard.state.zones_seen import ZonesSeen
from tests.detect import made_up
from tests.detect.made_up import Site, letters, told

DAY = 86400.0


def labels(seed: int, count: int, size: int = 12) -> list[str]:
    return [name.partition(".")[0] for name in letters(seed, count, size)]


def failing(site: Site, names: list[str], zone: str, *, gap: float = 0.1) -> int:
    """How many fail until that is told; one more than there are: never."""
    for at, name in enumerate(names, 1):
        if told(site.answer(f"{name}.{zone}", soa=zone, gap=gap)):
            return at
    return len(names) + 1


@pytest.mark.parametrize("size", [6, 8, 12, 16])
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED"])
def test_random_names_that_fail_fast_are_a_flood(size: int, rcode: str) -> None:
    site = made_up.randoms()
    found = [
        told(site.answer(f"{label}.victim.example", rcode=rcode, soa="victim.example", gap=0.1))
        for label in labels(1, 100, size)
    ]
    assert any(found)


def test_a_popular_zone_takes_more() -> None:
    assert failing(made_up.randoms(), labels(2, 100), "wikipedia.org") > failing(
        made_up.randoms(), labels(2, 100), "victim.example"
    )
    assert failing(made_up.randoms(), labels(2, 100), "wikipedia.org", gap=0.02) <= 100


@pytest.mark.parametrize("gap", [3.0, 60.0])
def test_slowly_they_are_none(gap: float) -> None:
    assert failing(made_up.randoms(), labels(3, 200), "victim.example", gap=gap) == 201


def test_words_are_none() -> None:
    names = [
        f"{first}{second}" for first in ("old", "new", "my", "get", "shop") for second in ("page", "store", "mail")
    ]
    names += [f"{name}{at}" for name in names for at in range(9)]
    assert failing(made_up.randoms(), names, "victim.example") == len(names) + 1


def test_search_suffixes_of_an_office() -> None:
    names = [
        f"{host}.{zone}" for zone in ("google.com", "bbc.co.uk", "apple.com") for host in ("www", "mail", "a", "b2")
    ]
    names += [f"img{at}.example.net" for at in range(100)]
    assert failing(made_up.randoms(), names, "corp.example") == len(names) + 1


def test_dnsbls_and_look_ups_of_digests() -> None:
    names = [f"{at}.2.0.192" for at in range(200)]
    assert failing(made_up.randoms(), names, "dnsbl.example") == 201
    digests = [f"{at * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}" * 2 for at in range(200)]
    assert failing(made_up.randoms(), digests, "hashes.example") == 201
    assert failing(made_up.randoms(), labels(4, 300), "avqs.mcafee.com") == 301


def test_a_zone_that_mostly_resolves() -> None:
    site = made_up.randoms()
    for at, label in enumerate(labels(5, 400)):
        name = f"{label}.tracker.example"
        finding = (
            site.answer(name, soa="tracker.example", gap=0.1) if at % 2 else site.answer(name, "A 192.0.2.1", gap=0.1)
        )
        assert finding is None or finding.reason.startswith("random names that exist")


def resolving(site: Site, zone: str, count: int = 20, client: str = made_up.BOT) -> bool:
    found = [site.answer(f"{label}.{zone}", "A 192.0.2.1", client=client) for label in labels(6, count, 18)]
    return any(map(told, found))


def test_random_names_that_exist_in_a_new_zone() -> None:
    assert resolving(made_up.randoms(), "counted.com")


def test_in_a_zone_that_is_known_here_they_are_usual() -> None:
    site = made_up.randoms()
    site.memory.of(ZonesSeen).note("counted.com", site.now - 3 * DAY)
    assert not resolving(site, "counted.com")


@pytest.mark.parametrize("zone", ["wikipedia.org", "cloudfront.net", "x.azurewebsites.net", "mcafee.com", "ad.corp"])
def test_under_popular_shared_busy_and_private_zones_they_are_usual(zone: str) -> None:
    assert not resolving(made_up.randoms(), zone)


def test_under_zones_of_many_clients_they_are_usual() -> None:
    site = made_up.randoms()
    for at, label in enumerate(labels(7, 40, 18)):
        assert not told(site.answer(f"{label}.counted.com", "A 192.0.2.1", client=f"192.0.2.{at % 5 + 1}"))


def test_uuids_and_digests_are_usual() -> None:
    site = made_up.randoms()
    for at in range(40):
        digest = f"{at * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}" * 2
        assert site.answer(f"{digest}.counted.com", "A 192.0.2.1") is None


def test_an_upstream_that_blocks() -> None:
    site = made_up.randoms()
    found = [site.answer(f"{label}.victim.example", soa="victim.example", ede=15, gap=0.01) for label in labels(8, 200)]
    assert found == [None] * 200
