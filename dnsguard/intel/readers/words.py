"""Single words of lists: networks in every spelling, the host of a URL, a time."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import urlsplit

from dnsguard.intel.entry import Entry, Scope
from dnsguard.intel.readers.reading import Network, Reading

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL: Final = 4096
"""Characters."""
MAX_RANGE: Final = 64
"""Networks that a range `first-last` is cut into: 62 are the most that IPv4 needs."""


def networks(word: str) -> list[Network]:
    """Read `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, `2001:db8::/32`, `[2001:db8::1]:443`, `192.0.2.1:443`.

    Empty if the word is none of these. Host bits set below a prefix length are cut off: that is what such lists mean.
    """
    first = word[:1]
    if not (first.isdigit() or first == "[" or ":" in word):
        return []
    if first.isdigit() and "-" not in word and ":" not in word:
        try:
            return [ipaddress.IPv4Network(word, strict=False)]
        except ValueError:
            return []
    first, dash, last = word.partition("-")
    try:
        if dash:
            return _range(ipaddress.ip_address(first), ipaddress.ip_address(last))
        host, slash, prefix = word.partition("/")
        if host.startswith("["):
            host = host[1:].partition("]")[0]
        elif host.count(":") == 1:
            host = host.partition(":")[0]
        if "%" in host:
            return []
        address = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped and not slash:
            address = address.ipv4_mapped
        return [ipaddress.ip_network(f"{address}/{prefix}" if slash else str(address), strict=False)]
    except (ValueError, TypeError):
        return []


def _range(first: Address, last: Address) -> list[Network]:
    # the cast is for both versions: two that differ are refused with a TypeError
    ends = cast("tuple[ipaddress.IPv4Address, ipaddress.IPv4Address]", (first, last))
    found: list[Network] = list(ipaddress.summarize_address_range(*ends))
    return found if len(found) <= MAX_RANGE else []


def url(reading: Reading, line: int, text: str, *, confidence: int = -1, seen: int = 0) -> Iterator[Entry]:
    """Yield the host of a URL, alone: what it serves says nothing about names below it."""
    try:
        host = urlsplit(text[:MAX_URL] if "://" in text else f"//{text[:MAX_URL]}").hostname or ""
    except ValueError as error:
        reading.refuse(line, text, f"is no URL: {error}")
        return
    if found := networks(host):
        for network in found:
            yield from reading.network(line, network, confidence=confidence, seen=seen)
    elif host:
        yield from reading.name(line, host, Scope.EXACT, confidence=confidence, seen=seen)
    else:
        reading.refuse(line, text, "is a URL without a host")


def host(reading: Reading, line: int, text: str, *, confidence: int = -1, seen: int = 0) -> Iterator[Entry]:
    """Yield a name with all below it, or a network, whichever the word is."""
    if found := networks(text):
        for network in found:
            yield from reading.network(line, network, confidence=confidence, seen=seen)
    else:
        yield from reading.name(line, text, confidence=confidence, seen=seen)


def time(text: object) -> int:
    """Read a date, with or without a time of day, or Unix seconds; 0 if it is neither.

    Gives Unix seconds. Without a time zone it is UTC, which is what all feeds read here write.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return int(text) if 0 < text < 1 << 32 else 0
    if not isinstance(text, str):
        return 0
    if text.isascii() and text.isdigit():
        return time(int(text[:12]))
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return 0
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return int(seconds) if 0 < seconds < 1 << 32 else 0


def percent(value: object) -> int:
    """Read a confidence; -1 if it is none of 0 to 100."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        return value
    return -1
