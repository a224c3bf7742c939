import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.readers import words
from dnsguard.intel.readers.reading import Reading


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2020-01-01", 1577836800),
        ("2020-01-01 00:00:01", 1577836801),
        ("2020-01-01 00:00:01 UTC", 1577836801),
        ("2020-01-01T00:00:01Z", 1577836801),
        ("2020-01-01T01:00:01.5+01:00", 1577836801),
        ("1577836800", 1577836800),
        (1577836800, 1577836800),
        ("", 0), ("never", 0), (None, 0), (-1, 0), (True, 0), ("9999-12-31", 0), ("1960-01-01", 0), (float("nan"), 0),
    ],
)  # fmt: skip
def test_times(value: object, seconds: int) -> None:
    assert words.time(value) == seconds


@pytest.mark.parametrize(
    ("value", "percent"),
    [(50, 50), ("50", 50), (0, 0), (101, -1), (-1, -1), (True, -1), (None, -1), ("²", -1), (5.5, -1)],
)
def test_percents(value: object, percent: int) -> None:
    assert words.percent(value) == percent


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example/x", "a.example"),
        ("HTTPS://A.Example:80/x", "a.example"),
        ("a.example/x", "a.example"),
        ("a.example", "a.example"),
        ("http://u:p@a.example", "a.example"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://198.51.100.7:8/", "198.51.100.7/32"),
        ("http://[2001:db8::1]:8/", "2001:db8::1/128"),
        ("http://a.example./", "a.example"),
    ],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert [entry.text for entry in words.url(Reading(), 1, url)] == [host]


@pytest.mark.parametrize(
    "url", ["", "http://", "http://[", "///", "http://a b/", "http://\u2100.example/", "http://x]/"]
)
def test_a_url_without_a_host_is_refused(url: str) -> None:
    reading = Reading()
    assert list(words.url(reading, 1, url)) == []
    assert reading.junk == 1


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    reading = Reading()
    found = list(words.url(reading, 1, text))
    assert len(found) + reading.junk + reading.quarantined.total() == 1


@given(st.text(alphabet="0123456789abcdef.:/-[]% "))
def test_networks_are_networks(text: str) -> None:
    for net in words.networks(text):
        assert ipaddress.ip_network(str(net)) == net


def test_a_mapped_address_is_the_one_it_maps() -> None:
    assert list(map(str, words.networks("::ffff:198.51.100.7"))) == ["198.51.100.7/32"]


def test_a_range_of_too_many_networks_is_none() -> None:
    assert words.networks("2001:db8::1-2001:db8:ffff:ffff:ffff:ffff:ffff:fffe") == []
