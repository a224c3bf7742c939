from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.cut import cut
from dnsguard.intel.suffix import is_shared, registrable

LABEL = st.sampled_from("www a com co uk jp kobe city ck github io amazonaws s3 duckdns org example xn--p1ai".split())


def zone(name: str) -> str:
    found = cut().zone(name)
    assert cut().zone(name) == found
    return found


def test_zones() -> None:
    for name, expected in {
        "": "",
        "com": "com",
        "example.com": "example.com",
        "a.b.example.com": "example.com",
        "a.b.example.co.uk": "example.co.uk",
        "a.b.no-such-suffix": "b.no-such-suffix",
        # private suffixes, rules with a gap, wildcards and their exceptions
        "x.y.github.io": "y.github.io",
        "x.bucket.s3.amazonaws.com": "bucket.s3.amazonaws.com",
        "a.b.c.kobe.jp": "b.c.kobe.jp",
        "a.city.kobe.jp": "city.kobe.jp",
        "a.www.ck": "www.ck",
        "a.b.other.ck": "b.other.ck",
        # dynamic DNS that publicsuffix.org does not have
        "data.victim.001www.com": "victim.001www.com",
    }.items():
        assert zone(name) == expected, name


@given(st.lists(LABEL, min_size=1, max_size=6).map(".".join))
def test_it_is_the_registrable_domain_but_below_shared_suffixes(name: str) -> None:
    found, whole = zone(name), registrable(name)
    assert name == found or name.endswith("." + found)
    if whole not in {found, name}:
        assert is_shared(whole)
        assert found.endswith("." + whole)
