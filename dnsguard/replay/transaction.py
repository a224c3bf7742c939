"""The query and the response of one line of a Zeek `dns.log`, written again as messages.

Zeek keeps the question, the flags, and of each answer a text without its type: an address, a name, `TXT 5 hello`.
Names are CNAMEs, each leading to the next, unless the question asked for a type that holds a name. What Zeek did not
keep (EDNS, authority, the data of other types) is not made up: such records stand with empty data.
"""

import ipaddress
import re
from typing import Final

import msgspec
from dnslib import AAAA, CNAME, MX, NS, PTR, RD, RR, SOA, SRV, TXT, A, DNSHeader, DNSLabel, DNSQuestion, DNSRecord

from dnsguard.wire.rrtypes import type_number

MAX_NAME: Final = 255
"""RFC 1035 section 2.3.4. [octets]"""
MAX_TTL: Final = 0x7FFFFFFF
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(\\))")
_STRING: Final = re.compile(rb" ?(?:TXT|SPF) (\d{1,3}) ")
_UNKNOWN: Final = re.compile(rb"<unknown type=(\d{1,5})>")
_CNAME: Final = 5
_SPF: Final = 99


class Row(msgspec.Struct):
    """The columns that are read; a missing one is None (names: Zeek's DNS::Info)."""

    ts: float | str
    client: str = msgspec.field(name="id.orig_h")
    client_port: int = msgspec.field(name="id.orig_p")
    server: str = msgspec.field(name="id.resp_h")
    server_port: int = msgspec.field(name="id.resp_p")
    proto: str = "udp"
    trans_id: int | None = None
    rtt: float | None = None
    query: str | None = None
    qclass: int | None = None
    qtype: int | None = None
    opcode: int | None = None
    rcode: int | None = None
    AA: bool = False
    TC: bool = False
    RD: bool = False
    RA: bool = False
    Z: int = 0
    answers: list[str] | None = None
    TTLs: list[float] | None = None
    path: str | None = msgspec.field(name="_path", default=None)


def unescape(text: str) -> bytes:
    r"""Octets of a value in which Zeek wrote `\x00` for what does not print."""
    return _ESCAPE.sub(lambda match: b"\\" if match[2] else bytes([int(match[1], 16)]), text.encode())


def label(text: bytes) -> DNSLabel:
    """A name; ValueError if it is none. Zeek does not tell a dot inside a label from one between two."""
    parts = text.removesuffix(b".").split(b".") if text not in {b"", b".", b"(empty)"} else []
    if any(not 0 < len(part) < 64 for part in parts) or sum(map(len, parts)) + len(parts) + 1 > MAX_NAME:
        raise ValueError("no domain name")
    return DNSLabel(parts)


def messages(row: Row) -> tuple[bytes, bytes | None]:
    """Query and response of a line, the latter None if there was none; ValueError if the line asks nothing."""
    if row.query is None or row.qtype is None:
        raise ValueError("no question")
    name = label(unescape(row.query))
    question = DNSQuestion(name, row.qtype & 0xFFFF, (1 if row.qclass is None else row.qclass) & 0xFFFF)
    bits = ((row.opcode or 0) & 15) << 11 | (0x0100 if row.RD else 0) | (row.Z & 7) << 4
    query = DNSRecord(_header(row, bits), questions=[question]).pack()
    if row.rcode is None:
        return bytes(query), None
    bits |= 0x8000 | (0x0400 if row.AA else 0) | (0x0200 if row.TC else 0) | (0x0080 if row.RA else 0) | row.rcode & 15
    records = _records(name, question.qtype, row.answers or [], row.TTLs or [])
    return bytes(query), bytes(DNSRecord(_header(row, bits), questions=[question], rr=records).pack())


def _header(row: Row, bits: int) -> DNSHeader:
    return DNSHeader(id=(row.trans_id or 0) & 0xFFFF, bitmap=bits)


def _records(name: DNSLabel, qtype: int, answers: list[str], ttls: list[float]) -> list[RR]:
    records, owner = [], name
    for number, text in enumerate(answers):
        ttl = min(max(int(ttls[number]), 0), MAX_TTL) if number < len(ttls) else 0
        try:
            rtype, rdata = _rdata(qtype, unescape(text))
        except ValueError:
            continue
        records.append(RR(owner, rtype, 1, ttl, rdata))
        if rtype == _CNAME:
            owner = rdata.label
    return records


def _rdata(qtype: int, text: bytes) -> tuple[int, RD]:
    """Type and data of one answer's text."""
    if _STRING.match(text):
        return (_SPF if text.startswith(b"SPF") else 16), TXT(_strings(text))
    if unknown := _UNKNOWN.fullmatch(text):
        return int(unknown[1]) & 0xFFFF, RD(b"")
    if b" " in text:  # `DS 8 2`, `RRSIG 8 example.com`: a summary that starts with the type
        return type_number(text.split(b" ")[0].decode("ascii")), RD(b"")
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError:
        target = label(text)
    else:
        return (1, A(str(address))) if address.version == 4 else (28, AAAA(str(address)))
    match qtype:
        case 2:
            return qtype, NS(target)
        case 6:
            return qtype, SOA(target, DNSLabel([]), (0, 0, 0, 0, 0))
        case 12:
            return qtype, PTR(target)
        case 15:
            return qtype, MX(target, 0)
        case 33:
            return qtype, SRV(0, 0, 0, target)
        case _:
            return _CNAME, CNAME(target)


def _strings(text: bytes) -> list[bytes]:
    """`TXT 2 hi TXT 3 you`: strings by their lengths."""
    strings, at = [], 0
    while match := _STRING.match(text, at):
        at = match.end() + int(match[1])
        strings.append(text[match.end() : at][:255])
    return strings
