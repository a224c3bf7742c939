"""What rules look into; messages are put together by dnslib, with compression, or by hand where they must be odd."""

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.buffers import TRANSFORM, Buffers, message_name, question_name
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


def answered(*zone_lines: str, authority: str = "", additional: str = "") -> Buffers:
    query = Query.of("www.Shop.example")
    reply = dnslib.DNSRecord.parse(query.packet).reply()
    for line in zone_lines:
        reply.add_answer(*dnslib.RR.fromZone(line))
    if authority:
        reply.add_auth(*dnslib.RR.fromZone(authority))
    if additional:
        reply.add_ar(*dnslib.RR.fromZone(additional))
    return Buffers(query, Answer(bytes(reply.pack())))


def test_a_query_s() -> None:
    query = Query.of("WWW.a\\.b\\000.Example")
    buffers = Buffers(query)
    # as it was sent: case kept, nothing escaped
    assert buffers.get("dns.query") == [b"WWW.a.b\0.Example"]
    assert buffers.get("dns.queries.rrname") == [b"WWW.a.b\0.Example"]
    assert buffers.get("payload") == [query.packet]
    for name in ("dns.answers.rrname", "dns.authorities.rrname", "dns.additionals.rrname", "dns.response.rrname"):
        assert buffers.get(name) == []


def test_the_root_s_empty_name_is_no_buffer() -> None:
    assert Buffers(Query.of(".")).get("dns.query") == []
    assert Buffers(Query.of(".")).get("dns.query", ("dotprefix",)) == []


def test_a_response_s() -> None:
    buffers = answered(
        "www.Shop.example. 60 IN CNAME edge.cdn.example.",
        "edge.cdn.example. 60 IN A 192.0.2.1",
        "edge.cdn.example. 60 IN MX 10 mail.cdn.example.",
        "edge.cdn.example. 60 IN TXT not.a.name",
        authority="cdn.example. 60 IN SOA ns.cdn.example. root.cdn.example. 1 2 3 4 5",
        additional="ns.cdn.example. 60 IN A 192.0.2.2",
    )
    edge = b"edge.cdn.example"
    assert buffers.get("dns.query") == []
    assert buffers.get("dns.queries.rrname") == [b"www.Shop.example"]
    assert buffers.get("dns.answers.rrname") == [b"www.Shop.example", edge, edge, edge]
    assert buffers.get("dns.authorities.rrname") == [b"cdn.example"]
    assert buffers.get("dns.additionals.rrname") == [b"ns.cdn.example"]
    assert sorted(set(buffers.get("dns.response.rrname"))) == sorted(
        {b"www.Shop.example", edge, b"cdn.example", b"ns.cdn.example", b"mail.cdn.example"}
    )
    assert buffers.get("payload") == [buffers.answer.message] if buffers.answer else False


@pytest.mark.parametrize(
    ("transform", "data", "expected"),
    [
        ("dotprefix", b"a.example", b".a.example"),
        ("to_lowercase", b"aBc\xc4", b"abc\xc4"),
        ("to_uppercase", b"aBc", b"ABC"),
        ("strip_whitespace", b" a\t b\n", b"ab"),
        ("compress_whitespace", b"  a \t b  ", b" a b "),
    ],
)
def test_transformations(transform: str, data: bytes, expected: bytes) -> None:
    assert TRANSFORM[transform](data) == expected


def test_transformations_in_order() -> None:
    buffers = Buffers(Query.of("A.b"))
    assert buffers.get("dns.query", ("to_lowercase", "dotprefix")) == [b".a.b"]
    assert buffers.get("dns.query", ("to_lowercase", "dotprefix")) is buffers.get(
        "dns.query", ("to_lowercase", "dotprefix")
    )
    assert buffers.get("dns.query") == [b"A.b"]


@pytest.mark.parametrize(
    "data",
    [
        b"\1a",  # runs off
        b"\1a\xc0",  # so does the pointer
        b"\1a\xc0\0",  # to itself
        b"\1a\xc0\4\0",  # forward
        b"\x40a\0",  # no label type any more
        b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 4 + b"\0",  # too long
    ],
)
def test_what_is_no_name(data: bytes) -> None:
    assert message_name(data, 0) is None


def test_a_record_s_name_that_is_none_is_left_out() -> None:
    query = Query.of("x.example", "CNAME")
    record = b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\xff"
    buffers = Buffers(query, Answer(query.packet[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query.question + record))
    assert buffers.get("dns.response.rrname") == [b"x.example", b"x.example"]


@given(st.binary(max_size=80), st.integers(0, 80))
def test_any_bytes(data: bytes, offset: int) -> None:
    name = message_name(data, offset)
    assert name is None or len(name) <= 254


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=6))
def test_names_as_sent(labels: list[bytes]) -> None:
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    assert question_name(wire + b"\0\1\0\1") == message_name(wire, 0) == b".".join(labels)
