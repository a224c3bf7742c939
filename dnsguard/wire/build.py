"""Messages made here: errors, blocked answers, local answers.

What all of them keep: id, opcode, RD and CD are the client's; RA is set, AD never; the question stands as it was sent,
byte for byte; an OPT answers an OPT and nothing else (RFC 6891 section 6.1.1), with DO as the client sent it (RFC 3225
section 3) and, where the caller gives a reason, an Extended DNS Error (RFC 8914). What is larger than a UDP client takes
loses first the error's text, then everything below the question, and says TC (RFC 2181 section 9).

Sizes and offsets are bytes, times to live are seconds.
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from dnslib import AAAA, RD, RR, SOA, A, DNSBuffer, DNSLabel

from dnsguard.errors import WireError
from dnsguard.wire.query import Query

UDP_PAYLOAD: Final = 1232
"""What we say we take, and the most we send at once: no IP fragment on any usual path (DNS Flag Day 2020)."""
MINIMUM_PAYLOAD: Final = 512
"""What every client takes (RFC 1035 section 4.2.1); smaller sizes in an OPT mean this (RFC 6891 section 6.2.3)."""
STREAM_PAYLOAD: Final = 65535
MAX_TEXT: Final = 255
"""Most bytes of EXTRA-TEXT: it should be short, for it costs room of a 512-byte message (RFC 8914 section 2)."""

FORMERR: Final = 1
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
NOTIMP: Final = 4
REFUSED: Final = 5
BADVERS: Final = 16

_QR: Final = 0x8000
_AA: Final = 0x0400
_TC: Final = 0x0200
_RA: Final = 0x0080
_KEPT: Final = 0x7910
"""Opcode, RD and CD."""
_HEADER: Final = struct.Struct("!6H")
_FIXED: Final = struct.Struct("!HHIH")
_OPT: Final = 41
_EDE: Final = 15
_HINFO: Final = 13
_SOA: Final = 6
_ADDRESS: Final = {1: A, 28: AAAA}
_CLASS_IN: Final = 1
_CLASS_ANY: Final = 255
_QUESTION_AT: Final = b"\xc0\x0c"
"""A compression pointer to the question's name."""
_MNAME: Final = DNSLabel("dnsguard.invalid")
"""No such host may ever exist (RFC 6761 section 6.4), so no client sends an UPDATE to it."""
_RNAME: Final = DNSLabel("hostmaster.dnsguard.invalid")


class BlockValues(Protocol):
    """What `[block]` says; dnsguard.policy.config.BlockConfig is one."""

    @property
    def answer(self) -> str:
        """`nxdomain`, `nodata`, `refused` or `sinkhole`."""

    @property
    def sinkhole_ipv4(self) -> str:
        """Answers A."""

    @property
    def sinkhole_ipv6(self) -> str:
        """Answers AAAA."""

    @property
    def ttl(self) -> float:
        """Seconds."""


class _Client(NamedTuple):
    """What an answer must know of the message it answers."""

    head: bytes
    """Id."""
    flags: int
    question: bytes
    """Empty if it could not be read."""
    opt: bool
    do: bool
    limit: int
    """Most bytes the client takes."""


def _client(query: Query) -> _Client:
    if query.stream:
        limit = STREAM_PAYLOAD
    elif query.edns:
        limit = min(max(query.udp_size, MINIMUM_PAYLOAD), UDP_PAYLOAD)
    else:
        limit = MINIMUM_PAYLOAD
    return _Client(query.packet[:2], query.flags, query.question, query.edns, query.do, limit)


def _name_end(packet: bytes, at: int) -> int:
    """Offset after the name at `at`, pointers not followed; -1 if it leaves the packet or breaks RFC 1035."""
    start = at
    while at < len(packet):
        length = packet[at]
        if length == 0:
            return at + 1 if at - start < 255 else -1
        if length >= 0xC0:
            return at + 2 if at + 2 <= len(packet) else -1
        if length > 63:
            return -1
        at += 1 + length
    return -1


