import pytest

from dnsguard.intel.leeway import EXEMPT, access_networks, busy, leeway, reverse
from dnsguard.intel.suffix import is_shared


def test_the_less_known_the_stricter() -> None:
    assert leeway("google.com", "x.google.com") == EXEMPT
    assert leeway("tunnel.example", "x.tunnel.example") == 1.0
    # strangers' zones are not their host's
    assert leeway("victim.github.io", "x.victim.github.io") == 1.0


def test_busy_zones_and_what_their_owner_holds_below() -> None:
    assert leeway("spamhaus.org", "1.2.3.4.zen.spamhaus.org") == EXEMPT
    assert leeway("com.akadns.net", "x.com.akadns.net") == EXEMPT
    assert leeway("spamhaus.org.example", "x.spamhaus.org.example") == 1.0


def test_lists_have_names_and_nothing_else() -> None:
    for names in (busy(), access_networks()):
        assert len(names) > 200
        for name in names:
            assert name == name.lower().strip(". ")
            assert "." in name
    # below a suffix that anybody gets names from, anybody answers
    assert not [name for name in busy() if is_shared(name) and name.endswith((".org", ".com")) and "dns" in name[:3]]


@pytest.mark.parametrize(
    ("name", "is_reverse"),
    [
        ("4.3.2.1.in-addr.arpa", True),
        ("2.1.in-addr.arpa", True),
        ("256.3.2.1.in-addr.arpa", False),
        ("payload.2.1.in-addr.arpa", False),
        ("b.a.9.8.ip6.arpa", True),
        ("ba.9.8.ip6.arpa", False),
        ("x.e164.arpa", False),
    ],
)
def test_reverse_names(name: str, *, is_reverse: bool) -> None:
    assert reverse(name) is is_reverse
    assert leeway("zone", name) == (EXEMPT if is_reverse else 1.0)
