import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import ListError
from dnsguard.intel import readers
from dnsguard.intel.readers.sniff import sniff
from tests.intel.readers import (
    test_adblock,
    test_dnsmasq,
    test_misp,
    test_rpz,
    test_stix,
    test_threatfox,
    test_unbound,
    test_urlhaus,
)

SAMPLES = [
    ("adblock", test_adblock.SAMPLE),
    ("addresses", b"; Spamhaus DROP\n198.51.100.0/24 ; SBL1\n2001:db8::/32 ; SBL2\n"),
    ("dnsmasq", test_dnsmasq.SAMPLE),
    ("misp", test_misp.data(test_misp.EVENT)),
    ("misp", test_misp.data(test_misp.WARNING)),
    ("rpz", test_rpz.SAMPLE),
    ("stix", test_stix.data(test_stix.BUNDLE)),
    ("threatfox", test_threatfox.CSV),
    ("threatfox", test_threatfox.JSON),
    ("threatfox", test_threatfox.API),
    ("unbound", test_unbound.SAMPLE),
    ("urlhaus", test_urlhaus.CSV),
    ("urlhaus", test_urlhaus.JSON),
]


@pytest.mark.parametrize(("format_", "sample"), SAMPLES)
def test_each_sample_is_told_by_its_content(format_: str, sample: bytes) -> None:
    assert sniff(sample) == format_
    assert sniff(b"\xef\xbb\xbf" + sample) == format_
    assert sniff(sample.replace(b"\n", b"\r\n")) == format_
    if sample[:1] != b"{":  # JSON is UTF-8: RFC 8259 section 8.1
        assert sniff(sample.decode().encode("utf-16")) == format_
    assert readers.read(sample).found == list(readers.FORMATS[format_](sample, readers.Reading()))


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("", "domains"),
        ("# only comments\n", "domains"),
        ("evil.example\n", "domains"),
        ("0.0.0.0 evil.example\n127.0.0.1 b.example # x\n", "domains"),
        ("127.0.0.1 localhost\n::1 localhost\n0.0.0.0 evil.example\n", "domains"),
        ("192.0.2.1\n192.0.2.0/24\n", "addresses"),
        ("192.0.2.1,evil,2024\n", "addresses"),
        ("[2001:db8::1]:443\n", "addresses"),
        ("192.0.2.1\n192.0.2.2 # x\nevil.example\n", "domains"),
        ("||evil.example^\n", "adblock"),
        ("! Title: x\n@@||evil.example^\n", "adblock"),
        ("[Adblock Plus 2.0]\n", "adblock"),
        ("example.com##.ad\n", "adblock"),
        ("server=/evil.example/\n", "dnsmasq"),
        ('server:\n  local-zone: "evil.example" always_nxdomain\n', "unbound"),
        ("evil.example CNAME .\n*.evil.example IN CNAME .\n", "rpz"),
        ("$ORIGIN x.\n", "rpz"),
        ("alert.example\n", "domains"),
    ],
)
def test_short_lists(text: str, format_: str) -> None:
    assert sniff(text.encode()) == format_


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "an HTML page"),
        (b"\n\n  <html>", "an HTML page"),
        (b"<!-- x -->\n<HTML>", "an HTML page"),
        (b'<?xml version="1.0"?><Error/>', "an XML document"),
        (b'{"error": "rate limited"}', "JSON, but of no shape"),
        (b"[1, 2]", "JSON, but of no shape"),
        (b"\x1f\x8b\x08\x00\x00", "a gzip file"),
        (b"PK\x03\x04rest", "a zip file"),
        (b"%PDF-1.4", "a PDF file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"evil.example\n\0\0\0", "a binary file"),
        (b'alert dns any any -> any any (msg:"x"; dns.query; content:"a"; sid:1;)\n', "Suricata rules"),
    ],
)
def test_what_is_no_list_is_refused_with_what_it_looks_like(data: bytes, what: str) -> None:
    with pytest.raises(ListError, match=f"it looks like {what}"):
        readers.read(data)


def test_a_format_that_is_said_is_used() -> None:
    assert readers.read(b"address=/evil.example/\n", "dnsmasq").entries == {"evil.example": 1}
    assert readers.read(json.dumps({"a": 1}).encode(), "misp").found == []


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_list_or_look_like_something_else(data: bytes) -> None:
    with suppress(ListError):
        assert readers.read(data).format in readers.FORMATS
