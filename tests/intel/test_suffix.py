from pathlib import Path

import publicsuffixlist
import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from dnsguard.intel import suffix
from dnsguard.intel.names import canonical, suffixes
from dnsguard.intel.suffix import is_registry, is_shared, registrable

RULES = sorted(
    {
        canonical(line.split()[0].removeprefix("!").removeprefix("*."))
        for line in Path(publicsuffixlist.PSLFILE).read_text("utf-8").splitlines()
        if line and not line.startswith("//")
    }
)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.com", "example.com"),
        ("x.github.io", "x.github.io"),
        ("a.x.github.io", "x.github.io"),
        ("com", "com"),
        ("co.uk", "co.uk"),
        ("", ""),
        ("a.city.kawasaki.jp", "city.kawasaki.jp"),
        ("a.b.c.kawasaki.jp", "b.c.kawasaki.jp"),
        ("a.b.unheard-of", "b.unheard-of"),
        (r"a\.b.example.com", "example.com"),
        (r"a\.b.com", r"a\.b.com"),
        (r"x.a\\.co.uk", r"a\\.co.uk"),
        (r"x.\255.com", r"\255.com"),
    ],
)
def test_registrable(name: str, part: str) -> None:
    assert registrable(name) == part


@pytest.mark.parametrize(
    ("name", "registry", "shared"),
    [
        ("com", True, False),
        ("co.uk", True, False),
        ("unheard-of", True, False),
        ("x.kawasaki.jp", True, False),
        ("city.kawasaki.jp", False, False),
        ("example.com", False, False),
        ("github.io", False, True),
        ("duckdns.org", False, True),
        ("x.github.io", False, False),
        # only in the list of dynamic-DNS suffixes that comes with dnsguard
        ("chickenkiller.com", False, True),
    ],
)
def test_who_sells_or_shares_names_below(name: str, registry: bool, shared: bool) -> None:
    assert (is_registry(name), is_shared(name)) == (registry, shared)


def test_the_quick_no_agrees_with_the_list_on_each_of_its_rules() -> None:
    icann, both = PublicSuffixList(only_icann=True), PublicSuffixList()
    for rule in RULES:
        for name in (rule, f"x.{rule}", f"y.x.{rule}"):
            assert is_registry(name) is icann.is_public(name)
            if name not in suffix.shared():
                assert is_shared(name) is (both.is_public(name) and not icann.is_public(name))


@given(st.sampled_from(RULES), st.lists(st.text("ab1-", min_size=1, max_size=3), max_size=3))
def test_the_registrable_part_is_the_name_or_above_it(rule: str, labels: list[str]) -> None:
    name = ".".join([*labels, rule])
    part = registrable(name)
    assert part in list(suffixes(name))
    assert registrable(part) == part


def test_the_tables_version_is_part_of_a_snapshot_s_content() -> None:
    assert publicsuffixlist.__version__ in suffix.version()
