"""Rules asked of packets, whole: what the filter lets through, and what the rest of a rule makes of it."""

import struct
from pathlib import Path

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import ListError, WireError
from dnsguard.signatures.compiled import compile_rules
from dnsguard.signatures.match import EMPTY, Signatures
from dnsguard.signatures.parse import parse
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.rules import rule, sids, signatures, true_of


def reply(query: Query, *zone_lines: str, rcode: int = 0) -> Answer:
    message = dnslib.DNSRecord.parse(query.packet).reply()
    message.header.rcode = rcode
    for line in zone_lines:
        message.add_answer(*dnslib.RR.fromZone(line))
    return Answer(bytes(message.pack()))


@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        ('content:"evil.example"; nocase;', "WWW.Evil.example", True),
        ('content:"evil.example";', "WWW.Evil.example", False),
        ('content:"Evil.example";', "WWW.Evil.example", True),
        ('dotprefix; content:".evil.example"; nocase; endswith;', "evil.example", True),
        ('dotprefix; content:".evil.example"; nocase; endswith;', "a.b.EVIL.example", True),
        ('dotprefix; content:".evil.example"; nocase; endswith;', "notevil.example", False),
        ('dotprefix; content:".evil.example"; nocase; endswith;', "evil.example.com", False),
        ('content:"evil.example"; endswith;', "notevil.example", True),
        ('content:"evil.example"; startswith; endswith;', "evil.example", True),
        ('content:"evil.example"; startswith; endswith;', "x.evil.example", False),
        ('content:"evil.example"; bsize:12;', "evil.example", True),
        ('content:"evil.example"; bsize:12;', "x.evil.example", False),
        ('content:"evil.example"; depth:12; isdataat:!1,relative;', "evil.example", True),
        ('content:".su"; nocase; endswith;', "x.SU", True),
        ('content:"su";', "x.su", True),
        ('content:"s";', "x.su", True),
        ('content:"ab"; content:"cd"; distance:1;', "abxcd.example", True),
        ('content:"ab"; content:"cd"; distance:1;', "abcd.example", False),
        ('content:"empty"; content:"explorer_exe"; distance:0;', "empty.1.explorer_exe.example", True),
        ('content:".tk"; endswith; content:!"www.google.tk";', "www.google.tk", False),
        ('content:"evil"; pcre:"/^evil[0-9]+\\./";', "evil99.example", True),
        ('content:"evil"; pcre:"/^evil[0-9]+\\./";', "evilx.example", False),
        ('pcre:"/^[a-f0-9]{8}\\./";', "deadbeef.example", True),
        ('content:!"example";', "x.test", True),
        ('content:!"example";', "x.example", False),
        ("bsize:>20;", "a-name-that-is-long.example", True),
        ("entropy:value > 4;", "abcdefghijklmnopqrstuvwxyz.example", True),
        ("entropy:value > 4;", "aaaaaaaa.aaa", False),
        ('to_uppercase; content:"EVIL";', "evil.example", True),
        ('strip_whitespace; content:"evil";', "ev\\032il.example", True),
        # octets as they were sent: a dot inside a label is a dot
        ('content:"|00 ff|";', "a\\000\\255.example", True),
        ('content:"a.b";', "a\\.b.example", True),
        ('content:"a|5c|";', "a\\.b.example", False),
        ('content:"Ab@"; nocase;', "aB\\@.example", True),
    ],
)
def test_the_question_s_name(options: str, name: str, expected: bool) -> None:
    assert true_of("dns.query; " + options, Query.of(name)) is expected
    assert true_of("dns_query; " + options, Query.of(name)) is expected
    query = Query.of(name)
    answer = Answer(query.packet[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + query.question)
    # this buffer only requests have, the other both
    assert true_of("dns.query; " + options, query, answer) is False
    assert true_of("dns.queries.rrname; " + options, query) is expected
    assert true_of("dns.queries.rrname; " + options, query, answer) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("dns.rrtype:TXT;", True),
        ("dns.rrtype:16;", True),
        ("dns.rrtype:!A;", True),
        ("dns.rrtype:A;", False),
        ("dns.rrtype:15-17;", True),
        ("dns.opcode:0;", True),
        ("dns.opcode:!0;", False),
        ("dns.rcode:0;", True),
        ("dns.rcode:!0;", False),
        ("dsize:<100;", True),
        ("dsize:>100;", False),
        ("flow:to_server; dns.rrtype:TXT;", True),
        ("flow:to_client; dns.rrtype:TXT;", False),
        # a query over UDP is its flow's first packet
        ("flow:established; dns.rrtype:TXT;", False),
        ("flow:not_established; dns.rrtype:TXT;", True),
        ("flow:stateless; dns.rrtype:TXT;", True),
        ('content:"|01 00 00 01|"; offset:2; depth:4;', True),
        ('content:"|01 00 00 02|"; offset:2; depth:4;', False),
        ('content:"|03|www|04|evil"; nocase;', True),
        ('content:"|03|www|04|evil";', False),
        ('byte_test:1,!&,0xF8,2; content:"|04|Evil";', True),
        ('byte_test:1,&,0x80,2; content:"|04|Evil";', False),
        ('content:"|00 10 00 01|"; endswith;', True),
        ('dns.query; content:"Evil"; pkt_data; content:"|04|Evil";', True),
        ('dns.query; content:"Evil"; pkt_data; content:"|05|Evil";', False),
        ('dns.query; content:"Evil"; dns.query; content:"WWW";', True),
        ('dns.query; content:"Evil"; dns.query; content:"shop";', False),
        ("dns.query; absent;", False),
        ("dns.answers.rrname; absent;", True),
        ('dns.answers.rrname; absent:or_else; content:"x";', True),
    ],
)
def test_a_query(options: str, expected: bool) -> None:
    assert true_of(options, Query.of("WWW.Evil.example", "TXT")) is (expected)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("dns.rcode:3;", False),
        ("dns.rcode:0;", True),
        # the answers' types
        ("flow:to_client; dns.rrtype:CNAME;", True),
        ("flow:to_client; dns.rrtype:A;", True),
        ("flow:to_client; dns.rrtype:TXT;", False),
        ("flow:established,to_client; dns.rrtype:A;", True),
        ('dns.answers.rrname; content:"edge.cdn";', True),
        ('dns.answers.rrname; dotprefix; content:".cdn.example"; endswith;', True),
        ('dns.answers.rrname; content:"mail.cdn";', False),
        ('dns.response.rrname; content:"mail.cdn"; startswith;', True),
        ('dns.response.rrname; content:"evil";', False),
        ("dns.answers.rrname; absent;", False),
        ('dns.answers.rrname; absent:or_else; content:"edge"; startswith;', True),
        ("dns.authorities.rrname; absent;", True),
        ('content:"|00 01 00 01|"; content:"|00 04 c0 00 02 01|"; distance:4; within:6;', True),
        ('content:"|00 01 00 01|"; content:"|00 04 c0 00 02 02|"; distance:4; within:6;', False),
        ('content:"edge"; nocase;', True),
        # a name whose end is a pointer stands whole only in the buffers for names
        ('content:"mail|03|cdn";', False),
    ],
)
def test_a_response(options: str, expected: bool) -> None:
    query = Query.of("www.shop.example")
    answer = reply(
        query,
        "www.shop.example. 60 IN CNAME edge.cdn.example.",
        "edge.cdn.example. 60 IN A 192.0.2.1",
        "edge.cdn.example. 60 IN MX 10 mail.cdn.example.",
    )
    assert true_of(options, query, answer) is expected


