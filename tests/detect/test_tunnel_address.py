import ipaddress
import random

import pytest

from dnsguard.detect.tunnel_address import HOST, RESERVED, SCATTERED, TEXT, evidence, reserved


@pytest.mark.parametrize(
    "text",
    [
        "224.0.0.251",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "0.1.2.3",
        "4000::1",
        "ff02::fb",
        "6162:6364::1",
    ],
)
def test_what_no_host_can_have(text: str) -> None:
    assert reserved(ipaddress.ip_address(text).packed)


@pytest.mark.parametrize(
    "text",
    "0.0.0.0 1.1.1.1 10.0.0.1 100.64.0.1 127.0.0.2 192.168.1.1 203.0.113.9 223.255.255.1 "
    ":: ::1 ::ffff:192.0.2.1 64:ff9b::c000:201 2001:db8::1 2a00:1450::1 3fff::1 fc00::1 fd12:3456::1 fe80::1".split(),
)
def test_what_hosts_networks_and_filters_have(text: str) -> None:
    assert not reserved(ipaddress.ip_address(text).packed)


def test_evidence_of_one_address() -> None:
    assert evidence(b"\xe0\0\0\1", 0.0) == RESERVED
    assert evidence(b"TVqQ", SCATTERED) == TEXT
    assert evidence(b"\x60\x07\x80\x22", SCATTERED) == HOST
    # a host of the network that the one before is in
    assert evidence(b"TVqQ", SCATTERED - 1) == evidence(b"\x60\x07\x80\x22", 0.0) == 0.0


@pytest.mark.parametrize("data", [b"", b"\xe0", b"\xe0\0\0\0\0", b"abcdefghijklmno"])
def test_what_is_no_address_says_nothing(data: bytes) -> None:
    assert not reserved(data)
    assert evidence(data, 16.0) == 0.0


def test_octets_of_a_file_add_up() -> None:
    dice = random.Random(1)
    for size in (4, 16):
        assert sum(evidence(dice.randbytes(size), 4.0) for _ in range(1000)) > 500
