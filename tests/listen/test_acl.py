import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.listen import acl as acl_module
from dnsguard.listen.acl import PRIVATE, Acl


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


@pytest.mark.parametrize(
    ("client", "allowed"),
    [
        ("127.0.0.1", True),
        ("10.255.255.255", True),
        ("172.15.255.255", False),
        ("172.16.0.0", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.0.1", True),
        ("169.254.7.7", True),
        ("100.64.0.1", True),
        ("100.128.0.1", False),
        ("8.8.8.8", False),
        ("::1", True),
        ("::2", False),
        ("fe80::1", True),
        ("fd12::1", True),
        ("2001:db8::1", False),
        ("::ffff:10.0.0.1", True),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_private(client, allowed) -> None:
    acl = Acl(["private"])
    assert acl.verdicts.get(packed(client)) is None
    assert acl.allows(packed(client)) is allowed
    assert acl.verdicts[packed(client)] is allowed
    assert acl.allows(packed(client)) is allowed


@given(st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16))
def test_any_is_everyone_and_nothing_is_no_one(client) -> None:
    assert Acl(["any"]).allows(client)
    assert not Acl([]).allows(client)


def test_single_addresses_and_mapped_networks() -> None:
    acl = Acl(["192.0.2.7", "2001:db8::7", "::ffff:198.51.100.0/120"])
    assert [acl.allows(packed(text)) for text in ("192.0.2.7", "192.0.2.8", "2001:db8::7", "198.51.100.9")] == [
        True,
        False,
        True,
        True,
    ]


def test_verdicts_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(acl_module, "MAX_VERDICTS", 100)
    acl = Acl(["private"])
    for number in range(1000):
        acl.allows(number.to_bytes(4, "big"))
        assert len(acl.verdicts) <= 100


@pytest.mark.parametrize("text", ["", "privat", "10.0.0.0/33", "example.com", "10.0.0"])
def test_a_wrong_entry_is_named_with_what_would_be_right(text) -> None:
    with pytest.raises(ValueError, match='write "private", "any" or a network'):
        Acl([text])


def test_private_lists_networks() -> None:
    assert all(ipaddress.ip_network(text) for text in PRIVATE)
