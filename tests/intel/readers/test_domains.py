import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Scope, Trigger
from dnsguard.intel.names import canonical
from dnsguard.intel.readers import reading as account
from dnsguard.intel.readers.domains import read


@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (b"", {}),
        (b"evil.example", {"evil.example": 1}),
        (b"a.example\nb.example\n", {"a.example": 1, "b.example": 2}),
        (b"a.example\r\nb.example\r\n", {"a.example": 1, "b.example": 2}),
        (b"a.example\rb.example\r", {"a.example": 1, "b.example": 2}),
        (b"# c\n; c\n! c\n\n  \n\ta.example \n", {"a.example": 6}),
        (b"a.example # why\nb.example\t; why\n", {"a.example": 1, "b.example": 2}),
        (codecs.BOM_UTF8 + b"a.example\n", {"a.example": 1}),
        ("a.example\nbücher.example\n".encode("utf-16"), {"a.example": 1, "xn--bcher-kva.example": 2}),
        ("bücher.example".encode(), {"xn--bcher-kva.example": 1}),
        (b"A.Example.\n*.b.example\n.c.example\n", {"a.example": 1, "b.example": 2, "c.example": 3}),
        (b"a.example\nA.EXAMPLE\n", {"a.example": 1}),
        (b"0.0.0.0 a.example\n127.0.0.1\tb.example c.example # x\n::1 d.example\n:: e.example",
         {"a.example": 1, "b.example": 2, "c.example": 2, "d.example": 3, "e.example": 4}),
        (b"127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\nfe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n", {}),
        # a line separator of Unicode is not one of editors: the line numbers would be off
        ("# a\u2028b\x0bc\x1cd\u0085e\na.example".encode(), {"a.example": 2}),
    ],
)  # fmt: skip
def test_what_is_taken(data: bytes, entries: dict[str, int]) -> None:
    reading = read(data)
    assert reading.entries == entries
    assert (reading.junk, reading.public_suffixes, reading.shown) == (0, 0, [])


def test_addresses_may_stand_among_names() -> None:
    reading = read(b"a.example\n198.51.100.7\n198.51.100.0/25 # net\n2001:db8::1\n198.51.100.8-198.51.100.11\n")
    assert reading.found == [
        Entry("a.example", 1),
        Entry("198.51.100.7/32", 2, trigger=Trigger.ADDRESS),
        Entry("198.51.100.0/25", 3, trigger=Trigger.ADDRESS),
        Entry("2001:db8::1/128", 4, trigger=Trigger.ADDRESS),
        Entry("198.51.100.8/30", 5, trigger=Trigger.ADDRESS),
    ]


def test_a_suffix_that_strangers_share_matches_itself() -> None:
    assert read(b"duckdns.org\nx.duckdns.org\n").found == [
        Entry("duckdns.org", 1, Scope.EXACT),
        Entry("x.duckdns.org", 2),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"||evil.example^", "has the character '|'"),
        (b"@@||evil.example^", "has the character '@'"),
        # cut at the #, this would list a whole site for hiding one of its elements
        (b"example.com##.ad", "has the character '#'"),
        (b"*evil.example", "has the character '*'"),
        (b"evil.*", "has the character '*'"),
        (b"*", "has the character '*'"),
        (b".", "is empty"),
        (b"https://evil.example/x", "has the character ':'"),
        (b"evil.example suspicious", "has more on the line than a name"),
        (b"192.0.2", "is an address or a number, not a name"),
        (b"2001:db8:::1", "has the character ':'"),
        (b"192.0.2.1 intranet.example", "is a hosts line that leads somewhere; only those to 0.0.0.0"),
        (b"\xff\xfe\xfd.example", "is no valid IDN"),
        (b"<html>", "has the character '<'"),
        (b"a" * 100_000, "is longer than 253 characters"),
    ],
)  # fmt: skip
def test_junk_is_counted_with_its_line(line: bytes, reason: str) -> None:
    reading = read(b"good.example\n" + line + b"\nbetter.example\n")
    assert reading.entries == {"good.example": 1, "better.example": 3}
    assert (reading.junk, reading.public_suffixes) == (1, 0)
    (refused,) = reading.shown
    assert refused.line == 2
    assert refused.reason.startswith(reason)
    assert refused.text.isascii()
    assert refused.text.isprintable()
    assert len(refused.text) < 1000


@pytest.mark.parametrize("name", ["com", "co.uk", "*.com", ".org.", "localhost", "x.kawasaki.jp", "0.0.0.0 com", "рф"])
def test_a_public_suffix_is_refused(name: str) -> None:
    reading = read(f"{name}\nevil.com\n".encode())
    assert (reading.entries, reading.junk, reading.public_suffixes) == ({"evil.com": 2}, 0, 1)
    assert reading.shown[0].reason.startswith("is a public suffix")


def test_the_report_is_bounded() -> None:
    reading = read(b"no name\n" * 1000)
    assert reading.junk == 1000
    assert len(reading.shown) == account.MAX_SHOWN


@given(st.binary())
def test_any_bytes_have_a_reading(data: bytes) -> None:
    for entry in read(data).found:
        if entry.trigger.is_name:
            assert canonical(entry.text) == entry.text
        assert 1 <= entry.line <= data.count(b"\n") + data.count(b"\r") + 1 or data[:2] in {b"\xff\xfe", b"\xfe\xff"}


PIECES = st.sampled_from(
    "evil .example com . * || ^ # ; ! \t \r \n 0.0.0.0 127.0.0.1 ::1 \ufeff ü \u3002 \x00 xn-- - _ :: $ /24".split(" ")
)


@given(st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join))
def test_any_mixture_of_what_lists_have_has_a_reading(text: str) -> None:
    reading = read(text.encode())
    assert all(canonical(entry.text) == entry.text for entry in reading.found if entry.trigger.is_name)
    assert len(reading.shown) == min(reading.junk + reading.quarantined.total(), account.MAX_SHOWN)
