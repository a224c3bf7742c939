import pytest

from dnsguard.dnstap.address import parse_address


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("unix:/run/dnstap.sock", "/run/dnstap.sock"),
        ("unix:///run/dnstap.sock", "/run/dnstap.sock"),
        ("tcp://192.0.2.5:6000", ("192.0.2.5", 6000)),
        ("tcp://[2001:db8::5]:6000", ("2001:db8::5", 6000)),
        ("tcp://collector.example:6000/", ("collector.example", 6000)),
    ],
)
def test_addresses(text: str, where: object) -> None:
    assert parse_address(text) == where


@pytest.mark.parametrize(
    "text",
    ["", "unix:", "unix:run/x", "tcp://192.0.2.5", "tcp://:6000", "tcp://a:0", "tcp://a:x", "tls://a:1", "tcp://a:1/b",
     "tcp://u@a:1", "tcp://[::1", "192.0.2.5:6000"],
)  # fmt: skip
def test_what_is_none_says_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="unix:/run"):
        parse_address(text)