def _read(packet: bytes) -> _Client:
    """Read as much of a broken message as can be trusted: its header, its only question, its only OPT."""
    _, flags, *counts = _HEADER.unpack_from(packet)
    bare = _Client(packet[:2], flags, b"", False, False, MINIMUM_PAYLOAD)
    end = _name_end(packet, 12)
    # nothing stands before the question that a pointer in it could mean
    if counts[0] != 1 or end < 0 or end + 4 > len(packet) or packet[end - 1]:
        return bare
    bare = bare._replace(question=packet[12 : end + 4])
    at, opts = end + 4, []
    for _ in range(sum(counts[1:])):
        owner, at = at, _name_end(packet, at)
        if at < 0 or at + 10 > len(packet):
            return bare
        rtype, size, extended, length = _FIXED.unpack_from(packet, at)
        at += 10 + length
        if at > len(packet):
            return bare
        if rtype == _OPT and packet[owner] == 0:
            opts.append((size, extended))
    if len(opts) != 1:
        return bare
    size, extended = opts[0]
    limit = min(max(size, MINIMUM_PAYLOAD), UDP_PAYLOAD)
    return bare._replace(opt=True, do=bool(extended & 0x8000), limit=limit)


def _opt(client: _Client, rcode: int, ede: int | None, text: str) -> bytes:
    """The OPT record; empty if the client sent none."""
    if not client.opt:
        return b""
    option = b""
    if ede is not None:
        # cut between characters: EXTRA-TEXT is UTF-8
        extra = text.encode("utf-8", "replace")[:MAX_TEXT].decode("utf-8", "ignore").encode()
        option = struct.pack("!3H", _EDE, 2 + len(extra), ede) + extra
    extended = (rcode >> 4) << 24 | (0x8000 if client.do else 0)
    return b"\0" + _FIXED.pack(_OPT, UDP_PAYLOAD, extended, len(option)) + option


def _labels(question: bytes) -> list[bytes]:
    """Labels of an uncompressed question's name, as sent."""
    labels, at = [], 0
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length])
        at += 1 + length
    return labels


class _Pointers(dict[tuple[bytes, ...], int]):
    """Names that later names may point to: only those a 14-bit offset reaches (RFC 1035 section 4.1.4)."""

    def __setitem__(self, labels: tuple[bytes, ...], at: int) -> None:
        if at < 1 << 14:
            super().__setitem__(labels, at)


def _records(client: _Client, records: Sequence[RR]) -> bytes:
    """Records as they stand after the question; names in them point back to it where they can (RFC 1035 section 4.1.4)."""
    buffer = DNSBuffer(b"\0" * 12 + client.question)
    buffer.offset = len(buffer)
    buffer.names = _Pointers()
    labels, at = _labels(client.question), 12
    asked = [label.lower() for label in labels]
    for i, label in enumerate(labels):
        buffer.names[tuple(labels[i:])] = at
        at += 1 + len(label)
    for record in records:
        if asked and [label.lower() for label in record.rname.label] == asked:
            # the owner's case is the question's: clients that ask in random case compare it
            buffer.append(_QUESTION_AT)
        else:
            buffer.encode_name(record.rname)
        buffer.pack("!HHIH", record.rtype, record.rclass, record.ttl, 0)
        start = buffer.offset
        record.rdata.pack(buffer)
        buffer.update(start - 2, "!H", buffer.offset - start)
    return bytes(buffer.data[12 + len(client.question) :])


