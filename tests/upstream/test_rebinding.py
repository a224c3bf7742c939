import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.upstream.rebinding import Rebinding, is_private

NETWORKS = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
]


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def expected(address: bytes) -> bool:
    """The same question, asked of Python's own networks."""
    found = ipaddress.ip_address(address)
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    return not found.is_unspecified and any(found.version == net.version and found in net for net in NETWORKS)


near = st.sampled_from(NETWORKS).flatmap(
    lambda net: st.sampled_from(
        [
            (int(end) + step).to_bytes(net.max_prefixlen // 8, "big")
            for end, step in [
                (net.network_address, 0),
                (net.broadcast_address, 0),
                (net.network_address, -1),
                (net.broadcast_address, 1),
            ]
            if 0 <= int(end) + step < 1 << net.max_prefixlen
        ]
    )
)


@given(
    near
    | st.binary(min_size=4, max_size=4)
    | st.binary(min_size=16, max_size=16)
    | st.binary(min_size=4, max_size=4).map(lambda part: bytes(10) + b"\xff\xff" + part)
)
def test_private_is_what_the_rfcs_say(address) -> None:
    assert is_private(address) == expected(address)


@pytest.mark.parametrize(
    "text", ["0.0.0.0", "::", "192.0.2.1", "198.51.100.1", "203.0.113.1", "100.64.0.1", "2001:db8::1"]
)
def test_what_blocking_upstreams_and_documentation_use_passes(text) -> None:
    assert not is_private(packed(text))


def test_the_first_offending_address_is_named() -> None:
    guard = Rebinding()
    addresses = [packed("8.8.8.8"), packed("192.168.1.1"), packed("10.0.0.1")]
    assert guard.offending("evil.example", addresses) == packed("192.168.1.1")
    assert guard.offending("good.example", [packed("8.8.8.8")]) is None
    assert guard.offending("none.example", []) is None


@pytest.mark.parametrize("name", ["plex.direct", "a.b.plex.direct", "host.corp.example"])
def test_exempt_names_may_point_inside(name) -> None:
    guard = Rebinding(("Plex.Direct.", "*.corp.example"))
    assert guard.offending(name, [packed("192.168.1.1")]) is None


@pytest.mark.parametrize("name", ["direct", "xplex.direct", r"x\.plex.direct"])
def test_neighbours_of_exempt_names_may_not(name) -> None:
    assert Rebinding(("plex.direct",)).offending(name, [packed("192.168.1.1")])


def test_what_is_no_domain_is_named() -> None:
    with pytest.raises(ValueError, match=r"'a b'.*write a domain"):
        Rebinding(("a b",))
