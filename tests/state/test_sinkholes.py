import pytest

from dnsguard.state import sinkholes
from dnsguard.state.sinkholes import MEMORY, Sinkholes

ADDRESS = bytes((192, 0, 2, 1))


def test_listed_domains_are_counted_once() -> None:
    of = Sinkholes()
    assert of.note(ADDRESS, "a.example", 0, listed=True) == (["a.example"], 1.0)
    assert of.note(ADDRESS, "a.example", 1, listed=True) == (["a.example"], 1.0)
    assert of.note(ADDRESS, "b.example", 2, listed=True) == (["a.example", "b.example"], 1.0)


def test_ordinary_domains_lower_the_share() -> None:
    of = Sinkholes()
    of.note(ADDRESS, "a.example", 0, listed=True)
    assert of.note(ADDRESS, "shop.example", 1, listed=False) == (["a.example"], 0.5)
    assert of.note(ADDRESS, "shop.example", 2, listed=False) == (["a.example"], 0.5)
    assert of.note(ADDRESS, "a.example", 3, listed=False) == (["a.example"], 0.5)


def test_an_address_without_listed_domains_is_not_remembered() -> None:
    of = Sinkholes()
    assert of.note(ADDRESS, "shop.example", 0, listed=False) == ([], 0.0)
    assert len(of) == 0


def test_what_is_old_is_forgotten() -> None:
    of = Sinkholes()
    of.note(ADDRESS, "a.example", 0, listed=True)
    assert of.note(ADDRESS, "b.example", MEMORY + 1, listed=True) == (["b.example"], 1.0)
    assert of.note(ADDRESS, "shop.example", 3 * MEMORY, listed=False) == ([], 0.0)
    assert len(of) == 0


def test_everything_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinkholes, "MAX_ADDRESSES", 10)
    of = Sinkholes()
    for i in range(50):
        of.note(i.to_bytes(4, "big"), "a.example", i, listed=True)
        of.note(bytes(4), "b.example", i, listed=True)
    assert (len(of), of.evicted) == (10, 40)
    for i in range(500):
        of.note(bytes(4), f"{i}.example", 50, listed=True)
        domains, share = of.note(bytes(4), f"{i}.shop.example", 50, listed=False)
    assert (len(domains), share) == (sinkholes.MAX_DOMAINS, 0.5)


def test_an_address_with_enough_ordinary_domains_is_decided() -> None:
    of = Sinkholes()
    assert not of.undecided(ADDRESS, 0.9)
    of.note(ADDRESS, "bad.example", 0.0, listed=True)
    assert of.undecided(ADDRESS, 0.9)
    for i in range(3):
        of.note(ADDRESS, f"good{i}.example", 0.0, listed=False)
    assert of.undecided(ADDRESS, 0.9)
    of.note(ADDRESS, "good3.example", 0.0, listed=False)
    # 32 listed ones would be 8 of 9
    assert not of.undecided(ADDRESS, 0.9)
    assert of.undecided(ADDRESS, 0.8)
