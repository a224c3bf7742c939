"""What the value of one key must be, beyond its type; a check may bring it into the one form that is kept."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from dnsguard.config.toml import quoted, shown, written
from dnsguard.detect.registry import CONFIGS
from dnsguard.intel.names import canonical
from dnsguard.model import ALERT_TYPES, Duration, Size
from dnsguard.upstream.records import parse_record
from dnsguard.upstream.servers import parse_server

Number = TypeVar("Number", int, Duration, Size)

MAX_LABEL: Final = 64
"""Characters of a name that stands in alerts, logs and metrics."""
MAX_SENTENCE: Final = 300
"""Characters of what a person gives as a reason."""
SECRET: Final = (24, 64)
"""Bytes of a webhook's secret (Standard Webhooks 1.0, "Symmetric")."""
NEW_SECRET: Final = 'make one with: echo "whsec_$(openssl rand -base64 32)"'  # noqa: S105 - makes one, is none
MAX_SECRETS: Final = 2
"""A receiver tries all signatures of a message: the old key's and the new one's are enough."""


def between(low: Number, high: Number) -> Callable[[Number], Number]:
    """Make a check of bounds, both included."""

    def check(value: Number) -> Number:
        if value < low:
            raise ValueError(f"{written(value)} is too little; at least {written(low)}")
        if value > high:
            raise ValueError(f"{written(value)} is too much; at most {written(high)}")
        return value

    return check


def label(text: str) -> str:
    """Check a name that people give to something."""
    if not text.strip():
        raise ValueError("must not be empty")
    if not text.isprintable() or len(text) > MAX_LABEL:
        raise ValueError(f"{shown(text)} must be at most {MAX_LABEL} printable characters")
    return text


def sentence(text: str) -> str:
    """Check a person's words, on one line."""
    if not text.strip():
        raise ValueError("must not be empty: whoever reads it later wants to know why")
    if not text.isprintable() or len(text) > MAX_SENTENCE:
        raise ValueError(f"{shown(text)} must be at most {MAX_SENTENCE} printable characters")
    return text.strip()


def day(text: str) -> str:
    """Check a date."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f'{shown(text)} is no date; write one like "2030-12-31"') from None


def optional(check: Callable[[str], str]) -> Callable[[str], str]:
    """Let the empty text, which means unset, pass."""
    return lambda text: check(text) if text else text


def domain(text: str) -> str:
    """Give a domain in lower-case A-labels; a leading `*.` says what holds anyway, that all below it counts."""
    try:
        return canonical(text.removeprefix("*."))
    except ValueError as error:
        raise ValueError(f'{shown(text)} is no domain ({error}); write one like "example.com"') from None


def path(text: str) -> str:
    """Check a path, and expand `~`."""
    if not text.strip() or "\0" in text:
        raise ValueError(f"{shown(text)} is no path")
    try:
        return str(Path(text).expanduser())
    except RuntimeError:
        raise ValueError(f"{shown(text)}: there is no such home folder") from None


def directory(value: Path) -> Path:
    """Check a path that is read as one."""
    # the empty text makes Path(".")
    if value == Path():
        raise ValueError('must not be empty; write a folder like "/var/lib/dnsguard"')
    return Path(path(str(value)))


def address(text: str) -> str:
    """Check `address:port`; port 0 leaves the choice to the kernel."""
    host, colon, port = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    wrong = f'{shown(text)} is no address and port; write "127.0.0.1:53" or "[::1]:53"'
    if not colon or ((":" in host) and not bracketed):
        raise ValueError(wrong)
    if host in {"", "*", "[]"}:
        raise ValueError(f'{shown(text)}: for every address write "0.0.0.0:{port}" and "[::]:{port}"')
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(f"{shown(text)}: the port must be a number from 0 to 65535")
    try:
        ip = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        if host.lower() == "localhost":
            wrong = f'{shown(text)} is a name; write "127.0.0.1:{port}" or "[::1]:{port}"'
        raise ValueError(wrong) from None
    if (ip.version == 6) is not bracketed:
        raise ValueError(wrong)
    if ip.is_multicast:
        raise ValueError(f"{shown(text)} is a multicast address, which nothing can be asked at")
    return f"[{ip}]:{int(port)}" if ip.version == 6 else f"{ip}:{int(port)}"


def network(text: str) -> str:
    """Check an address or CIDR, without an interface: packets name none."""
    wrong = f'{shown(text)} is no address or CIDR; write one like "192.0.2.0/24" or "2001:db8::/32"'
    if "%" in text:
        raise ValueError(wrong)
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(wrong) from None
    host, slash, _ = text.partition("/")
    if not slash:
        return str(found.network_address)
    if ipaddress.ip_address(host) != found.network_address:
        raise ValueError(f"{shown(text)} has bits set beyond its prefix; write {quoted(str(found))}")
    return str(found)


def askers(text: str) -> str:
    """Check an entry of `allow_from`."""
    if text in {"private", "any"}:
        return text
    if near := get_close_matches(text.lower(), ("private", "any"), 1):
        raise ValueError(f"{shown(text)} is no network; did you mean {quoted(near[0])}?")
    return network(text)


def family(version: Literal[4, 6], example: str) -> Callable[[str], str]:
    """Make a check of an address of one IP version."""

    def check(text: str) -> str:
        try:
            ip = ipaddress.ip_address(text)
        except ValueError:
            ip = None
        if ip is None or ip.version != version or "%" in text:
            raise ValueError(f"{shown(text)} is no IPv{version} address; write one like {quoted(example)}")
        return str(ip)

    return check


def header(text: str) -> str:
    """Check the name of an HTTP header (RFC 9110 section 5.1)."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", text):
        raise ValueError(f'{shown(text)} is no header\'s name; write one like "X-Forwarded-User"')
    return text


