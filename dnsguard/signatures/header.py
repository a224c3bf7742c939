"""A rule's header: who speaks to whom, as far as a resolver knows.

A message has two ends: a client, whose address is known, and a server on port 53, whose address is not (which upstream
is asked is decided after the rules were). `$HOME_NET` is where clients are, `$EXTERNAL_NET` and `$DNS_SERVERS` where
servers are; a client's port is any above 1023. From that follows whether a rule sees queries, responses, or both.
"""

import ipaddress
import re
from typing import Final, NamedTuple

PROTOCOLS: Final = {
    "dns": None,
    "ip": None,
    "udp": False,
    "tcp": True,
    "tcp-pkt": True,
    "tcp-stream": True,
}
"""Protocol -> whether it is a stream; None: both. `tcp-pkt` and `tcp-stream` see the same whole messages here."""
ACTIONS: Final = frozenset({"alert", "drop", "reject", "rejectsrc", "rejectdst", "rejectboth"})
_VARIABLES: Final = {"$HOME_NET": "client", "$EXTERNAL_NET": "server", "$DNS_SERVERS": "server"}
DNS_PORT: Final = 53
EPHEMERAL: Final = range(1024, 65536)
_HEADER: Final = re.compile(
    r"(\S+)\s+(\S+)\s+((?:\[[^()]*?\]|!\s*\[[^()]*?\]|\S)+)\s+(\[[^()]*?\]|!\s*\[[^()]*?\]|\S+)\s*"
    r"(->|<>|=>)\s*((?:\[[^()]*?\]|!\s*\[[^()]*?\]|\S)+)\s+(\[[^()]*?\]|!\s*\[[^()]*?\]|\S+)"
)


class ForeignError(Exception):
    """The rule is about another protocol: it can't match DNS, in Suricata neither."""


class Header(NamedTuple):
    """What a header says about a DNS message."""

    text: str
    to_server: bool
    to_client: bool
    stream: bool | None
    clients: tuple[str, ...]
    not_clients: tuple[str, ...]


class _Side(NamedTuple):
    """One end as written: what it can be."""

    client: bool
    server: bool
    nets: tuple[str, ...]
    """Addresses it has to be one of; whose they are, the ports have to tell."""
    not_nets: tuple[str, ...]


def parse_header(text: str) -> Header:
    """Read `alert dns $HOME_NET any -> any 53`; ForeignError or ValueError with the reason."""
    match = _HEADER.fullmatch(text.strip())
    if not match:
        raise ValueError("header: write ACTION PROTOCOL ADDRESS PORT -> ADDRESS PORT")
    action, protocol, source, source_port, arrow, target, target_port = match.groups()
    if arrow == "=>":
        raise ValueError("header: => joins a request and its response; a DNS message is one transaction, asked alone")
    if action == "pass":
        raise ValueError("action pass: names that are never told go into [allow] of config.toml")
    if action not in ACTIONS:
        raise ValueError(f"action {action}: write alert")
    if protocol not in PROTOCOLS:
        raise ForeignError(protocol)
    words = tuple(re.sub(r"\s+", "", word) for word in (source, source_port, target, target_port))
    source, source_port, target, target_port = words
    forms = [(source, source_port, target, target_port)]
    if arrow == "<>":
        forms.append((target, target_port, source, source_port))
    to_server = to_client = False
    nets: tuple[str, ...] = ()
    not_nets: tuple[str, ...] = ()
    ends_at_dns = False
    # first with servers outside of $HOME_NET; if that can't match anything, they are inside
    for home_has_servers in (False, True):
        for from_, from_port, to, to_port in forms:
            answers = from_port != "any" and _has(from_port, DNS_PORT)
            first = _side(from_, home_has_servers, clients=not answers)
            second = _side(to, home_has_servers, clients=answers)
            ask = first.client and _has_ephemeral(from_port) and second.server and _has(to_port, DNS_PORT)
            tell = first.server and _has(from_port, DNS_PORT) and second.client and _has_ephemeral(to_port)
            ends_at_dns = ends_at_dns or answers or (to_port != "any" and _has(to_port, DNS_PORT))
            for matches, client in ((ask, first), (tell, second)):
                if matches:
                    nets, not_nets = nets or client.nets, not_nets or client.not_nets
            to_server, to_client = to_server or ask, to_client or tell
        if to_server or to_client:
            break
    else:
        if protocol == "dns" or ends_at_dns:
            raise ValueError("header: never true of DNS between a client and a server on port 53")
        raise ForeignError(f"{protocol} to other ports")
    text = f"{action} {protocol} {source} {source_port} {arrow} {target} {target_port}"
    return Header(text, to_server, to_client, PROTOCOLS[protocol], nets, not_nets)


