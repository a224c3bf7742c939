import base64
from pathlib import Path

import pytest

from dnsguard.config import checks
from dnsguard.model import Duration


@pytest.mark.parametrize(
    ("check", "value", "kept"),
    [
        (checks.address, "127.0.0.1:53", "127.0.0.1:53"),
        (checks.address, "0.0.0.0:0", "0.0.0.0:0"),
        (checks.address, "[2001:DB8:0::1]:053", "[2001:db8::1]:53"),
        (checks.address, "[::]:65535", "[::]:65535"),
        (checks.address, "[fe80::1%eth0]:53", "[fe80::1%eth0]:53"),
        (checks.network, "192.0.2.0/24", "192.0.2.0/24"),
        (checks.network, "192.0.2.7", "192.0.2.7"),
        (checks.network, "2001:DB8::/32", "2001:db8::/32"),
        (checks.askers, "private", "private"),
        (checks.askers, "any", "any"),
        (checks.domain, "Example.COM.", "example.com"),
        (checks.domain, "*.example.com", "example.com"),
        (checks.domain, "BÜCHER。example", "xn--bcher-kva.example"),
        (checks.domain, "_tcp.example", "_tcp.example"),
        (checks.server, "system", "system"),
        (checks.server, "192.0.2.1:53", "192.0.2.1"),
        (checks.server, "tls://dns.example", "tls://dns.example"),
        (checks.plain_server, "192.0.2.1:5300", "192.0.2.1:5300"),
        (checks.family(4, "192.0.2.1"), "0.0.0.0", "0.0.0.0"),
        (checks.family(6, "2001:db8::1"), "0::0", "::"),
        (checks.category, "dark_web", "dark_web"),
        (checks.detector, "threat_intel", "threat_intel"),
        (checks.label, "our own list", "our own list"),
        (checks.record, "nas.home.arpa 300 IN A 192.168.1.5", "nas.home.arpa 300 IN A 192.168.1.5"),
        (checks.webhook_url, "http://[::1]:8080/x?y=z", "http://[::1]:8080/x?y=z"),
        (checks.optional(checks.address), "", ""),
        (checks.between(1, 3), 3, 3),
        (checks.directory, Path("x"), Path("x")),
    ],
)
def test_kept(check, value, kept) -> None:
    assert check(value) == kept


@pytest.mark.parametrize(
    ("check", "value", "fault"),
    [
        (checks.address, "127.0.0.1", 'is no address and port; write "127.0.0.1:53"'),
        (checks.address, "", "is no address and port"),
        (checks.address, "::1:53", "is no address and port"),
        (checks.address, "[127.0.0.1]:53", "is no address and port"),
        (checks.address, "ns.example:53", "is no address and port"),
        (checks.address, "localhost:53", 'is a name; write "127.0.0.1:53" or "[::1]:53"'),
        (checks.address, ":53", 'for every address write "0.0.0.0:53" and "[::]:53"'),
        (checks.address, "*:53", 'for every address write "0.0.0.0:53" and "[::]:53"'),
        (checks.address, "127.0.0.1:65536", "the port must be a number from 0 to 65535"),
        (checks.address, "127.0.0.1:-1", "the port must be a number from 0 to 65535"),
        (checks.address, "127.0.0.1:٥٣", "the port must be a number from 0 to 65535"),
        (checks.address, "127.0.0.1:", "the port must be a number from 0 to 65535"),
        (checks.address, "224.0.0.251:5353", "is a multicast address"),
        (checks.network, "192.0.2.7/24", 'has bits set beyond its prefix; write "192.0.2.0/24"'),
        (checks.network, "192.0.2.0/33", "is no address or CIDR"),
        (checks.network, "kids", "is no address or CIDR"),
        (checks.network, "fe80::1%eth0", "is no address or CIDR"),
        (checks.askers, "Private", 'did you mean "private"?'),
        (checks.domain, "exa mple.com", "is no domain (has "),
        (checks.domain, "", "is no domain ("),
        (checks.domain, ".", "is no domain"),
        (checks.domain, "a..b", "is no domain ("),
        (checks.domain, "x" * 64, "is no domain ("),
        (checks.server, "dns.example", "tls://dns.example"),
        (checks.server, "ftp://192.0.2.1", "unknown scheme"),
        (checks.plain_server, "tls://192.0.2.1", "must be a plain server"),
        (checks.family(4, "192.0.2.1"), "::", 'is no IPv4 address; write one like "192.0.2.1"'),
        (checks.family(6, "2001:db8::1"), "fe80::1%eth0", "is no IPv6 address"),
        (checks.category, "threat-intel", 'did you mean "threat_intel"?'),
        (checks.category, "zzz", "is no category; one of protocol_anomaly, "),
        (checks.detector, "treat_intel", 'did you mean "threat_intel"?'),
        (checks.label, " ", "must not be empty"),
        (checks.label, "a\nb", "must be at most 64 printable characters"),
        (checks.label, "a" * 65, "must be at most 64 printable characters"),
        (checks.record, "nas.home.arpa IN A nonsense", "'nonsense' is no address"),
        (checks.path, "a\0b", "is no path"),
        (checks.path, "~no-such-user/x", "there is no such home folder"),
        (checks.directory, Path(), "must not be empty"),
        (checks.list_url, "ftp://lists.example/a.txt", "must be an http:// or https:// URL"),
        (checks.list_url, "https:///a.txt", "names no host"),
        (checks.sha256, "abc", "64 hexadecimal digits"),
        (checks.webhook_url, "alerts.example", "must be an http:// or https:// URL"),
        (checks.webhook_url, "ftp://alerts.example", 'not "ftp"'),
        (checks.webhook_url, "https://", "names no host"),
        (checks.webhook_url, "https://h:99999/", "is no URL (Port out of range"),
        (checks.webhook_url, "https://[::1/", "is no URL ("),
        (checks.webhook_url, "https://h/a b", 'write "%20" for a space'),
        (checks.webhook_url, "https://h/#x", 'has a "#" part'),
        (checks.between(1, 3), 0, "0 is too little; at least 1"),
        (checks.between(Duration(1), Duration(300)), Duration(600), '"10m" is too much; at most "5m"'),
    ],
)
def test_refused_with_what_would_be_right(check, value, fault: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is what is tested
        check(value)
    assert fault in str(caught.value)


def key(size: int) -> str:
    return "whsec_" + base64.b64encode(bytes(size)).decode()


@pytest.mark.parametrize("size", [24, 32, 64])
def test_secrets_of_the_right_size(size: int) -> None:
    assert checks.secret(key(size)) == key(size)
    assert checks.secret(f"{key(24)}  {key(size)}") == f"{key(24)} {key(size)}"


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        (key(23), "has 23 bytes, must have 24 to 64"),
        (key(65), "has 65 bytes, must have 24 to 64"),
        ("hushhush", 'must start with "whsec_"'),
        ("whsec_hush!hush", "must be base64"),
        ("whsec_hüsh", "must be base64"),
        (f"{key(24)} hush", 'must start with "whsec_"'),
        (" ".join([key(24)] * 3), "must be one key, or two"),
    ],
)
def test_a_wrong_secret_is_not_shown(secret: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r"openssl|two") as caught:
        checks.secret(secret)
    assert fault in str(caught.value)
    assert "hush" not in str(caught.value)
    assert key(24) not in str(caught.value)
