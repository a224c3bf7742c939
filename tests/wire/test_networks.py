import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dnsguard.wire.networks import Networks, prefix


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def unmapped(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network of IPv4-mapped addresses as the IPv4 network it is, as its clients are (RFC 4291 section 2.5.5.2)."""
    if network.version == 6 and network.prefixlen >= 96 and (address := network.network_address.ipv4_mapped):
        return ipaddress.ip_network((int(address), network.prefixlen - 96))
    return network


@given(
    st.lists(
        st.ip_addresses(v=4).flatmap(lambda ip: st.integers(0, 32).map(lambda n: f"{ip}/{n}"))
        | st.ip_addresses(v=6).flatmap(lambda ip: st.integers(0, 128).map(lambda n: f"{ip}/{n}")),
        max_size=5,
    ),
    st.ip_addresses(),
)
@example(["::ffff:0:0/96"], ipaddress.ip_address("0.0.0.0"))
@example(["::ffff:10.0.0.0/104"], ipaddress.ip_address("11.0.0.0"))
@example(["::/95"], ipaddress.ip_address("10.0.0.1"))
def test_networks_agree_with_the_standard_library(texts, client) -> None:
    packed = client.packed
    if client.version == 6 and client.ipv4_mapped:
        client = client.ipv4_mapped
    networks = [unmapped(ipaddress.ip_network(text, strict=False)) for text in texts]
    expected = any(client.version == net.version and client in net for net in networks)
    assert (packed in Networks(texts)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", (32, 32, 0xC0000207)),
        ("192.0.2.7/24", (32, 24, 0xC00002)),
        ("0.0.0.0/0", (32, 0, 0)),
        ("::ffff:192.0.2.7", (32, 32, 0xC0000207)),
        ("::ffff:192.0.2.0/120", (32, 24, 0xC00002)),
        ("::ffff:0:0/96", (32, 0, 0)),
        ("2001:db8::/32", (128, 32, 0x20010DB8)),
    ],
)
def test_a_mapped_network_is_the_one_it_stands_for(text: str, expected: tuple[int, int, int]) -> None:
    assert prefix(text) == expected


def test_a_client_that_came_in_mapped_is_the_same() -> None:
    networks = Networks(["192.0.2.0/24", "::ffff:198.51.100.7"])
    for client in ("192.0.2.9", "::ffff:192.0.2.9", "198.51.100.7", "::ffff:198.51.100.7"):
        assert packed(client) in networks
    assert packed("198.51.100.8") not in networks


def test_none_has_nobody() -> None:
    assert not Networks([])
    assert packed("192.0.2.1") not in Networks([])


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "example.com", "10.0.0"])
def test_what_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no address or CIDR"):
        prefix(text)
