import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.lexer import MAX_RULE, lines, split, unquoted


def test_lines() -> None:
    data = b"\xef\xbb\xbf# comment\r\n\r\none\r\n  two \\\n   goes on\\\nhere\n#no\nthree"
    assert list(lines(data)) == [(3, "one"), (4, "two    goes onhere"), (8, "three")]


def test_a_comment_is_none_inside_a_rule() -> None:
    assert list(lines(b"a\\\n# b\nc")) == [(1, "a# b"), (3, "c")]


def test_a_rule_without_end_is_one() -> None:
    assert list(lines(b"a\\\n\\\n")) == [(1, "a")]


def test_rules_that_go_on_for_ever_take_no_memory() -> None:
    ((_, text),) = lines(b"x\\\n" * 20_000)
    assert len(text) == MAX_RULE + 1


def test_split() -> None:
    header, options = split(r'alert dns any any -> any any (msg:"a\; (b)"; nocase; sid : 5 ; pcre:"/a\;b/";)')
    assert header == "alert dns any any -> any any"
    assert options == [("msg", r'"a\; (b)"'), ("nocase", None), ("sid", "5"), ("pcre", r'"/a\;b/"')]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("alert dns any any -> any any", "no options in brackets"),
        ("alert dns any any -> any any (sid:1;", "no options in brackets"),
        ("alert dns any any -> any any (sid:1)", "final semicolon: sid:1"),
        ("alert dns any any -> any any (;)", "final semicolon"),
        ("(" + "a" * MAX_RULE + ";)", "longer than"),
    ],
)
def test_what_does_not_split(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        split(text)


def test_quotes() -> None:
    assert unquoted("content", '"a"') == (False, "a")
    assert unquoted("content", '! "a"') == (True, "a")
    for value in (None, "", "a", '"', '"a', '!"'):
        with pytest.raises(ValueError, match=r'content: write content:"…"'):
            unquoted("content", value)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for number, text in lines(data):
        assert 1 <= number <= data.count(b"\n") + 1
        try:
            split(text)
        except ValueError:
            continue
