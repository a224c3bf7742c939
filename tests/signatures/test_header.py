import pytest

from dnsguard.signatures.header import ForeignError, parse_header


@pytest.mark.parametrize(
    ("text", "to_server", "to_client"),
    [
        ("alert dns any any -> any any", True, True),
        ("alert dns $HOME_NET any -> any any", True, False),
        ("alert dns $HOME_NET any -> $EXTERNAL_NET any", True, False),
        ("alert dns $HOME_NET any -> any 53", True, False),
        ("alert dns any any -> $HOME_NET any", False, True),
        ("alert dns $EXTERNAL_NET any -> $HOME_NET any", False, True),
        ("alert dns !$HOME_NET any -> $HOME_NET any", False, True),
        ("alert udp any any -> any 53", True, False),
        ("alert udp any 53 -> any any", False, True),
        ("alert tcp any 1024: -> any [53,853]", True, False),
        ("alert udp $EXTERNAL_NET 53 -> $HOME_NET !53", False, True),
        ("alert dns any any <> any any", True, True),
        ("alert udp any any <> any 53", True, True),
        ("alert dns $HOME_NET any -> $DNS_SERVERS any", True, False),
        # servers inside of the network: only so it can be true
        ("alert dns $HOME_NET any -> $HOME_NET any", True, True),
        ("alert udp $HOME_NET any -> $HOME_NET 53", True, False),
        ("alert udp [any, !$EXTERNAL_NET] any -> any $DNS_PORTS", True, False),
        ("alert dns [$HOME_NET, $EXTERNAL_NET] any -> any any", True, True),
        ("drop dns any any -> any any", True, True),
    ],
)
def test_directions(text: str, to_server: bool, to_client: bool) -> None:
    header = parse_header(text)
    assert (header.to_server, header.to_client) == (to_server, to_client)


@pytest.mark.parametrize(
    ("text", "stream"), [("dns", None), ("ip", None), ("udp", False), ("tcp", True), ("tcp-pkt", True)]
)
def test_transport(text: str, stream: bool | None) -> None:
    assert parse_header(f"alert {text} any any -> any 53").stream is stream


def test_clients() -> None:
    header = parse_header("alert dns [192.0.2.0/24, !192.0.2.7, 2001:db8::/32] any -> any any")
    assert header.clients == ("192.0.2.0/24", "2001:db8::/32")
    assert header.not_clients == ("192.0.2.7/32",)
    assert header.text == "alert dns [192.0.2.0/24,!192.0.2.7,2001:db8::/32] any -> any any"
    # a query's source is a response's destination
    assert parse_header("alert udp any 53 -> 192.0.2.7 any").clients == ("192.0.2.7/32",)
    # taken out of nothing: out of its address family, so an IPv6 client is not meant
    header = parse_header("alert udp !192.0.2.7 any -> any 53")
    assert (header.clients, header.not_clients) == (("0.0.0.0/0",), ("192.0.2.7/32",))
    assert parse_header("alert dns [!192.0.2.7,2001:db8::7] any -> any any").clients == ("2001:db8::7/128", "0.0.0.0/0")
    assert parse_header("alert dns [any,!192.0.2.7] any -> any any").clients == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "header: write"),
        ("alert dns any any any any", "header: write"),
        ("alert dns any -> any any", "header: write"),
        ("alert dns any any => any any", "=> joins a request and its response"),
        ("pass dns any any -> any any", r"\[allow\]"),
        ("config dns any any -> any any", "action config: write alert"),
        ("alert dns $WEIRD any -> any any", r"\$WEIRD: only \$HOME_NET"),
        ("alert dns 192.0.2.300 any -> any any", "write any, "),
        ("alert dns !any any -> any any", "!any matches nothing"),
        ("alert dns [any any -> any any", "header: write|not closed"),
        ("alert dns any] any -> any any", "not opened"),
        ("alert dns [] any -> any any", "names nothing"),
        ("alert dns any any -> 198.51.100.53 any", "address 198.51.100.53 of a server"),
        ("alert udp 198.51.100.53 53 -> any any", "address 198.51.100.53 of a server"),
        ("alert udp any any <> 192.0.2.7 53", "of a server"),
        ("alert dns any any -> any [53", "header: write|not closed"),
        ("alert dns any x -> any any", "port x"),
        # a client's port is not known: it has to be true of all of them
        ("alert udp any 5353 -> any 53", "never true of DNS"),
        ("alert dns any any -> any 5353", "never true of DNS"),
        ("alert udp $EXTERNAL_NET any -> $EXTERNAL_NET 53", "never true of DNS"),
    ],
)
def test_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_header(text)


@pytest.mark.parametrize(
    ("text", "protocol"),
    [
        ("alert http any any -> any any", "http"),
        ("alert tls $HOME_NET any -> $EXTERNAL_NET any", "tls"),
        ("alert tcp any any -> any 25", "tcp to other ports"),
        ("alert udp any any -> any [161,162]", "udp to other ports"),
    ],
)
def test_other_protocols_are_no_fault(text: str, protocol: str) -> None:
    with pytest.raises(ForeignError, match=protocol):
        parse_header(text)
