"""Each test as Suricata asks it; the examples of its manual stand among them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.evaluate import LIMIT, Prepared, Span, entropy
from dnsguard.signatures.parse import parse_rule
from dnsguard.signatures.rule import Content
from tests.rules import rule


def asked(options: str) -> Prepared:
    return Prepared(parse_rule(rule("dns.query; " + options)).blocks[0].tests)


@pytest.mark.parametrize(
    ("options", "true", "false"),
    [
        ('content:"abc";', [b"abc", b"xabcx"], [b"ab", b"ABC", b""]),
        ('content:"aBc"; nocase;', [b"AbC"], [b"ab"]),
        ('content:!"abc";', [b"ab", b""], [b"xabc"]),
        ('content:"abc"; depth:4;', [b"abcx", b"xabc"], [b"xxabc"]),
        # offset 3, depth 3: the fourth to the sixth byte
        ('content:"def"; offset:3; depth:3;', [b"abcdefghi"], [b"abdefghi", b"abcxdef"]),
        ('content:"b"; offset:1;', [b"ab", b"xxb"], [b"b", b"ba"]),
        ('content:"abc"; startswith;', [b"abc", b"abcd"], [b"xabc", b"ab"]),
        ('content:"abc"; endswith;', [b"abc", b"abcxabc"], [b"abcx", b"bc"]),
        ('content:"abc"; startswith; endswith;', [b"abc"], [b"abcabc"]),
        ('content:"abc"; depth:3; isdataat:!1,relative;', [b"abc"], [b"abcd", b"xabc"]),
        ('content:!".u.pw"; endswith;', [b"x.u.pw.x", b"pw"], [b"x.u.pw"]),
        ('content:!"abc"; depth:3;', [b"xabc"], [b"abcx"]),
        # one behind the other, anywhere behind it
        ('content:"a"; content:"b"; distance:0;', [b"ab", b"xaxxb"], [b"ba", b"a"]),
        ('content:"a"; content:"b"; distance:2;', [b"axxb", b"axxxb"], [b"axb"]),
        ('content:"b"; content:"a"; distance:-2;', [b"ab"], [b"bx"]),
        ('content:"a"; content:"b"; within:3;', [b"ab", b"axxb"], [b"axxxb"]),
        ('content:"a"; content:"b"; distance:1; within:1;', [b"axb"], [b"ab", b"axxb"]),
        # the second `a` helps
        ('content:"a"; content:"b"; within:1;', [b"axxab"], [b"axxaxb"]),
        # but a test that is not relative is not asked again for another place
        ('content:"a"; content:"b";', [b"ba"], [b"a"]),
        # no `b` right behind: of one place that is enough
        ('content:"a"; content:!"b"; within:1;', [b"abac", b"a"], [b"ab"]),
        # of any place: behind the last one there is none
        ('content:"a"; content:!"b"; distance:0;', [b"ba", b"abac"], [b"ab", b"aab"]),
        # the first relative test starts at the buffer's start
        ('content:"a"; distance:2;', [b"xxa"], [b"xa"]),
        ('pcre:"/a+b$/";', [b"xaab"], [b"xaabc", b"AB"]),
        ('pcre:!"/a+b$/";', [b"xaabc"], [b"xaab"]),
        ('content:"a"; pcre:"/^b/R";', [b"ab", b"axab"], [b"axb"]),
        ('content:"x"; pcre:!"/^b/R";', [b"xa"], [b"xb"]),
        ('pcre:"/a./"; content:"c"; within:1;', [b"abxadc"], [b"abxc"]),
        ('pcre:"/b/A";', [b"b"], [b"ab"]),
        ("isdataat:7;", [b"abcdefgh"], [b"abcdefg"]),
        ("isdataat:!7;", [b"abcdefg"], [b"abcdefgh"]),
        # one more, where it is relative (the manual's table)
        ("isdataat:8,relative;", [b"abcdefgh"], [b"abcdefg"]),
        ('content:"c"; isdataat:5,relative;', [b"abcdefgh"], [b"abcdefg"]),
        ('content:"c"; isdataat:!6,relative;', [b"abcdefgh"], [b"abcdefghi"]),
        ("bsize:3;", [b"abc"], [b"ab", b"abcd"]),
        ("bsize:<3;", [b"ab", b""], [b"abc"]),
        ("bsize:3<>6;", [b"abcd", b"abcde"], [b"abc", b"abcdef"]),
        ("bsize:0;", [b""], [b"a"]),
        ("entropy:value >= 2;", [b"abcdabcd", b"abcde"], [b"abc", b"aaaa", b""]),
        ("entropy:value = 0;", [b"aaaa", b""], [b"ab"]),
        ("entropy:value != 0;", [b"ab"], [b"aa"]),
        ("entropy:value < 1;", [b"aaab"], [b"ab"]),
        ("entropy:value <= 1;", [b"ab"], [b"abc"]),
        ("entropy:value > 1;", [b"abc"], [b"ab"]),
        ("entropy:value 1-2;", [b"abc"], [b"ab", b"abcd"]),
        ("entropy:value !1-2;", [b"ab", b"abcd"], [b"abc"]),
        ("entropy:bytes 2, offset 1, value 1;", [b"aabb"], [b"abba", b"ab"]),
        ("byte_test:2,=,0x0102,0;", [b"\1\2"], [b"\2\1", b"\1"]),
        ("byte_test:2,=,0x0102,0,little;", [b"\2\1"], [b"\1\2"]),
        ("byte_test:1,>,5,1;", [b"\0\6"], [b"\0\5", b"\0"]),
        ("byte_test:1,!>,5,0;", [b"\5"], [b"\6"]),
        ("byte_test:1,<=,5,0;", [b"\5"], [b"\6"]),
        ("byte_test:1,&,0x80,0;", [b"\x81"], [b"\x7f"]),
        ("byte_test:1,!&,0x80,0;", [b"\x7f"], [b"\x81"]),
        ("byte_test:1,^,5,0;", [b"\4"], [b"\5"]),
        ("byte_test:1,=,3,0,bitmask 0xf0;", [b"\x3a"], [b"\x03"]),
        ("byte_test:3,=,123,0,string,dec;", [b"123"], [b"12x", b"abc"]),
        ("byte_test:4,=,0xff,0,string,hex;", [b"0xff", b"00ff"], [b"zzzz"]),
        ("byte_test:2,=,8,0,string,oct;", [b"10"], [b"89", b"11"]),
        ('content:"a"; byte_test:1,=,5,1,relative;', [b"ax\5"], [b"a\5x", b"a"]),
        ('content:"abc"; byte_test:1,=,97,-3,relative;', [b"abc"], [b"xab"]),
        ("byte_test:1,=,5,-1;", [], [b"\5"]),
        # another `a` is tried for the number behind it
        ('content:"a"; byte_test:1,=,5,0,relative;', [b"a\4a\5"], [b"a\4"]),
    ],
)
def test_truth(options: str, true: list[bytes], false: list[bytes]) -> None:
    prepared = asked(options)
    assert {data: prepared.matches(data) for data in true} == dict.fromkeys(true, True)
    assert {data: prepared.matches(data) for data in false} == dict.fromkeys(false, False)


def test_where_it_matched() -> None:
    prepared = asked('content:"a"; content:"b"; within:1; pcre:"/c+/R"; content:!"z";')
    assert prepared.matches(b"axab-ccc")
    assert prepared.spans == {0: Span(2, 3), 1: Span(3, 4), 2: Span(5, 8)}


def test_a_rule_that_tries_for_ever_is_cut_short() -> None:
    # every place of every content would be tried: 200 ** 4
    prepared = asked(
        'content:"a"; ' + 'content:"a"; distance:0; within:200; ' * 3 + 'content:"b"; distance:0; within:9;'
    )
    assert not prepared.matches(b"a" * 200)
    assert prepared._steps <= LIMIT + 200


@given(st.binary(max_size=60))
def test_entropy(data: bytes) -> None:
    assert 0 <= entropy(data) <= 8
    assert entropy(data * 2) == pytest.approx(entropy(data))
    assert entropy(bytes(range(2 ** (len(data) % 9)))) == pytest.approx(len(data) % 9)
    assert not math.isnan(entropy(data))


@given(
    st.binary(min_size=1, max_size=3),
    st.binary(max_size=12),
    st.integers(0, 6),
    st.integers(0, 9),
    st.booleans(),
    st.booleans(),
)
def test_one_content_equals_a_slice(
    data: bytes, buffer: bytes, offset: int, depth: int, negated: bool, at_end: bool
) -> None:
    if depth and depth < len(data):
        depth = len(data)
    test = Content(data, negated=negated, offset=offset, depth=depth, endswith=at_end)
    window = buffer[offset : offset + depth] if depth else buffer[offset:]
    there = data in window
    if at_end:
        there = (not depth or offset + depth >= len(buffer)) and window.endswith(data)
    assert Prepared([test]).matches(buffer) is (there is not negated)


TESTS = st.lists(
    st.sampled_from(
        'content:"a";|content:"ab"; nocase;|content:!"b";|content:"a"; distance:0;|content:"b"; within:2;|'
        'content:"b"; distance:-1; within:3;|content:!"a"; within:2;|pcre:"/a[ab]*/";|pcre:"/^b/R";|'
        'isdataat:2,relative;|isdataat:!3;|bsize:<9;|byte_test:1,>,97,0,relative;|content:"b"; endswith;'.split("|")
    ),
    min_size=1,
    max_size=5,
)


@given(TESTS, st.text(alphabet="abAc", max_size=14))
def test_any_tests_come_to_an_end(tests: list[str], text: str) -> None:
    prepared = asked(" ".join(tests))
    data = text.encode()
    if prepared.matches(data):
        assert all(0 <= span.start <= span.end <= len(data) for span in prepared.spans.values())
