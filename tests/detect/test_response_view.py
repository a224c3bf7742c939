import socket

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.response_view import Response
from dnsguard.wire.answer import Answer
from tests.judged import response


def test_addresses_of_the_answer_section_alone() -> None:
    subject = response(
        "a.example",
        "a.example. 1 IN CNAME b.example.",
        "b.example. 1 IN A 192.0.2.1",
        "b.example. 1 IN AAAA 2001:db8::1",
        'b.example. 1 IN TXT "abcd"',
        authority=("example. 1 IN A 192.0.2.9",),
    )
    assert subject.addresses == (socket.inet_aton("192.0.2.1"), socket.inet_pton(socket.AF_INET6, "2001:db8::1"))
    assert subject.addresses == subject.answer.addresses
    assert subject.addresses is subject.addresses


def test_servers_of_both_sections() -> None:
    subject = response(
        "a.example",
        "a.example. 1 IN NS NS1.A.example.",
        authority=("example. 1 IN SOA Prim.example. mail.example. 1 2 3 4 5", "example. 1 IN NS ns.example."),
    )
    assert subject.servers == (("NS", "ns1.a.example"), ("SOA", "prim.example"), ("NS", "ns.example"))


def test_nothing_to_see() -> None:
    subject = response("a.example")
    assert (subject.addresses, subject.servers) == ((), ())


def test_a_server_that_is_no_name_is_left_out() -> None:
    subject = response("a.example", authority=("example. 1 IN NS ns.example.",))
    message = bytearray(subject.answer.message)
    at = subject.answer.ttls[0][0] + 6
    message[at] = 0xFF
    message[at + 1] = 0xFF
    assert Response(subject.query, Answer(bytes(message))).servers == ()


@given(st.lists(st.ip_addresses(), max_size=6))
def test_agrees_with_the_walk_over_records(addresses) -> None:
    lines = [f"a.example. 1 IN {'A' if address.version == 4 else 'AAAA'} {address}" for address in addresses]
    subject = response("a.example", *lines)
    assert subject.addresses == subject.answer.addresses == tuple(address.packed for address in addresses)
