from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.starter import BLOCKLISTS
from dnsguard.signatures.parse import parse, parse_rule
from dnsguard.signatures.rule import Rule
from dnsguard.signatures.text import print_rule
from tests.rules import rule

RULES = [
    'msg:"a\\; \\"b\\" caf\xc3\xa9"; dns.query; dotprefix; content:".x|00 ff|"; nocase; endswith;',
    'content:"|01 00|"; offset:2; depth:2; content:!"a"; distance:-3; within:9; dns_query; pcre:!"/^a\\;[b-z]/Ri";',
    "flow:to_client,established; dns.rcode:!3; dns.rrtype:TXT; dns.opcode:7-15; dsize:&0xc0!=0x40;",
    'dns.queries.rrname; to_lowercase; content:"a"; startswith; bsize:!3-9; entropy:bytes 5, value !2.5-3.25;',
    "dns.answers.rrname; absent;",
    'dns.answers.rrname; absent:or_else; content:!"x";',
    'isdataat:!5; byte_test:2,!&,0x10,-4,relative,little,bitmask 0xf0; byte_test:3,=,5,0,string,oct; content:"a";',
    "flow:not_established; threshold:type both, track by_dst, count 3, seconds 60; classtype:bad-unknown; priority:7;",
    "detection_filter:track by_rule, count 3, seconds 60; reference:url,a.example/b\\;c; rev:9; gid:3;",
]


def same(found: Rule) -> bool:
    again = parse_rule(print_rule(found), found.line)
    return again == found


@pytest.mark.parametrize("options", RULES)
def test_a_printed_rule_reads_the_same(options: str) -> None:
    assert same(parse_rule(rule(options)))


def test_headers_are_printed() -> None:
    for header in ("alert udp [192.0.2.0/24, !192.0.2.9] any -> any 53", "drop tcp any 53 -> $HOME_NET 1024:"):
        assert same(parse_rule(rule('content:"a";', header=header)))


def test_the_starter_rules_are_printed() -> None:
    reading = parse((BLOCKLISTS / "suspicious_domain.rules").read_bytes())
    assert reading.rules
    assert all(map(same, reading.rules))


LIKELY = (
    "dns.query; dns_query; pkt_data; dns.response.rrname; dotprefix; strip_whitespace; nocase; endswith; startswith; "
    'offset:3; depth:9; distance:-2; distance:0; within:7; pcre:"/a+b/iR"; pcre:!"/^a/s"; isdataat:4,relative; '
    "isdataat:!1,relative; isdataat:!9; bsize:<20; entropy:value > 3.5; absent; byte_test:1,>,5,0; "
    "byte_test:2,^,5,1,relative; dns.rrtype:!TXT; dns.rcode:3; flow:to_server; classtype:trojan-activity; "
    "threshold:type limit, track by_src, count 1, seconds 9; reference:url,x.example"
).split("; ")
PIECES = st.one_of(
    st.binary(min_size=1, max_size=6).map(lambda data: f'content:"|{data.hex(" ")}|"'), st.sampled_from(LIKELY)
)


@given(st.lists(PIECES, max_size=8), st.text(max_size=12))
def test_whatever_is_taken_reads_the_same(pieces: list[str], msg: str) -> None:
    text = "".join(piece + "; " for piece in pieces)
    with suppress(ValueError):
        found = parse_rule(rule(text))
        assert same(found)
        found = msgspec.structs.replace(found, msg="".join(char for char in msg if char.isprintable()))
        assert same(found)


@given(st.binary(max_size=300))
def test_whatever_is_read_of_any_bytes_reads_the_same(data: bytes) -> None:
    # most are no rules; those that are have been put together by chance
    assert all(map(same, parse(b"alert dns any any -> any any (" + data + b" sid:1;)").rules))
