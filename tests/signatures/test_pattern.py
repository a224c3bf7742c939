import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.pattern import compile_pcre, parse_content, parse_pcre, print_content


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("evil.com", b"evil.com"),
        ("evil|2e|com", b"evil.com"),
        ("|00 01|a|Ff0A|", b"\0\1a\xff\n"),
        (r"a\;b\:c\"d\\e", b'a;b:c"d\\e'),
        ("a b", b"a b"),
        ("||", None),
        ("a||b", b"ab"),
    ],
)
def test_content(text: str, data: bytes | None) -> None:
    if data is None:
        with pytest.raises(ValueError, match="empty"):
            parse_content(text)
    else:
        assert parse_content(text) == data


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("a|00", "not closed"),
        ("|0|", "no row of hex digits"),
        ("|0g|", "no row of hex digits"),
        (r"a\n", r"\\n is no escape"),
        ("a\\", "is no escape"),
        ('a"b', 'a " inside'),
        ("a" * 256, "255 bytes are the most"),
    ],
)
def test_content_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_content(text)


@given(st.binary(min_size=1, max_size=255))
def test_content_is_printed_as_it_is_read(data: bytes) -> None:
    assert parse_content(print_content(data)) == data


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("/^a.c$/", b"abc", b"xabc"),
        ("/^A.C$/i", b"abc", b"ab"),
        ("/a.c/s", b"a\nc", b"ac"),
        ("/^b/m", b"a\nb", b"ab"),
        ("/a b/x", b"ab", b"a b"),
        ("/b/A", b"ba", b"ab"),
        (r"/^\x61\/\.\;/", b"a/.;", b"a/.:"),
        (r"/^[[:xdigit:]]{4}\z/", b"0aFf", b"0aFf\n"),
        (r"/^[[:alpha:]_]+\Z/", b"a_\n", b"a1"),
        (r"/[^[:digit:]]/", b"1a", b"12"),
        (r"/^a\hb[\h]\z/", b"a\tb ", b"a\nb "),
        (r"/^(?<x>a)(?P=x)$/", b"aa", b"ab"),
        (r"/^a++b/", b"aab", b"b"),
        (r"/^(?>a|ab)c/", b"ac", b"abc"),
        (r"/[]a]/", b"]", b"b"),
        (r"/[^]a]/", b"b", b"]a"),
        (r"/[[]/", b"[", b"]"),
        ("/\xff\xfe/", b"\xff\xfe", b"\xff"),
        (r"/a$/", b"a\n", b"a\n\n"),
        (r"/\R/", b"\r\n", b" "),
        ("/a/OB", b"a", b"b"),
    ],
)
def test_pcre(text: str, matching: bytes, other: bytes) -> None:
    pattern, flags = parse_pcre(text)
    compiled = compile_pcre(pattern, flags)
    ask = compiled.match if "A" in flags else compiled.search
    assert ask(matching)
    assert not ask(other)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a", "write /pattern/flags"),
        ("/a", "write /pattern/flags"),
        ("/a/U", "flag U is about HTTP"),
        ("/a/Pi", "flag P is about HTTP"),
        ("/a/G", "flag G is not supported"),
        ("/a/q", "flag q is not supported"),
        ("/a$/E", "flag E with"),
        ("/(a)/,flow:x", "captures into variables"),
        ("/(a/", "pcre: missing"),
        (r"/\Qa.b\E/", r"\\Q is not supported"),
        (r"/a\Kb/", r"\\K is not supported"),
        (r"/\Ga/", r"\\G is not supported"),
        (r"/\x{41}/", "two hex digits"),
        ("/(*UTF8)a/", "verbs"),
        ("/(?|a|b)/", "is not supported"),
        ("/a(?R)?b/", "is not supported"),
        ("/(?1)(a)/", "is not supported"),
        ("/(?P>x)(?P<x>a)/", "is not supported"),
        ("/[[:^alpha:]]/", r"\[:\^alpha:\] is not supported"),
        ("/[[:foo:]]/", r"\[:foo:\] is not supported"),
        ("/a{,3}/", "one thing or another"),
        ("/[a--b]/", "pcre:"),
        ("/a(?i)b/", "pcre:"),
        ("/a{99999999999999999999}/", "pcre:"),
        ("/(?<=a+)b/", "pcre:"),
    ],
)
def test_pcre_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_pcre(text)


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_any_expression_is_taken_or_refused(pattern: str) -> None:
    with suppress(ValueError):
        assert isinstance(compile_pcre(pattern, ""), re.Pattern)
