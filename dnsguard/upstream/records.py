r"""One local record, read from a line of a zone file: `nas.home.arpa 300 IN A 192.168.1.5`.

RFC 1035 section 5.1 without `$` directives and without an origin: every name is written whole, with or without the
final dot. Time to live and class may stand in either order or be left out; the first also takes BIND's `1h30m`. Data
of any type can be written as `\# LENGTH HEX` (RFC 3597 section 5).
"""

import ipaddress
import re
import struct
from dataclasses import dataclass
from typing import Final

from dnslib import RDMAP, DNSBuffer

from dnsguard.intel.names import canonical
from dnsguard.wire import names, rrtypes

DEFAULT_TTL: Final = 300
"""Of a record that gives none: short, for whoever edits it wants to see the effect. [seconds]"""
MAX_TTL: Final = (1 << 31) - 1
"""RFC 2181 section 8. [seconds]"""
WILDCARD: Final = "*."

_TOKEN: Final = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<comment>;.*)|(?P<word>(?:[^\s;"\\]|\\.)+)|(?P<bad>\S)', re.DOTALL
)
_ESCAPE: Final = re.compile(rb"\\(\d{3}|.)", re.DOTALL)
_TTL: Final = re.compile(r"(?:\d+[wdhms]?)+", re.IGNORECASE)
_SECONDS: Final = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "": 1}
_LAYOUT: Final = {"CNAME": "n", "PTR": "n", "NS": "n", "MX": "Hn", "SRV": "HHHn"}
"""Fields of the types whose data ends in a name: H is a number up to 65535, n the name."""
_EXAMPLE: Final = {
    "A": "nas.home.arpa 300 IN A 192.168.1.5",
    "AAAA": "nas.home.arpa 300 IN AAAA fd00::5",
    "CNAME": "www.home.arpa 300 IN CNAME nas.home.arpa",
    "PTR": "5.1.168.192.in-addr.arpa 300 IN PTR nas.home.arpa",
    "NS": "lab.home.arpa 300 IN NS ns.home.arpa",
    "MX": "home.arpa 300 IN MX 10 mail.home.arpa",
    "SRV": "_ipp._tcp.home.arpa 300 IN SRV 0 0 631 printer.home.arpa",
    "TXT": 'home.arpa 300 IN TXT "some text"',
    "HTTPS": "home.arpa 300 IN HTTPS 1 . alpn=h2",
    "CAA": 'home.arpa 300 IN CAA 0 issue "ca.example"',
}
_BY_DNSLIB: Final = {**RDMAP, "SVCB": RDMAP["HTTPS"]}
"""The data of SVCB is written as that of HTTPS (RFC 9460 section 9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of the Internet class."""

    name: str
    """Lower case, presentation form, no final dot; `*.` in front if it stands for all names below."""
    rtype: int
    ttl: int
    rdata: bytes
    """Wire form, names uncompressed."""


def parse_record(line: str) -> Record:
    """Read one line; ValueError says what is wrong with it and what would be right."""
    mnemonic = ""
    try:
        first, *rest = _tokens(line) or [""]
        name = _owner(first)
        ttl, (mnemonic, *fields) = _time_and_class(rest)
        mnemonic = mnemonic.upper()
        return Record(name=name, rtype=rrtypes.type_number(mnemonic), ttl=ttl, rdata=_rdata(mnemonic, fields))
    except ValueError as error:
        example = _EXAMPLE.get(mnemonic, _EXAMPLE["A"])
        raise ValueError(f"{line.strip()!r}: {error}; a good one: {example}") from None


def _tokens(line: str) -> list[str]:
    """Split at white space outside quotes; a quoted token keeps its first quote, so that `"@"` is not `@`."""
    tokens = []
    for match in _TOKEN.finditer(line):
        if match["bad"]:
            raise ValueError("a quote or backslash without its end")
        if match["quoted"]:
            tokens.append(match["quoted"][:-1])
        elif match["word"] and match["word"] not in {"(", ")"}:
            tokens.append(match["word"])
    return tokens


def _owner(text: str) -> str:
    if text.startswith("$"):
        raise ValueError("directives are not known here; write names whole")
    if not text.isascii():
        wildcard = WILDCARD if text.startswith(WILDCARD) else ""
        return wildcard + canonical(text.removeprefix(WILDCARD))
    return names.text(_name(text), 0)[0]


def _name(text: str) -> bytes:
    """Wire form, case kept."""
    if text in {"", "@"} or text.startswith('"'):
        raise ValueError(f"{text!r} is no name; write it whole")
    return names.encode(text if text.isascii() else canonical(text))


def _time_and_class(tokens: list[str]) -> tuple[int, list[str]]:
    """Take both off the front; what is left starts with the type."""
    ttl, has_class = -1, False
    for place, token in enumerate(tokens):
        if ttl < 0 and _TTL.fullmatch(token):
            ttl = sum(
                int(number) * _SECONDS[unit.lower()]
                for number, unit in re.findall(r"(\d+)([wdhms]?)", token, re.IGNORECASE)
            )
            if ttl > MAX_TTL:
                raise ValueError(f"{token} is more than {MAX_TTL} seconds")
        elif not has_class and token.upper() in {"IN", "CH", "HS"}:
            if token.upper() != "IN":
                raise ValueError(f"class {token} is not served; write IN")
            has_class = True
        else:
            return (DEFAULT_TTL if ttl < 0 else ttl), tokens[place:]
    raise ValueError("it ends before its type")


def _rdata(mnemonic: str, fields: list[str]) -> bytes:
    if fields[:1] == ["\\#"]:
        return _generic(fields[1:])
    if mnemonic in {"A", "AAAA"}:
        return _address(mnemonic, fields)
    if mnemonic == "TXT":
        return _text(fields)
    if layout := _LAYOUT.get(mnemonic):
        return _with_name(mnemonic, layout, fields)
    if mnemonic not in _BY_DNSLIB:
        raise ValueError(f"{mnemonic} is only known in the form \\# LENGTH HEX")
    buffer = DNSBuffer()
    # a pointer would lead into this buffer, not into the message that the data ends up in
    buffer.encode_name = buffer.encode_name_nocompress
    try:
        _BY_DNSLIB[mnemonic].fromZone([_unquoted(field).decode() for field in fields]).pack(buffer)
    except Exception as error:  # noqa: BLE001 - dnslib lets through whatever its parts raise, IndexError and struct.error too
        raise ValueError(f"its data is no {mnemonic} ({error or type(error).__name__})") from None
    return bytes(buffer.data)


def _generic(fields: list[str]) -> bytes:
    try:
        length, data = int(fields[0]), bytes.fromhex("".join(fields[1:]))
    except (IndexError, ValueError):
        raise ValueError("\\# takes a length and hex digits") from None
    if length != len(data) or length > 65535:
        raise ValueError(f"\\# says {length} octets where {len(data)} stand")
    return data


def _address(mnemonic: str, fields: list[str]) -> bytes:
    version = 4 if mnemonic == "A" else 6
    try:
        address = ipaddress.ip_address(" ".join(fields))
    except ValueError:
        raise ValueError(f"{' '.join(fields)!r} is no address") from None
    if address.version != version:
        raise ValueError(f"{address} belongs into {'AAAA' if version == 4 else 'A'}")
    return address.packed


def _text(fields: list[str]) -> bytes:
    """Character strings of at most 255 octets each (RFC 1035 section 3.3.14)."""
    if not fields:
        raise ValueError("TXT needs a text")
    strings = [_unquoted(field) for field in fields]
    if any(len(string) > 255 for string in strings):
        raise ValueError("a text is longer than 255 octets; split it into several, each in quotes")
    return b"".join(bytes([len(string)]) + string for string in strings)


def _unquoted(field: str) -> bytes:
    def octet(match: re.Match[bytes]) -> bytes:
        if len(match[1]) == 1:
            return match[1]
        if int(match[1]) > 255:
            raise ValueError(f"\\{match[1].decode()} is no octet; write \\000 to \\255")
        return bytes([int(match[1])])

    return _ESCAPE.sub(octet, field.removeprefix('"').encode())


def _with_name(mnemonic: str, layout: str, fields: list[str]) -> bytes:
    if len(fields) != len(layout):
        raise ValueError(f"{mnemonic} takes {len(layout)} field{'s' if len(layout) > 1 else ''}, not {len(fields)}")
    data = b""
    for kind, field in zip(layout, fields, strict=True):
        if kind == "n":
            data += _name(field)
        elif not field.isdecimal() or int(field) > 65535:
            raise ValueError(f"{field!r} must be a number from 0 to 65535")
        else:
            data += struct.pack("!H", int(field))
    return data