def server(text: str) -> str:
    """Check an upstream server, or "system"."""
    return text if text == "system" else parse_server(text).text


def plain_server(text: str) -> str:
    """Check a server that needs no look-up of its name."""
    parsed = parse_server(text)
    if parsed.kind != "udp":
        raise ValueError(f'{shown(text)} must be a plain server; write an address like "192.0.2.1"')
    return parsed.text


def list_url(text: str) -> str:
    """Check where a list, or its checksum, is fetched from; faults show no more than the scheme."""
    return _web_url(text, "https://lists.example/malware.txt")


def sha256(text: str) -> str:
    """Check a SHA-256, as sha256sum prints it."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError(f"{shown(text)} is no SHA-256; 64 hexadecimal digits, as `sha256sum FILE` prints them")
    return text.lower()


def record(text: str) -> str:
    """Check a zone-file line."""
    parse_record(text)
    return text


def category(text: str) -> str:
    """Check a list's category."""
    return _slug(text, list(ALERT_TYPES), "category")


def detector(text: str) -> str:
    """Check a detector's slug."""
    if text in ALERT_TYPES and text not in CONFIGS:
        raise ValueError(f"no such detector in this version; there are: {', '.join(CONFIGS)}")
    return _slug(text, list(CONFIGS), "detector")


def _slug(text: str, known: list[str], what: str) -> str:
    if text in known:
        return text
    near = get_close_matches(text, known, 1) or get_close_matches(text.lower().replace("-", "_"), known, 1)
    hint = f"did you mean {quoted(near[0])}?" if near else f"one of {', '.join(known)}"
    raise ValueError(f"{shown(text)} is no {what}; {hint}")


def webhook_url(text: str) -> str:
    """Check where alerts are sent; faults show no more than the scheme, for such URLs often carry a token."""
    return _web_url(text, "https://alerts.example/dnsguard")


def _web_url(text: str, example: str) -> str:
    right = f"write one like {quoted(example)}"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"is no URL ({error}); {right}") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError(f"must be an http:// or https:// URL, not {shown(url.scheme or 'without a scheme')}; {right}")
    if not host:
        raise ValueError(f"names no host; {right}")
    if url.fragment:
        raise ValueError('has a "#" part, which is never sent; leave it out')
    if not re.fullmatch(r"[\x21-\x7e\x80-\U0010ffff]+", text):
        raise ValueError('has a space or control character; write "%20" for a space')
    return text


def secret(text: str) -> str:
    """Check a signing secret, or two while it is changed (Standard Webhooks 1.0); faults don't show it."""
    keys = text.split()
    if len(keys) > MAX_SECRETS:
        raise ValueError(f"must be one key, or two with a space between, not {len(keys)}")
    return " ".join(map(_key, keys))


def _key(text: str) -> str:
    if not text.startswith("whsec_"):
        raise ValueError(f'must start with "whsec_"; {NEW_SECRET}')
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f'must be base64 after "whsec_"; {NEW_SECRET}') from None
    low, high = SECRET
    if not low <= len(key) <= high:
        raise ValueError(f"has {len(key)} bytes, must have {low} to {high}; {NEW_SECRET}")
    return text
