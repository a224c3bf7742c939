from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.numbers import RCODES, decimal, parse_number, print_number
from dnsguard.wire.rrtypes import type_number


@pytest.mark.parametrize(
    ("text", "true", "false"),
    [
        ("5", [5], [4, 6]),
        ("=5", [5], [4]),
        ("0x10", [16], [10]),
        ("!5", [4, 6], [5]),
        ("!=5", [4, 6], [5]),
        (">5", [6], [5]),
        (">= 5", [5], [4]),
        ("<5", [4], [5]),
        ("<=5", [5], [6]),
        ("7-15", [8, 14], [7, 15]),
        ("7<>15", [8, 14], [7, 15]),
        ("!7-15", [7, 15], [8, 14]),
        ("&0xc0=0x80", [0x80, 0x8F], [0xC0, 0]),
        ("&0xc0!=0", [0x40], [0x3F]),
        ("1kb", [1024], [1]),
        ('"5"', [5], [4]),
    ],
)
def test_comparisons(text: str, true: list[int], false: list[int]) -> None:
    number = parse_number("bsize", text, 65535)
    assert [number.holds(value) for value in true] == [True] * len(true)
    assert [number.holds(value) for value in false] == [False] * len(false)
    assert parse_number("bsize", print_number(number), 65535) == number


def test_names() -> None:
    assert parse_number("dns.rcode", "NXDOMAIN", 255, RCODES).holds(3)
    assert parse_number("dns.rrtype", "!TXT", 65535, type_number).holds(1)
    assert parse_number("dns.rrtype", "TYPE65280", 65535, type_number).holds(65280)


@pytest.mark.parametrize(
    "text", ["", "x", "5 6", "-1", ">x", "7-8", "15-7", "&1=2", "65536", "7-70000", "99999999999999999999999", ">TXT"]
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"dns\.rrtype"):
        parse_number("dns.rrtype", text, 65535, type_number)


@given(st.text(max_size=12), st.text(alphabet="0123456789!<>=-& x", max_size=10))
def test_any_text(text: str, likely: str) -> None:
    for each in (text, likely):
        with suppress(ValueError):
            number = parse_number("bsize", each, 65535)
            assert parse_number("bsize", print_number(number), 65535) == number


def test_decimal() -> None:
    assert decimal("distance", "-5", -10, 10) == -5
    for text in (None, "", "x", "11", "-11", "1.5", "+1", "٣"):
        with pytest.raises(ValueError, match=r"distance:.*write a number from -10 to 10"):
            decimal("distance", text, -10, 10)
