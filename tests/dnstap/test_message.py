"""Protobuf as another implementation reads it: numbers and wire types of dnstap.proto, written out by hand."""

import sys

import pytest

from dnsguard.dnstap.message import INSTALL, Encoder, classes
from dnsguard.dnstap.tapped import CLIENT_QUERY, CLIENT_RESPONSE, FORWARDER_RESPONSE, PROTOCOLS, Tapped
from dnsguard.errors import DnsguardError
from dnsguard.querylog.record import Verdict

NXDOMAIN = b"\0\1\x81\x83" + bytes(8)
ENCODER = Encoder("here", "dnsguard 1")


def read(data: bytes):
    return classes()["Dnstap"].FromString(data)


def test_the_octets_of_a_client_s_query() -> None:
    tapped = Tapped(CLIENT_QUERY, PROTOCOLS["udp"], b"\xc0\0\2\7", 5353, "", 1.5, 0.0, b"dns")
    message = (
        b"\x08\x05"  # 1: type CLIENT_QUERY
        b"\x10\x01"  # 2: INET
        b"\x18\x01"  # 3: UDP
        b"\x22\x04\xc0\0\2\7"  # 4: query_address
        b"\x30\xe9\x29"  # 6: query_port
        b"\x40\x01"  # 8: query_time_sec
        b"\x4d\x00\x65\xcd\x1d"  # 9: query_time_nsec, 500,000,000 as a little-endian fixed32
        b"\x52\x03dns"  # 10: query_message
    )
    whole = b"\x0a\x04here\x12\x0adnsguard 1\x72" + bytes([len(message)]) + message + b"\x78\x01"
    assert ENCODER.encode(tapped, 0.0) == whole


def test_a_blocked_answer_says_why() -> None:
    found = Verdict("block", "threat_intel", "listed", 0.9, 0.5)
    tapped = Tapped(CLIENT_RESPONSE, PROTOCOLS["tcp"], bytes(16), 0, "", 1.0, 2.25, NXDOMAIN, found)
    message = read(ENCODER.encode(tapped, 10.0)).message
    assert (message.type, message.socket_family, message.socket_protocol) == (6, 2, 2)
    assert (message.query_time_sec, message.response_time_sec, message.response_time_nsec) == (11, 12, 250_000_000)
    assert message.response_message == NXDOMAIN
    assert not message.HasField("query_message")
    assert not message.HasField("query_port")
    policy = message.policy
    assert (policy.type, policy.rule, policy.action) == ("dnsguard block", b"threat_intel: listed", 1)


@pytest.mark.parametrize(
    ("action", "rcode", "says"), [("block", 0, 6), ("block", 3, 1), ("block", 5, 4), ("alert", 3, 3), ("shadow", 0, 3)]
)
def test_actions(action: str, rcode: int, says: int) -> None:
    answer = NXDOMAIN[:3] + bytes([0x80 | rcode]) + NXDOMAIN[4:]
    found = Verdict(action, "threat_intel", "listed", 0.9, 0.5)
    tapped = Tapped(CLIENT_RESPONSE, 1, bytes(4), 0, "", 1.0, 2.0, answer, found)
    assert read(ENCODER.encode(tapped, 0.0)).message.policy.action == says


@pytest.mark.parametrize(
    ("host", "family", "address"),
    [("192.0.2.53", 1, b"\xc0\0\2\x35"), ("fe80::1%eth0", 2, b"\xfe\x80" + bytes(13) + b"\1"), ("dns.example", 0, b"")],
)
def test_a_server_is_who_answers(host: str, family: int, address: bytes) -> None:
    tapped = Tapped(FORWARDER_RESPONSE, PROTOCOLS["tls"], b"", 853, host, 1.0, 2.0, NXDOMAIN)
    message = read(ENCODER.encode(tapped, 0.0)).message
    assert (message.type, message.socket_protocol, message.socket_family) == (8, 3, family)
    assert (message.response_address, message.response_port) == (address, 853)
    assert not message.HasField("query_address")
    assert not message.HasField("policy")


def test_without_protobuf_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    with pytest.raises(DnsguardError, match="protobuf is not installed"):
        classes()
    assert "dnsguard[dnstap]" in INSTALL


def test_protobuf_is_imported_only_where_it_is_used() -> None:
    import subprocess

    program = (
        "import sys, dnsguard.worker, dnsguard.hub.main\n"
        "sys.exit(any(name.startswith('google') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
