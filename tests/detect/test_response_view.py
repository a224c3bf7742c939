import socket

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.judged import response, snapshot


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


LISTED = snapshot({"threat_intel": "ns1.a.example\nprim.example\nns.example\nbad.example\n"})


def servers(subject: Response, intel: Snapshot = LISTED) -> list[tuple[str, str]]:
    return [(record, name) for record, name, matches in subject.listed_servers(intel) if matches]


def test_listed_servers_of_both_sections() -> None:
    subject = response(
        "a.example",
        "a.example. 1 IN NS NS1.A.example.",
        authority=("example. 1 IN SOA Prim.example. mail.example. 1 2 3 4 5", "example. 1 IN NS ns.example."),
    )
    assert servers(subject) == [("NS", "ns1.a.example"), ("SOA", "prim.example"), ("NS", "ns.example")]


def test_nothing_to_see() -> None:
    subject = response("a.example", authority=("example. 1 IN NS ns.innocent.example.",))
    assert (subject.addresses, servers(subject)) == ((), [])


def test_a_server_that_is_no_name_is_left_out() -> None:
    subject = response("a.example", authority=("example. 1 IN NS ns.example.",))
    message = bytearray(subject.answer.message)
    at = subject.answer.ttls[0][0] + 6
    message[at] = 0xFF
    message[at + 1] = 0xFF
    assert servers(Response(subject.query, Answer(bytes(message)))) == []


def with_server(wire: bytes, after: bytes = b"") -> Response:
    """An answer whose NS record has these bytes, whatever stands in the message behind it."""
    query = Query.of("a.test")
    record = b"\xc0\x0c\0\2\0\1\0\0\0\1" + len(wire).to_bytes(2, "big") + wire
    return Response(query, Answer(b"\0\1\x81\x80\0\1\0\0\0\1\0\0" + query.question + record + after))


def test_what_was_kept_of_a_server_is_not_taken_for_another() -> None:
    # the same bytes of data: a name that ends in them, one that runs on behind them, one by a pointer
    intel = snapshot({"threat_intel": "bad.example\nbad.test\n"})
    assert servers(with_server(b"\3bad\7example\0"), intel) == [("NS", "bad.example")]
    for _ in range(2):
        assert servers(with_server(b"\3bad", b"\4evil\0"), intel) == []
        assert servers(with_server(b"\3bad", b"\7example\0"), intel) == [("NS", "bad.example")]
        assert servers(with_server(b"\3bad\xc0\x0e"), intel) == [("NS", "bad.test")]
    assert set(intel.servers) == {b"\3bad\7example\0"}


def test_a_new_snapshot_is_asked_anew() -> None:
    subject = with_server(b"\3bad\7example\0")
    assert servers(subject) == [("NS", "bad.example")]
    assert servers(subject, EMPTY) == []


@given(st.lists(st.ip_addresses(), max_size=6))
def test_agrees_with_the_walk_over_records(addresses) -> None:
    lines = [f"a.example. 1 IN {'A' if address.version == 4 else 'AAAA'} {address}" for address in addresses]
    subject = response("a.example", *lines)
    assert subject.addresses == subject.answer.addresses == tuple(address.packed for address in addresses)
