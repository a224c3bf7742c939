import pytest

from dnsguard.upstream.config import ForwardConfig
from dnsguard.upstream.forwarding import DEFAULT, Forwarding


def forward(*names: str) -> ForwardConfig:
    return ForwardConfig(names=names, servers=("192.0.2.1",))


TWO = Forwarding([forward("corp.example", "168.192.in-addr.arpa"), forward("*.Lab.Corp.example.", "bücher.example")])


@pytest.mark.parametrize(
    ("name", "group", "zone"),
    [
        ("corp.example", 1, "corp.example"),
        ("www.corp.example", 1, "corp.example"),
        ("5.1.168.192.in-addr.arpa", 1, "168.192.in-addr.arpa"),
        ("lab.corp.example", 2, "lab.corp.example"),
        ("a.b.lab.corp.example", 2, "lab.corp.example"),
        ("www.xn--bcher-kva.example", 2, "xn--bcher-kva.example"),
        ("xcorp.example", DEFAULT, None),
        (r"x\.corp.example", DEFAULT, None),
        ("example", DEFAULT, None),
        ("", DEFAULT, None),
    ],
)
def test_the_longest_domain_decides(name, group, zone) -> None:
    assert TWO.group(name) == group
    assert TWO.zone_for(name) == zone


def test_nothing_is_forwarded_without_a_section() -> None:
    none = Forwarding(())
    assert none.group("www.example") == DEFAULT
    assert none.zone_for("www.example") is None
    assert none.zones == frozenset()


def test_a_domain_may_stand_twice_in_one_section_but_not_in_two() -> None:
    assert Forwarding([forward("a.example", "A.example")]).zones == {"a.example"}
    with pytest.raises(ValueError, match=r"'A\.example' stands in two sections"):
        Forwarding([forward("a.example"), forward("A.example")])


@pytest.mark.parametrize("text", ["", "a..b", "192.0.2.1", "a b"])
def test_what_is_no_domain_is_named(text) -> None:
    with pytest.raises(ValueError, match="write a domain"):
        Forwarding([forward(text)])
