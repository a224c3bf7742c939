import re

import pytest

from dnsguard.errors import UpstreamError
from dnsguard.upstream.servers import parse_address, parse_server, sockaddr, system_servers


@pytest.mark.parametrize(
    ("text", "kind", "host", "port", "path", "sni", "shown"),
    [
        ("192.0.2.1", "udp", "192.0.2.1", 53, "", "", "192.0.2.1"),
        ("192.0.2.1:53", "udp", "192.0.2.1", 53, "", "", "192.0.2.1"),
        ("udp://192.0.2.1", "udp", "192.0.2.1", 53, "", "", "192.0.2.1"),
        ("192.0.2.1:5300", "udp", "192.0.2.1", 5300, "", "", "192.0.2.1:5300"),
        ("2001:DB8::1", "udp", "2001:db8::1", 53, "", "", "2001:db8::1"),
        ("[2001:db8:0::1]", "udp", "2001:db8::1", 53, "", "", "2001:db8::1"),
        ("[2001:db8::1]:5300", "udp", "2001:db8::1", 5300, "", "", "[2001:db8::1]:5300"),
        ("::ffff:192.0.2.1", "udp", "192.0.2.1", 53, "", "", "192.0.2.1"),
        ("fe80::1%eth0", "udp", "fe80::1%eth0", 53, "", "", "fe80::1%eth0"),
        ("[fe80::1%eth0]:54", "udp", "fe80::1%eth0", 54, "", "", "[fe80::1%eth0]:54"),
        ("tls://Dns.Example.", "tls", "dns.example", 853, "", "dns.example", "tls://dns.example"),
        ("tls://dns.example:853", "tls", "dns.example", 853, "", "dns.example", "tls://dns.example"),
        ("tls://dns.example:8853", "tls", "dns.example", 8853, "", "dns.example", "tls://dns.example:8853"),
        ("tls://192.0.2.1", "tls", "192.0.2.1", 853, "", "192.0.2.1", "tls://192.0.2.1"),
        ("tls://192.0.2.1#dns.example", "tls", "192.0.2.1", 853, "", "dns.example", "tls://192.0.2.1#dns.example"),
        ("tls://[2001:db8::1]:8853#a.b", "tls", "2001:db8::1", 8853, "", "a.b", "tls://[2001:db8::1]:8853#a.b"),
        ("tls://bücher.example", "tls", "xn--bcher-kva.example", 853, "", "xn--bcher-kva.example", None),
        (
            "https://dns.example",
            "https",
            "dns.example",
            443,
            "/dns-query",
            "dns.example",
            "https://dns.example/dns-query",
        ),
        ("https://dns.example/dns-query{?dns}", "https", "dns.example", 443, "/dns-query", "dns.example", None),
        ("https://dns.example:8443/a/b?c=d", "https", "dns.example", 8443, "/a/b?c=d", "dns.example", None),
        ("https://192.0.2.1/q#dns.example", "https", "192.0.2.1", 443, "/q", "dns.example", None),
        ("HTTPS://[2001:db8::1]/q", "https", "2001:db8::1", 443, "/q", "2001:db8::1", "https://[2001:db8::1]/q"),
        ("quic://dns.example", "quic", "dns.example", 853, "", "dns.example", "quic://dns.example"),
    ],
)
def test_written_forms(text, *, kind, host, port, path, sni, shown) -> None:
    server = parse_server(text)
    assert (server.kind, server.host, server.port, server.path, server.sni) == (kind, host, port, path, sni)
    assert shown is None or server.text == shown
    assert parse_server(server.text) == server


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no address"),
        ("dns.example", 'write "192.0.2.1" or "tls://dns.example"'),
        ("dns.example:53", "tls://dns.example"),
        ("192.0.2.999", "is no address"),
        ("192.0.2.1:0", "1 to 65535"),
        ("192.0.2.1:65536", "1 to 65535"),
        ("192.0.2.1:", "1 to 65535"),
        ("[2001:db8::1", "bracket"),
        ("[2001:db8::1]53", "bracket"),
        ("0.0.0.0", "no single server"),
        ("224.0.0.251", "no single server"),
        ("fe80::1", "fe80::1%eth0"),
        ("tcp://192.0.2.1", 'write "192.0.2.1"'),
        ("ftp://192.0.2.1", "unknown scheme"),
        ("tls://", "tls://dns.example"),
        ("tls://-a.example", "tls://dns.example"),
        ("tls://192.0.2.999", "names no host"),
        ("tls://192.0.2.1#", "#dns.example"),
        ("tls://dns.example/x", 'write "tls://dns.example"'),
        ("https://user:pw@dns.example/x", 'write "https://dns.example/x"'),
        ("https://dns.example/a b", "%20"),
    ],
)
def test_a_fault_says_what_would_be_right(text, says) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_server(text)


