import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Scope, Trigger
from dnsguard.intel.readers.stix import comparisons
from tests.intel.readers.hold import NAME, mutated, read

NOW = 1.6e9
YEAR_2020 = 1577836800


def indicator(pattern: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": "2020-01-01T00:00:00Z",
        **more,
    }


BUNDLE: dict[str, Any] = {
    "type": "bundle",
    "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
    "objects": [
        {"type": "identity", "name": "x"},
        indicator("[domain-name:value = 'Evil.example']", confidence=90),
        indicator("[ipv4-addr:value = '198.51.100.7']", valid_until="2030-01-01T00:00:00.000Z"),
        indicator("[ipv4-addr:value ISSUBSET '198.51.101.0/24' OR ipv6-addr:value = '2001:db8::/48']"),
        indicator("[url:value = 'https://c.example/it\\'s']"),
        indicator("[domain-name:value IN ('d.example', 'e.example')] OR ([url:value='http://f.example'])"),
        indicator("[(domain-name:value = 'g.example')]", confidence=500, valid_from="?"),
        indicator("[domain-name:value = 'old.example']", valid_until="2020-02-01T00:00:00Z"),
        indicator("[domain-name:value = 'revoked.example']", revoked=True),
        indicator("alert dns any any", pattern_type="suricata"),
        indicator("[domain-name:value = 'h.example' AND ipv4-addr:value = '198.51.100.1']"),
        indicator("[file:hashes.MD5 = '01']"),
        indicator("[domain-name:value LIKE '%.example']"),
        indicator("[domain-name:value = 'i.example'] WITHIN 5 SECONDS"),
        indicator("[domain-name:value != 'j.example']"),
        indicator(7),
    ],
}


def data(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("stix", data(BUNDLE), now=NOW)
    day = {"seen": YEAR_2020}
    address = {"trigger": Trigger.ADDRESS, "seen": YEAR_2020}
    assert reading.found == [
        Entry("evil.example", 2, confidence=90, **day),
        Entry("198.51.100.7/32", 3, **address),
        Entry("198.51.101.0/24", 4, **address),
        Entry("2001:db8::/48", 4, **address),
        Entry("c.example", 5, Scope.EXACT, **day),
        Entry("d.example", 6, **day),
        Entry("e.example", 6, **day),
        Entry("f.example", 6, Scope.EXACT, **day),
        Entry("g.example", 7),
    ]
    assert reading.ignored == {
        "objects of type identity": 1,
        "indicators that are not valid any more": 1,
        "indicators that are revoked": 1,
        "indicators whose pattern is not in STIX's own language": 2,
    }
    assert reading.refused == {
        "needs more than one thing at once": 2,
        "compares something that is no name, address or URL": 1,
        "is a pattern that is not followed": 2,
    }
    assert reading.expires == 1893456000


@pytest.mark.parametrize(
    "pattern",
    [
        "", "[", "]", "[]", "()", "[domain-name:value]", "[domain-name:value =", "[domain-name:value = 5]",
        "[domain-name:value = 'a.example'", "domain-name:value = 'a.example'", "[domain-name:value = 'a.example')",
        "[domain-name:value = 'a.example'] OR", "[domain-name:value = 'a.example'] [domain-name:value = 'b.example']",
        "[domain-name:value IN ('a.example' 'b.example')]", "[domain-name:value IN ()]", "[domain-name:value IN ('a'",
        "[NOT domain-name:value = 'a.example']", "[[domain-name:value = 'a.example']]",
        "[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']",
        "[domain-name:value ISSUBSET 'a.example']", "[x-evil:value = 'a']", "[domain-name:value = 'a' OR ]",
    ],
)  # fmt: skip
def test_a_pattern_that_is_not_followed(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|needs|compares)"):
        comparisons(pattern)


QUOTED = st.text(max_size=10).map(lambda text: (text, text.replace("\\", "\\\\").replace("'", "\\'")))


@given(st.lists(st.tuples(st.sampled_from(["domain-name:value", "url:value", "ipv4-addr:value"]), QUOTED), min_size=1))
def test_what_is_written_is_read(parts: list[tuple[str, tuple[str, str]]]) -> None:
    pattern = " OR ".join(f"[{path} = '{text[1]}']" for path, text in parts)
    assert comparisons(pattern) == [(path, text[0]) for path, text in parts]
    inner = " OR ".join(f"{path}='{text[1]}'" for path, text in parts)
    assert comparisons(f"[{inner}]") == [(path, text[0]) for path, text in parts]


@given(st.lists(NAME))
def test_names_are_read(names: list[str]) -> None:
    bundle = {"type": "bundle", "objects": [indicator(f"[domain-name:value = '{name}']") for name in names]}
    assert [entry.text for entry in read("stix", data(bundle)).found] == names


@given(st.text(alphabet="[]()' =\\ORINAD:,", max_size=40))
def test_any_pattern_has_a_verdict(pattern: str) -> None:
    read("stix", data({"objects": [indicator(pattern)]}))


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("stix", mutated(data(BUNDLE), seed))