def _items(text: str) -> list[tuple[bool, str]]:
    """Flatten `[a,!b,![c,d]]` into (negated, item)."""
    found: list[tuple[bool, str]] = []
    signs = [False]
    negated = False
    word = ""

    def take() -> None:
        nonlocal word, negated
        if word:
            found.append((negated != signs[-1], word))
            word, negated = "", False

    for char in text:
        if char == "!" and not word:
            negated = not negated
        elif char == "[" and not word:
            signs.append(negated != signs[-1])
            negated = False
        elif char == "]":
            take()
            if len(signs) == 1:
                raise ValueError(f"{text}: a bracket that was not opened")
            signs.pop()
        elif char == ",":
            take()
        else:
            word += char
    take()
    if len(signs) != 1:
        raise ValueError(f"{text}: a bracket that is not closed")
    if not found:
        raise ValueError(f"{text!r} names nothing")
    return found


def _side(text: str, home_has_servers: bool, *, clients: bool) -> _Side:
    """Read one end's addresses; `clients`: addresses written as numbers would be clients'."""
    client = server = False
    nets: list[str] = []
    not_nets: list[str] = []
    refused: set[str] = set()
    items = _items(text)
    for negated, item in items:
        if item == "any":
            if negated:
                raise ValueError("address !any matches nothing")
            client = server = True
        elif item in _VARIABLES:
            if negated:
                refused.add(_VARIABLES[item])
            elif item == "$HOME_NET":
                client, server = True, server or home_has_servers
            else:
                server = True
        elif item.startswith("$"):
            raise ValueError(f"address {item}: only {', '.join(_VARIABLES)} have a meaning here")
        else:
            try:
                network = str(ipaddress.ip_network(item, strict=False))
            except ValueError:
                raise ValueError(f"address {item}: write any, $HOME_NET, an address or a CIDR") from None
            if not clients:
                raise ValueError(f"address {item} of a server: which one is asked is not known when rules are")
            (not_nets if negated else nets).append(network)
    if client:
        nets = []  # these, or any client
    else:
        # Suricata: taken out of nothing, it is taken out of its whole address family; the other family is not meant
        out_of = {"::/0" if ":" in net else "0.0.0.0/0" for net in not_nets}
        nets += sorted(out_of - {"::/0" if ":" in net else "0.0.0.0/0" for net in nets})
    if all(negated for negated, _ in items):
        client = server = True
    if not_nets:
        server = False
    return _Side(
        (client or bool(nets)) and "client" not in refused,
        server and "server" not in refused,
        tuple(nets),
        tuple(not_nets),
    )


def _ranges(text: str) -> list[tuple[bool, range]]:
    found = []
    for negated, item in _items(text):
        if item == "any":
            ports = range(65536)
        elif item in {"$DNS_PORTS", "$DNS_PORT"}:
            ports = range(DNS_PORT, DNS_PORT + 1)
        else:
            match = re.fullmatch(r"(\d{1,5})?(:)?(\d{1,5})?", item)
            if not match or item == ":":
                raise ValueError(f"port {item}: write any, 53, 1024: or [53,5353]")
            low = int(match[1] or 0)
            high = int(match[3] or 65535) if match[2] else low
            ports = range(low, high + 1)
        found.append((negated, ports))
    return found


def _has(text: str, port: int) -> bool:
    ranges = _ranges(text)
    if any(negated and port in ports for negated, ports in ranges):
        return False
    positive = [ports for negated, ports in ranges if not negated]
    return not positive or any(port in ports for ports in positive)


def _has_ephemeral(text: str) -> bool:
    """Say whether clients' ports are meant: a client's port is not known here, so it must be true of all of them."""
    ranges = _ranges(text)
    if any(negated and ports.start < EPHEMERAL.stop and ports.stop > EPHEMERAL.start for negated, ports in ranges):
        return False
    positive = [ports for negated, ports in ranges if not negated]
    return not positive or any(ports.start <= EPHEMERAL.start and ports.stop >= EPHEMERAL.stop for ports in positive)
