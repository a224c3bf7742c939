"""The servers that are asked: how they are written, and what resolv.conf names.

Written forms:
    192.0.2.1   192.0.2.1:5300   2001:db8::1   [2001:db8::1]:5300   fe80::1%eth0    plain DNS, UDP and TCP
    tls://name   tls://name:853   tls://192.0.2.1#name   tls://[2001:db8::1]:853     DNS over TLS (RFC 7858)
    https://name/path   https://192.0.2.1/path#name                                  DNS over HTTPS (RFC 8484)
    quic://name   quic://192.0.2.1:853#name                                          DNS over QUIC (RFC 9250)
What follows `#` is the name that the certificate must show and that is sent as SNI (as in Unbound and resolved).
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import idna

from dnsguard.errors import UpstreamError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Kind = Literal["udp", "tls", "https", "quic"]

PORTS: Final[dict[Kind, int]] = {"udp": 53, "tls": 853, "https": 443, "quic": 853}
RESOLV_CONF: Final = "/etc/resolv.conf"
MAX_RESOLV_CONF: Final = 64 * 1024
"""Bytes read of resolv.conf; a real one has a few hundred."""
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server that can be asked."""

    kind: Kind
    host: str
    """An address, without brackets and with its `%scope`, or a host name (never with kind `udp`), lower case."""
    port: int
    path: str = ""
    """Of an `https` server, query string included."""
    sni: str = ""
    """What the certificate must show: a name or an address; empty with kind `udp`."""
    text: str
    """The shortest written form; equal servers have equal texts."""

    @property
    def address(self) -> IPAddress | None:
        """The host as an address; None if it is a name and must be looked up first."""
        return _address(self.host)


