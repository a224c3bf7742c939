"""Messages by hand, octet by octet: what is to be broken is not made by a library that mends it."""

from dnsguard.anomaly.answer_scan import answer_hits
from dnsguard.anomaly.query_scan import query_hits
from dnsguard.wire.names import encode

A, NS, CNAME, SOA, NULL, PTR, MX, TXT, AAAA, SRV, OPT, RRSIG, HTTPS = 1, 2, 5, 6, 10, 12, 15, 16, 28, 33, 41, 46, 65
NAME = encode("www.example.com")
QNAME = b"\xc0\x0c"
ROOT_SOA = b"\0\0" + bytes(20)


def u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def header(flags: int, questions: int, answers: int = 0, authority: int = 0, additional: int = 0) -> bytes:
    return b"\x12\x34" + b"".join(map(u16, (flags, questions, answers, authority, additional)))


def question(name: bytes = NAME, qtype: int = A, qclass: int = 1) -> bytes:
    return name + u16(qtype) + u16(qclass)


def record(rtype: int, rdata: bytes, owner: bytes = QNAME, ttl: int = 300, rclass: int = 1) -> bytes:
    return owner + u16(rtype) + u16(rclass) + ttl.to_bytes(4, "big") + u16(len(rdata)) + rdata


def opt(options: bytes = b"", size: int = 1232, ttl: int = 0, owner: bytes = b"\0") -> bytes:
    return record(OPT, options, owner, ttl, size)


def option(code: int, data: bytes = b"") -> bytes:
    return u16(code) + u16(len(data)) + data


def query(asked: bytes | None = None, *more: bytes, flags: int = 0x0100, authority: int = 0) -> bytes:
    """A query; `more` are records, all additional but the first `authority`."""
    body = question() if asked is None else asked
    return header(flags, 1, 0, authority, len(more) - authority) + body + b"".join(more)


def edns(*options: bytes, **more: int) -> bytes:
    return query(None, opt(b"".join(options), **more))


def answer(
    *answers: bytes,
    asked: bytes | None = None,
    authority: tuple[bytes, ...] = (),
    additional: tuple[bytes, ...] = (),
    flags: int = 0x8180,
) -> bytes:
    body = question() if asked is None else asked
    head = header(flags, 1, len(answers), len(authority), len(additional))
    return head + body + b"".join((*answers, *authority, *additional))


def in_query(packet: bytes, *, stream: bool = False) -> set[str]:
    """Checks a query fails."""
    return {hit.check for hit in query_hits(packet, stream)}


def in_answer(message: bytes, asked: bytes = b"") -> set[str]:
    """Checks an answer fails."""
    return {hit.check for hit in answer_hits(message, asked)}
