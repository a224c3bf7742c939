"""Which format a list has, by its first 64 kB; and what it looks like, if it is no list at all."""

import re
from typing import Final

from dnsguard.errors import ListError
from dnsguard.intel.readers.addresses import DIVIDER
from dnsguard.intel.readers.domains import COMMENT
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.words import networks

HEAD: Final = 1 << 16
"""Bytes that are looked at."""
_MAGIC: Final = {
    b"\x1f\x8b": "a gzip file; it has to be unpacked",
    b"PK\x03\x04": "a zip file; it has to be unpacked",
    b"BZh": "a bzip2 file; it has to be unpacked",
    b"\xfd7zXZ": "an xz file; it has to be unpacked",
    b"\x28\xb5\x2f\xfd": "a zstd file; it has to be unpacked",
    b"%PDF": "a PDF file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
_JSON: Final = (
    ("threatfox", re.compile(rb'"ioc_type"\s*:')),
    ("urlhaus", re.compile(rb'"(?:url_status|urlhaus_link|urlhaus_reference)"\s*:')),
    ("stix", re.compile(rb'"type"\s*:\s*"(?:bundle|indicator)"')),
    ("misp", re.compile(rb'"(?:Event|Attribute)"\s*:|"list"\s*:\s*\[')),
)
_ADBLOCK: Final = re.compile(r"\|\||@@\|?\||[^#\s]*#[@?$%]*#|\[(?:adblock|ublock|adguard)", re.IGNORECASE)
_DNSMASQ: Final = re.compile(r"(?:--)?(?:address|server|local)\s*=\s*/")
_UNBOUND: Final = re.compile(r"local-(?:zone|data):|server:$", re.IGNORECASE)
_ZONE: Final = re.compile(r"\$(?:ORIGIN|TTL)\b|\S*\s+(?:\S+\s+){0,2}SOA\s", re.IGNORECASE)
_RPZ: Final = re.compile(r"\S+\s+(?:\d+\S*\s+|IN\s+){0,2}CNAME\s+\S", re.IGNORECASE)
_RULES: Final = re.compile(r"#?\s*(?:alert|drop|reject|pass)\s+\w+\s.*\(.*sid\s*:")
_HOSTS: Final = re.compile(r"[0-9a-fA-F:.]+\s+(?:[\w*-]+\.)*[a-z][\w-]*\s*(?:#|$)", re.IGNORECASE)


def sniff(data: Buffer) -> str:
    """Name the format; ListError says what the bytes look like instead."""
    head = data[:HEAD]
    utf16 = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for magic, what in _MAGIC.items():
        if head.startswith(magic) and not utf16:
            raise ListError(f"it looks like {what}")
    if b"\0" in head and not utf16:
        raise ListError("it looks like a binary file")
    found = [text.strip() for _, text in lines(head)]
    found = [text for text in found if text]
    start = found[0] if found else ""
    if start.startswith("<"):
        html = re.search(r"<(?:!doctype\s+html|html|head|body|script)\b", "\n".join(found[:50]), re.IGNORECASE)
        raise ListError(f"it looks like {'an HTML page' if html else 'an XML document'}")
    if start.startswith(("{", "[")) and not _ADBLOCK.match(start) and not networks(start):
        return _json(head)
    return _lines(found)


def _json(head: bytes) -> str:
    for name, mark in _JSON:
        if mark.search(head):
            return name
    raise ListError("it looks like JSON, but of no shape that is known: MISP, STIX, URLhaus and ThreatFox are")


def _lines(found: list[str]) -> str:
    for text in found:
        if "dateadded" in text and "url" in text and "," in text:
            return "urlhaus"
        if "ioc_type" in text and "ioc_value" in text and "," in text:
            return "threatfox"
    said = [text for text in found if text[0] not in "#;!"]
    half = len(said) / 2
    if sum(1 for text in found if _RULES.match(text)) > len(found) / 2:
        raise ListError("it looks like Suricata rules: those are signatures, not a list")
    if any(map(_ZONE.match, said)) or _many(_RPZ, said) > half:
        return "rpz"
    if _many(_DNSMASQ, said) > half:
        return "dnsmasq"
    if _many(_UNBOUND, said) > half:
        return "unbound"
    if any(map(_ADBLOCK.match, said)):
        return "adblock"
    nets = [text for text in said if _is_network(text)]
    # plain lists may have networks among the names, but nothing behind them
    columns = sum(1 for text in nets if len(DIVIDER.split(COMMENT.sub("", text).strip())) > 1)
    return "addresses" if nets and (len(nets) == len(said) or columns > half) else "domains"


def _many(mark: re.Pattern[str], said: list[str]) -> int:
    return sum(1 for text in said if mark.match(text))


def _is_network(text: str) -> bool:
    """Whether a line starts with a network, and is no hosts line."""
    first, *rest = DIVIDER.split(text, maxsplit=3)
    if first == "add" and len(rest) > 1:
        return bool(networks(rest[1]))
    return bool(networks(first.strip("\"'"))) and not _HOSTS.match(text)