def test_rcode_of_a_response() -> None:
    query = Query.of("x.example")
    assert true_of("dns.rcode:NXDOMAIN;", query, reply(query, rcode=3))


@pytest.mark.parametrize(
    ("header", "client", "stream", "expected"),
    [
        ("alert dns any any -> any any", "192.0.2.7", False, True),
        ("alert udp any any -> any 53", "192.0.2.7", False, True),
        ("alert udp any any -> any 53", "192.0.2.7", True, False),
        ("alert tcp any any -> any 53", "192.0.2.7", True, True),
        ("alert dns 192.0.2.0/24 any -> any any", "192.0.2.7", False, True),
        ("alert dns 192.0.2.0/24 any -> any any", "198.51.100.7", False, False),
        ("alert dns !192.0.2.0/24 any -> any any", "198.51.100.7", False, True),
        ("alert dns [192.0.2.0/24,!192.0.2.7] any -> any any", "192.0.2.7", False, False),
        ("alert dns 2001:db8::/32 any -> any any", "2001:db8::7", False, True),
        ("alert dns 2001:db8::/32 any -> any any", "192.0.2.7", False, False),
        ("alert dns any any -> $HOME_NET any", "192.0.2.7", False, False),
    ],
)
def test_headers(header: str, client: str, stream: bool, expected: bool) -> None:
    compiled = signatures(rule('content:"evil";', header=header))
    query = Query.of("evil.example", client=client)
    query = Query(query.packet, query.client, 0.0, stream)
    assert bool(compiled.query(query, Thresholds())) is expected