def test_listen_addresses_need_a_port() -> None:
    assert parse_address("[::]:53") == ("::", 53)
    with pytest.raises(ValueError, match=r"lacks a port; write \"127.0.0.1:53\""):
        parse_address("127.0.0.1")


def test_a_scope_becomes_an_interface_number() -> None:
    assert sockaddr("192.0.2.1", 53) == ("192.0.2.1", 53)
    assert sockaddr("2001:db8::1", 53) == ("2001:db8::1", 53, 0, 0)
    assert sockaddr("fe80::1%lo", 53)[3] > 0
    assert sockaddr("fe80::1%7", 53) == ("fe80::1", 53, 0, 7)
    with pytest.raises(UpstreamError, match="no interface nosuch0"):
        sockaddr("fe80::1%nosuch0", 53)


def write(tmp_path, *lines):
    path = tmp_path / "resolv.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def texts(path, *own):
    return [server.text for server in system_servers(path, own)]


def test_resolv_conf_is_read_in_its_order(tmp_path) -> None:
    path = write(
        tmp_path,
        "# nameserver 192.0.2.9",
        ";nameserver 192.0.2.9",
        "search example.com",
        "nameserver 192.0.2.1",
        "\tnameserver  2001:db8::1  # office",
        "nameserver 192.0.2.1",
        "nameserver nonsense",
        "nameserver",
        "nameserver fe80::1%eth0",
        "nameserver fe80::2",
        "options edns0",
    )
    assert texts(path) == ["192.0.2.1", "2001:db8::1", "fe80::1%eth0"]


def test_never_itself(tmp_path) -> None:
    path = write(tmp_path, "nameserver 127.0.0.1", "nameserver 192.0.2.1")
    assert texts(path, "127.0.0.1:53", "[::1]:53") == ["192.0.2.1"]
    # another port is another server
    assert texts(path, "127.0.0.1:5335", "127.0.0.1:0") == ["127.0.0.1", "192.0.2.1"]


@pytest.mark.parametrize("wildcard", ["0.0.0.0:53", "[::]:53"])
def test_a_wildcard_is_every_local_address(tmp_path, wildcard) -> None:
    path = write(
        tmp_path, "nameserver 127.0.0.53", "nameserver 127.0.0.1", "nameserver 0.0.0.0", "nameserver 192.0.2.1"
    )
    assert texts(path, wildcard) == ["192.0.2.1"]


def test_a_stub_on_another_loopback_address_is_asked(tmp_path) -> None:
    assert texts(write(tmp_path, "nameserver 127.0.0.53"), "127.0.0.1:53") == ["127.0.0.53"]


def test_nothing_left_is_said_clearly(tmp_path) -> None:
    with pytest.raises(UpstreamError, match=r"only dnsguard itself.*\[upstream\] servers"):
        system_servers(write(tmp_path, "nameserver 127.0.0.1"), ["127.0.0.1:53"])
    with pytest.raises(UpstreamError, match="names no name server"):
        system_servers(write(tmp_path, "search example.com"))
    with pytest.raises(UpstreamError, match="can't be read"):
        system_servers(tmp_path / "missing")
