import dns.message
import dns.rcode
import dns.reversename
import pytest

from dnsguard.upstream.config import ForwardConfig
from dnsguard.upstream.forwarding import Forwarding
from dnsguard.upstream.special import SpecialNames, special
from dnsguard.wire.query import Query

NAMES = SpecialNames(Forwarding(()))


def ask(name: str, qtype: str = "A", names: SpecialNames = NAMES) -> dns.message.Message | None:
    message = names.answer(Query.of(name, qtype))
    return None if message is None else dns.message.from_wire(message)


def data(message: dns.message.Message) -> list[str]:
    return [record.to_text() for rrset in message.answer for record in rrset]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "com",
        "www.example",
        "example.com",
        "localhost.example",
        "local.net",
        "test.example.org",
        "onion.ly",
        "arpa",
        "in-addr.arpa",
        "ip6.arpa",
        "4.3.2.1.in-addr.arpa",
        "1.15.172.in-addr.arpa",
        "1.32.172.in-addr.arpa",
        "63.100.in-addr.arpa",
        "128.100.in-addr.arpa",
        "167.192.in-addr.arpa",
        "1.0.0.2.ip6.arpa",
        "ipv4only.arpa",  # RFC 8880 section 7.1: resolvers look it up
        "home.arpa.example",
        "xhome.arpa",
        "internal",
        "i2p.net",
        "bit",
    ],
)
def test_ordinary_names_are_none_of_ours(name) -> None:
    assert special(name, 1) is None
    assert ask(name) is None


@pytest.mark.parametrize("name", ["localhost", "a.localhost", "x.y.localhost"])
def test_localhost_is_this_machine(name) -> None:
    assert data(ask(name)) == ["127.0.0.1"]
    assert data(ask(name, "AAAA")) == ["::1"]
    other = ask(name, "MX")
    assert other.rcode() == dns.rcode.NOERROR
    assert not other.answer
    assert str(other.authority[0].name) == "localhost."


@pytest.mark.parametrize("top", ["invalid", "test", "local", "onion"])
@pytest.mark.parametrize("qtype", ["A", "AAAA", "NS", "DS", "SOA"])
def test_absent_domains_do_not_exist(top, qtype) -> None:
    for name in (top, f"x.{top}", f"a.b.{top}"):
        message = ask(name, qtype)
        assert message.rcode() == dns.rcode.NXDOMAIN
        assert str(message.authority[0].name) == f"{top}."


@pytest.mark.parametrize("top", ["i2p", "exit", "loki", "snode"])
def test_other_anonymity_networks_names_stay_here_but_a_machine_s_name_does_not(top) -> None:
    assert ask(f"a.b.{top}").rcode() == dns.rcode.NXDOMAIN
    assert special(top, 1) is None


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("10.1.2.3", "10.in-addr.arpa."),
        ("172.16.0.1", "16.172.in-addr.arpa."),
        ("172.31.255.1", "31.172.in-addr.arpa."),
        ("192.168.1.5", "168.192.in-addr.arpa."),
        ("0.0.0.1", "0.in-addr.arpa."),
        ("127.1.2.3", "127.in-addr.arpa."),
        ("169.254.1.1", "254.169.in-addr.arpa."),
        ("192.0.2.7", "2.0.192.in-addr.arpa."),
        ("198.51.100.7", "100.51.198.in-addr.arpa."),
        ("203.0.113.7", "113.0.203.in-addr.arpa."),
        ("100.64.0.1", "64.100.in-addr.arpa."),
        ("100.127.0.1", "127.100.in-addr.arpa."),
        ("fd00::1", "d.f.ip6.arpa."),
        ("fe80::1", "8.e.f.ip6.arpa."),
        ("feb0::1", "b.e.f.ip6.arpa."),
        ("2001:db8::1", "8.b.d.0.1.0.0.2.ip6.arpa."),
    ],
)
def test_private_addresses_have_no_names(address, zone) -> None:
    message = ask(str(dns.reversename.from_address(address)).rstrip("."), "PTR")
    assert message.rcode() == dns.rcode.NXDOMAIN
    assert str(message.authority[0].name) == zone
    assert message.authority[0].ttl == message.authority[0][0].minimum


@pytest.mark.parametrize("address", ["255.255.255.255", "::"])
def test_addresses_that_are_a_zone_themselves_are_empty(address) -> None:
    message = ask(str(dns.reversename.from_address(address)).rstrip("."), "PTR")
    assert message.rcode() == dns.rcode.NOERROR
    assert not message.answer


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_is_localhost_in_reverse(address) -> None:
    name = str(dns.reversename.from_address(address)).rstrip(".")
    assert data(ask(name, "PTR")) == ["localhost."]
    assert ask(name, "A").rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("zone", ["home.arpa", "service.arpa", "10.in-addr.arpa", "d.f.ip6.arpa"])
def test_an_empty_zone_has_soa_and_ns_only(zone) -> None:
    assert len(data(ask(zone, "SOA"))) == 1
    assert data(ask(zone, "NS")) == [f"{zone}."]
    assert ask(zone, "A").rcode() == dns.rcode.NOERROR
    assert not ask(zone, "A").answer
    assert ask(f"x.{zone}", "A").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("zone", ["home.arpa", "resolver.arpa", "168.192.in-addr.arpa"])
def test_the_parent_is_asked_for_the_ds(zone) -> None:
    assert special(zone, 43) is None
    assert special(f"x.{zone}", 43) is not None


@pytest.mark.parametrize("name", ["_dns.resolver.arpa", "resolver.arpa", "x.resolver.arpa"])
@pytest.mark.parametrize("qtype", ["SVCB", "A"])
def test_no_other_resolver_is_discovered(name, qtype) -> None:
    message = ask(name, qtype)
    assert message.rcode() == dns.rcode.NOERROR
    assert not message.answer
    assert str(message.authority[0].name) == "resolver.arpa."


def test_a_conditional_forward_wins() -> None:
    names = SpecialNames(Forwarding([ForwardConfig(names=("1.168.192.in-addr.arpa", "local"), servers=("192.0.2.1",))]))
    assert ask("5.1.168.192.in-addr.arpa", "PTR", names) is None
    assert ask("printer.local", "A", names) is None
    assert ask("5.2.168.192.in-addr.arpa", "PTR", names) is not None


def test_the_case_of_the_question_is_kept() -> None:
    query = Query.of("WwW.Home.Arpa")
    message = NAMES.answer(query)
    assert query.question in message
    assert str(dns.message.from_wire(message).authority[0].name) == "Home.Arpa."


def test_an_escaped_dot_is_no_boundary() -> None:
    assert special(r"x\.home.arpa", 1) is None
    assert special(r"\.10.in-addr.arpa", 12) is None