def test_hits_are_in_order_and_say_where() -> None:
    compiled = signatures(
        rule('dns.query; content:"evil"; classtype:misc-activity;', sid=1),
        rule('dns.query; content:"evil"; content:"example"; distance:0; classtype:domain-c2;', sid=2),
        rule('dns.query; content:"other";', sid=3),
        rule(
            'dns.query; content:"example"; endswith; threshold:type limit,track by_src,count 1,seconds 9; priority:1;',
            sid=4,
        ),
        rule('dns.query; content:"evil"; threshold:type threshold,track by_src,count 2,seconds 9;', sid=5),
    )
    counts = Thresholds()
    first, second = compiled.query(Query.of("evil.example"), counts), compiled.query(Query.of("evil.example"), counts)
    assert sids(first) == [2, 4, 1]
    # what was told often enough comes last; what has to come twice has
    assert sids(second) == [2, 5, 1, 4]
    assert [hit.quiet for hit in second] == [False, False, False, True]
    assert [tuple(matched) for matched in first[0].matched] == [("dns.query", 0, b"evil"), ("dns.query", 5, b"example")]
    assert first[0].list_name == "test.rules"


def test_a_file_is_mapped(tmp_path: Path) -> None:
    data, _ = compile_rules([("x", parse(rule('dns.query; content:"evil.example"; endswith;').encode()))])
    path = tmp_path / "signatures"
    path.write_bytes(data)
    compiled = Signatures.open(path)
    # a mapped file outlives its name
    path.unlink()
    assert sids(compiled.query(Query.of("x.evil.example"), Thresholds())) == [1]
    path.write_bytes(data[:-1])
    with pytest.raises(ListError):
        Signatures.open(path)
    path.write_bytes(b"")
    with pytest.raises(ListError):
        Signatures.open(path)
    path.unlink()
    with pytest.raises(ListError):
        Signatures.open(path)


def test_no_rules() -> None:
    query = Query.of("evil.example")
    assert EMPTY.query(query, Thresholds()) == []
    assert EMPTY.response(query, reply(query), Thresholds()) == []


LITERALS = st.text(alphabet="ab.", min_size=1, max_size=9)
RULES = st.lists(
    st.builds(
        lambda literal, buffer, rest: f'{buffer}; content:"{literal}"; {rest}',
        LITERALS,
        st.sampled_from(["dns.query", "dns.queries.rrname", "dns.query; dotprefix"]),
        st.sampled_from(
            ["", "endswith;", "startswith;", "nocase;", "nocase; endswith;", "offset:1;", 'content:"b"; within:3;']
        ),
    ),
    min_size=1,
    max_size=12,
)
NAMES = st.lists(st.text(alphabet="abAB", min_size=1, max_size=4), min_size=1, max_size=5).map(".".join)


@given(RULES, st.lists(NAMES, max_size=5))
def test_the_filter_loses_no_match(rules: list[str], names: list[str]) -> None:
    """All rules together say what each says alone, where nothing but itself can be filtered away."""
    together = signatures(*(rule(options, sid=sid) for sid, options in enumerate(rules, 1)))
    # a further test keeps the filter from using the content: the buffer's spaces are taken out first
    alone = [
        signatures(rule(options.replace("dns.query;", "dns.query; strip_whitespace;").replace(
            "dns.queries.rrname;", "dns.queries.rrname; strip_whitespace;"), sid=sid))
        for sid, options in enumerate(rules, 1)
    ]  # fmt: skip
    for name in names:
        query = Query.of(name)
        expected = sorted(sid for each in alone for sid in sids(each.query(query, Thresholds())))
        assert sorted(sids(together.query(query, Thresholds()))) == expected


@given(st.binary(max_size=120))
def test_any_response(data: bytes) -> None:
    compiled = signatures(
        rule('dns.response.rrname; content:"evil"; nocase;', sid=1),
        rule('content:"|00 01|"; byte_test:2,>,5,0,relative; flow:to_client;', sid=2),
        rule("dns.rcode:!0; flow:to_client;", sid=3),
        rule('dns.additionals.rrname; absent:or_else; content:"a";', sid=4),
    )
    query = Query.of("evil.example")
    head = query.packet[:2] + b"\x81\x80\0\1" + struct.pack(">HHH", 2, 1, 1)
    try:
        answer = Answer(head + query.question + data)
    except WireError:
        return
    compiled.response(query, answer, Thresholds())