def _message(
    client: _Client,
    rcode: int,
    *,
    answers: Sequence[RR] = (),
    authority: Sequence[RR] = (),
    aa: bool = False,
    ede: int | None = None,
    text: str = "",
) -> bytes:
    if rcode > 15 and not client.opt:
        rcode = SERVFAIL  # its upper bits have no place to stand (RFC 6891 section 6.1.3)
    flags = _QR | client.flags & _KEPT | _RA | (_AA if aa else 0) | rcode & 15
    counts = [int(bool(client.question)), len(answers), len(authority), int(client.opt)]
    body = _records(client, (*answers, *authority)) if counts[1] or counts[2] else b""
    opt = _opt(client, rcode, ede, text)
    if 12 + len(client.question) + len(body) + len(opt) > client.limit:
        opt = _opt(client, rcode, ede, "")
    if 12 + len(client.question) + len(body) + len(opt) > client.limit:
        body, flags, counts[1:3] = b"", flags | _TC, (0, 0)
    return client.head + struct.pack("!5H", flags, *counts) + client.question + body + opt


def _soa(query: Query, ttl: int) -> RR:
    """What lets a negative answer be kept for `ttl` (RFC 2308 section 3); the owner is the name itself."""
    rclass = _CLASS_IN if query.qclass == _CLASS_ANY else query.qclass
    times = (1, 3600, 600, 86400, ttl)
    return RR(owner(query), _SOA, rclass, ttl, SOA(_MNAME, _RNAME, times))


def owner(query: Query) -> DNSLabel:
    """The question's name as sent, for the records of an answer."""
    return DNSLabel(_labels(query.question))


def error(packet: bytes, rcode: int, *, ede: int | None = None, text: str = "") -> bytes:
    """Refuse a message, readable or not; its question and OPT come back only if they can be read.

    `rcode` may be an extended one (BADVERS, 16). Raises WireError if `packet` has no whole header: nothing could be
    answered. The caller sees to it that no response (QR) is answered.
    """
    if len(packet) < 12:
        raise WireError("shorter than a header")
    return _message(_read(packet), rcode, ede=ede, text=text)


def blocked(query: Query, block: BlockValues, *, ede: int | None = None, text: str = "") -> bytes:
    """Answer in the upstream's place, as `[block]` says."""
    client, ttl = _client(query), int(block.ttl)
    if block.answer == "refused":
        return _message(client, REFUSED, ede=ede, text=text)
    if block.answer == "sinkhole" and query.qtype in _ADDRESS and query.qclass in {_CLASS_IN, _CLASS_ANY}:
        address = block.sinkhole_ipv4 if query.qtype == 1 else block.sinkhole_ipv6
        answer = RR(owner(query), query.qtype, _CLASS_IN, ttl, _ADDRESS[query.qtype](address))
        return _message(client, 0, answers=(answer,), ede=ede, text=text)
    rcode = NXDOMAIN if block.answer == "nxdomain" else 0
    return _message(client, rcode, authority=(_soa(query, ttl),), ede=ede, text=text)


def reply(
    query: Query,
    answers: Sequence[RR],
    *,
    rcode: int = 0,
    authority: Sequence[RR] = (),
    aa: bool = False,
    ede: int | None = None,
    text: str = "",
) -> bytes:
    """Answer with records made here; an owner equal to the question's name takes its case."""
    return _message(_client(query), rcode, answers=answers, authority=authority, aa=aa, ede=ede, text=text)


def negative(query: Query, rcode: int, ttl: int, *, aa: bool = False, ede: int | None = None, text: str = "") -> bytes:
    """NXDOMAIN (`rcode` 3) or NODATA (0) that may be kept for `ttl` seconds."""
    soa = (_soa(query, ttl),)
    return _message(_client(query), rcode, authority=soa, aa=aa, ede=ede, text=text)


def minimal_any(query: Query) -> bytes:
    """Answer ANY with one HINFO, kept for an hour so that it is not soon asked again (RFC 8482 sections 4.2 and 5)."""
    rclass = _CLASS_IN if query.qclass == _CLASS_ANY else query.qclass
    return reply(query, (RR(owner(query), _HINFO, rclass, 3600, RD(b"\x07RFC8482\x00")),))