def sockaddr(host: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """Give the socket address of an address text.

    `socket.connect` takes an IPv6 scope only as an interface number, so `%eth0` is translated here.
    Raises UpstreamError if there is no such interface.
    """
    address, _, scope = host.partition("%")
    if ":" not in address:
        return (address, port)
    if not scope:
        return (address, port, 0, 0)
    try:
        return (address, port, 0, int(scope) if scope.isdigit() else socket.if_nametoindex(scope))
    except OSError:
        raise UpstreamError(f"{host}: this machine has no interface {scope}") from None


def parse_address(text: str, port: int | None = None) -> tuple[str, int]:
    """Read `address`, `address:port` or `[address]:port`; without a default port it must be written.

    Gives the address in its shortest form, with its scope, and the port. ValueError says what would be right.
    """
    host, written = _split_port(text, text)
    address = _address(host)
    if address is None:
        raise ValueError(f'{text!r} is no address; write "192.0.2.1:53" or "[2001:db8::1]:53"')
    if written is None and port is None:
        raise ValueError(f'{text!r} lacks a port; write "{_bracketed(str(address))}:53"')
    return str(address), written if written is not None else port or 0


def parse_server(text: str) -> Server:
    """Read one written form; ValueError says what would be right."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        return _plain(text.strip())
    match scheme.lower():
        case "udp":
            return _plain(rest)
        case "tls" | "https" | "quic" as kind:
            return _encrypted(kind, rest, text)
        case "tcp":
            raise ValueError(f'{text!r}: TCP is used where an answer needs it; write "{rest}"')
        case _:
            raise ValueError(f'{text!r} has an unknown scheme; write an address, "tls://…", "https://…" or "quic://…"')


def system_servers(resolv_conf: str | Path = RESOLV_CONF, own: Iterable[str] = ()) -> tuple[Server, ...]:
    """Give the name servers of resolv.conf, in its order, without dnsguard itself.

    `own` has what `[listen] dns` says ("127.0.0.1:53"). A server is dnsguard itself if port 53 of its address is
    listened on; a wildcard counts every address of this machine, of both families, as `[::]` may take IPv4 as well.
    Raises UpstreamError if nothing is left.
    """
    try:
        with Path(resolv_conf).open("rb") as file:
            content = file.read(MAX_RESOLV_CONF).decode("utf-8", "replace")
    except OSError as error:
        raise UpstreamError(
            f"{resolv_conf} can't be read ({error.strerror}); name the servers in [upstream] servers",
        ) from None
    split = [_split_port(text, text) for text in own if not text.endswith(":0")]  # port 0 is some free one, never 53
    listening = {_address(host) for host, port in split if port == PORTS["udp"]}
    found: dict[str, Server] = {}
    skipped = False
    for line in content.splitlines():
        words = line.split()
        if len(words) < 2 or words[0] != "nameserver":
            continue
        address = _address(words[1])
        if address is None or _unscoped_link_local(address):
            continue
        if address.is_unspecified:  # resolv.conf(5) readers take it for this machine
            address = _address("127.0.0.1" if address.version == 4 else "::1")
            assert address is not None
        if _is_own(address, listening):
            skipped = True
            continue
        server = _plain(str(address))
        found.setdefault(server.text, server)
    if found:
        return tuple(found.values())
    if skipped:
        raise UpstreamError(
            f"{resolv_conf} names only dnsguard itself, which would ask itself for ever; "
            "name the servers in [upstream] servers",
        )
    raise UpstreamError(f"{resolv_conf} names no name server; name the servers in [upstream] servers")


def _plain(text: str) -> Server:
    try:
        host, port = parse_address(text, PORTS["udp"])
    except ValueError as error:
        name, _, _ = text.partition(":")
        if _host_name(name):
            raise ValueError(
                f'{text!r} is a name, and a plain server must be an address; write "192.0.2.1" or "tls://{name}"',
            ) from None
        raise ValueError(str(error).replace(":53", "")) from None
    address = _address(host)
    assert address is not None
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f'{text!r} is no single server; write the address of one, such as "192.0.2.1"')
    if _unscoped_link_local(address):
        raise ValueError(f'{text!r} is link-local and needs its interface; write "{host}%eth0"')
    shown = host if port == PORTS["udp"] else f"{_bracketed(host)}:{port}"
    return Server(kind="udp", host=host, port=port, text=shown)


def _encrypted(kind: Literal["tls", "https", "quic"], rest: str, text: str) -> Server:
    rest, has_name, name = rest.partition("#")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        raise ValueError(f'{text!r} carries a user name; write "{kind}://{authority.rpartition("@")[2]}{slash}{path}"')
    if kind != "https" and path:
        raise ValueError(f'{text!r} carries a path, which {kind} has not; write "{kind}://{authority}"')
    raw, port = _split_port(authority, text)
    address = _address(raw)
    host = str(address) if address else _host_name(raw)
    if not host:
        raise ValueError(
            f'{text!r} names no host; write "{kind}://dns.example{"/dns-query" if kind == "https" else ""}"'
        )
    if has_name and not (name := _host_name(name)):
        raise ValueError(f'{text!r}: after "#" stands the name in the certificate, such as "#dns.example"')
    if kind == "https":
        # RFC 8484 section 4.1 writes servers as URI templates; POST leaves their variable out
        path = "/" + (path.removesuffix("{?dns}") or "dns-query")
        if not re.fullmatch(r"/[\x21-\x7e]*", path):
            raise ValueError(f'{text!r}: the path has a character that URLs must escape; write it as "%20" for a space')
    port = PORTS[kind] if port is None else port
    sni = name or host.partition("%")[0]
    shown = f"{kind}://{_bracketed(host)}{'' if port == PORTS[kind] else f':{port}'}{path}"
    return Server(
        kind=kind,
        host=host,
        port=port,
        path=path,
        sni=sni,
        text=shown if sni == host else f"{shown}#{sni}",
    )


def _split_port(authority: str, text: str) -> tuple[str, int | None]:
    """Take `host`, `host:port`, `[v6]`, `[v6]:port` or bare IPv6 apart."""
    if authority.startswith("["):
        host, closed, rest = authority[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(f'{text!r} has an odd bracket; write "[2001:db8::1]:53"')
        port = rest[1:] if rest else None
    elif authority.count(":") > 1:
        return authority, None
    else:
        host, colon, tail = authority.partition(":")
        port = tail if colon else None
    if port is None:
        return host, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} has no valid port; write a number from 1 to 65535 after the colon")
    return host, int(port)


def _address(text: str) -> IPAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _host_name(text: str) -> str:
    """Give a host name in lower-case ASCII without its final dot; empty if it is none."""
    name = text.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    labels = name.split(".")
    valid = len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    # an all-digit last label is a mistyped IPv4 address, never a top-level domain (RFC 3696 section 2)
    return name if valid and not labels[-1].isdigit() else ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _unscoped_link_local(address: IPAddress) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_link_local and not address.scope_id


def _is_own(address: IPAddress, listening: set[IPAddress | None]) -> bool:
    if address in listening:
        return True
    return any(own is not None and own.is_unspecified for own in listening) and _is_local(address)


def _is_local(address: IPAddress) -> bool:
    """Tell whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind(sockaddr(str(address), 0))
    except (OSError, UpstreamError):
        return False
    return True
