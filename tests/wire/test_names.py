"""Round trips against another library stand in tests/fuzz/test_wire.py; here is what they can't make."""

import dns.name
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.wire import names


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b"\0", ""),
        (b"\3WwW\7eXample\0", "www.example"),
        (b"\3a.b\1c\0", r"a\.b.c"),
        (b"\2\\@\0", r"\\\@"),
        (b'\3"()\0', r"\"\(\)"),
        (b"\4\0 \x7f\xff\0", r"\000\032\127\255"),
        (b"\5_sip-\1*\0", "_sip-.*"),
        (b"\4\xc3\x84\xc3\xa4\0", r"\195\132\195\164"),
    ],
)
def test_text_of_a_name(wire: bytes, text: str) -> None:
    assert names.text(wire, 0) == (text, len(wire))
    assert names.encode(text) == wire.lower()
    assert names.encode(text + ".") == wire.lower()


def test_pointers_are_followed_and_the_name_ends_behind_the_first() -> None:
    message = b"xx\7example\0\3www\xc0\2\1a\xc0\x0b-"
    assert names.text(message, 17) == ("a.www.example", 21)
    assert names.skip(message, 17) == 21
    assert message[21:] == b"-"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\3ww",
        b"\3www",
        b"\xc0",
        b"\xc0\0",
        b"\1a\xc0\0",
        b"\xc0\2\0",
        b"\1a\xc0\3\xc0\4",
        b"\x40a\0",
        b"\x80a\0",
        b"\x3f" + b"a" * 62,
    ],
)
def test_what_is_no_name(message: bytes) -> None:
    with pytest.raises(WireError):
        names.text(message, 0)


@pytest.mark.parametrize("message", [b"", b"\3ww", b"\3www", b"\xc0", b"\x40a\0", b"\x80"])
def test_what_cannot_be_skipped(message: bytes) -> None:
    with pytest.raises(WireError):
        names.skip(message, 0)


def test_255_octets_and_no_more() -> None:
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0"
    assert len(longest) == 255
    text, _ = names.text(longest, 0)
    assert names.encode(text) == longest
    with pytest.raises(WireError):
        names.text(b"\1a" + longest, 0)
    with pytest.raises(ValueError, match="257 octets"):
        names.encode("a." + text)


def test_a_name_grown_by_pointers_is_bounded_too() -> None:
    # 63 octets in front of a pointer to 63 octets in front of …
    message = bytearray(b"\0")
    starts = [0]
    for _ in range(6):
        starts.append(len(message))
        message += b"\x3f" + b"a" * 63 + (0xC000 | starts[-2]).to_bytes(2, "big")
    assert len(names.text(bytes(message), starts[3])[0]) == 191
    with pytest.raises(WireError, match="255"):
        names.text(bytes(message), starts[4])


def test_pointers_to_pointers_end() -> None:
    message = b"\0" + b"".join((0xC000 | max(at - 2, 0)).to_bytes(2) for at in range(1, 1001, 2))
    assert names.text(message, 1 + 2 * 126) == ("", 1 + 2 * 127)
    with pytest.raises(WireError, match="pieces"):
        names.text(message, 1 + 2 * 127)


@given(st.binary(max_size=80), st.binary(max_size=40), st.integers(0, 79), st.binary(max_size=40))
@example(b"\5ab\5de\0", b"\xc0\3", 7, b"\1x\0")  # a pointer to within a label leads over itself
@example(b"\5ab\7de\0", b"\1x\xc0\3", 7, b"\0")
def test_a_name_depends_on_nothing_behind_it(before: bytes, name: bytes, start: int, behind: bytes) -> None:
    start = min(start, len(before))
    message = before[:start] + name
    try:
        read = names.text(message + behind, start)
    except WireError:
        read = ("", -1)
    if start <= read[1] <= len(message):
        assert names.text(message[: read[1]], start) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a..b", "empty label"),
        (".a", "empty label"),
        ("..", "empty label"),
        ("a" * 64, "64 octets; 63"),
        ("ä" * 32, "64 octets; 63"),
        (r"\256", "no octet"),
        ("a\\", "lone backslash"),
        (r"\12", "lone backslash"),
        (r"\1x", "lone backslash"),
        ("\ud800", "surrogates"),
    ],
)
def test_what_cannot_be_encoded_says_why(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        names.encode(text)


def test_only_ascii_digits_make_an_octet() -> None:
    assert names.encode("\\٣٣٣") == b"\6" + "٣٣٣".encode() + b"\0"


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_a_value_error(text: str) -> None:
    try:
        wire = names.encode(text)
    except ValueError:
        return
    assert names.text(wire, 0)[1] == len(wire)
    if text.isascii() and "\\" not in text and text != "@":  # which stands for an origin there
        assert dns.name.from_text(text).to_wire() == wire
