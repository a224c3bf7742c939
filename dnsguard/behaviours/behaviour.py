"""What one behaviour is made of: the packets its client sends, and what the names in them are answered with."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from dnslib import EDNS0, QTYPE, RD, RR, TXT, A, DNSHeader, DNSQuestion, DNSRecord

TTL: Final = 60
"""Of every record. [seconds]"""
EDNS_SIZE: Final = 1232
"""What clients say they take, as most do since the DNS flag day 2020. [bytes]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a name is answered with."""

    records: tuple[tuple[int, Any], ...] = ()
    """Type and rdata of each."""
    rcode: int = 0


NODATA: Final = Reply()
NXDOMAIN: Final = Reply(rcode=3)


def _unknown(_name: str, _qtype: int) -> Reply | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One behaviour of a client, and of the servers it talks to."""

    slug: str
    """Of the alert it raises: a key into model.ALERT_TYPES."""
    story: str
    """What the client does, in half a line."""
    packets: Callable[[], Iterable[bytes]]
    """What it sends, in order."""
    reply: Callable[[str, int], Reply | None] = _unknown
    """What its servers answer to a name (lower case, no final dot) and type; None: the name is none of theirs."""


def query(name: str, qtype: str = "A", *, number: int = 0) -> bytes:
    """A query as stub resolvers send it; `number` is its message id."""
    message = DNSRecord(DNSHeader(id=number & 0xFFFF, rd=1), q=DNSQuestion(name, getattr(QTYPE, qtype)))
    message.add_ar(EDNS0(udp_len=EDNS_SIZE))
    return bytes(message.pack())


def queries(names: Iterable[str], qtype: str = "A") -> Iterable[bytes]:
    """A query for each name."""
    return (query(name, qtype, number=number) for number, name in enumerate(names, start=1))


def response(packet: bytes, reply: Callable[[str, int], Reply]) -> bytes:
    """The answer to a query; dnslib.DNSError for what is none."""
    asked = DNSRecord.parse(packet)
    name = str(asked.q.qname).rstrip(".").lower()
    answer = reply(name, asked.q.qtype)
    made = asked.reply(ra=1, aa=0)
    made.header.rcode = answer.rcode
    for rtype, rdata in answer.records:
        made.add_answer(RR(asked.q.qname, rtype, ttl=TTL, rdata=rdata))
    return bytes(made.pack())


def address(text: str) -> Reply:
    """One A record."""
    return Reply(records=((QTYPE.A, A(text)),))


def text(data: str) -> Reply:
    """One TXT record, cut into character-strings."""
    parts = [data[start : start + 255] for start in range(0, len(data), 255)]
    return Reply(records=((QTYPE.TXT, TXT(parts)),))


def null(data: bytes) -> Reply:
    """One NULL record."""
    return Reply(records=((QTYPE.NULL, RD(data)),))


def noise(seed: str, size: int) -> bytes:
    """Octets that look compressed or encrypted, the same at every run."""
    return hashlib.shake_256(seed.encode()).digest(size)


def word(seed: str, length: int, letters: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """A word of letters drawn evenly, the same at every run."""
    return "".join(letters[octet % len(letters)] for octet in noise(seed, length))


def below(name: str, zone: str) -> bool:
    """Whether a name is a zone, or in it."""
    return name == zone or name.endswith(f".{zone}")
