"""Messages made here: errors, blocked answers, local answers.

What all of them keep: id, opcode, RD and CD are the client's; RA is set, AD never; the question stands as it was sent,
byte for byte; an OPT answers an OPT and nothing else (RFC 6891 section 6.1.1), with DO as the client sent it (RFC 3225
section 3) and, where the caller gives a reason, an Extended DNS Error (RFC 8914). What is larger than a UDP client
takes loses first the error's text, then everything below the question, and says TC (RFC 2181 section 9).

Sizes and offsets are bytes, times to live are seconds.
"""

import ipaddress
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from dnslib import RR, DNSBuffer, DNSLabel

from dnsguard.errors import WireError
from dnsguard.wire import names, rrtypes
from dnsguard.wire.query import FLAG_AA, FLAG_CD, FLAG_QR, FLAG_RA, FLAG_RD, FLAG_TC, MIN_UDP, Query

UDP_PAYLOAD: Final = 1232
"""What we say we take, and the most we send at once: no IP fragment on any usual path (DNS Flag Day 2020)."""
STREAM_PAYLOAD: Final = 65535
MAX_TEXT: Final = 255
"""Most bytes of EXTRA-TEXT: it should be short, for it costs room of a 512-byte message (RFC 8914 section 2)."""

SERVFAIL: Final = 2
NXDOMAIN: Final = 3
REFUSED: Final = 5
BADVERS: Final = 16

_KEPT: Final = 0x7800 | FLAG_RD | FLAG_CD
"""The opcode and what the client wished."""
_HEADER: Final = struct.Struct("!6H")
_FIXED: Final = struct.Struct("!HHIH")
_EDE: Final = 15
_HINFO: Final = 13
_CLASS_IN: Final = 1
_CLASS_ANY: Final = 255
_MAX_TTL: Final = (1 << 31) - 1
"""RFC 2181 section 8."""
_QUESTION_AT: Final = b"\xc0\x0c"
"""A compression pointer to the question's name."""
_SOA_NAMES: Final = names.encode("dnsguard.invalid") + names.encode("hostmaster.dnsguard.invalid")
"""No such host may ever exist (RFC 6761 section 6.4), so no client sends an UPDATE to it."""


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
        limit = min(max(query.udp_size, MIN_UDP), UDP_PAYLOAD)
    else:
        limit = MIN_UDP
    return _Client(query.packet[:2], query.flags, query.question, query.edns, query.do, limit)


def _read(packet: bytes) -> _Client:
    """Read as much of a broken message as can be trusted: its header, its only question, its only OPT."""
    _, flags, *counts = _HEADER.unpack_from(packet)
    client = _Client(packet[:2], flags, b"", opt=False, do=False, limit=MIN_UDP)
    opts = []
    try:
        end = names.skip(packet, 12)
        # nothing stands before the question that a pointer in it could mean
        if counts[0] != 1 or packet[end - 1] or end - 12 > names.MAX_NAME or end + 4 > len(packet):
            return client
        client = client._replace(question=packet[12 : end + 4])
        at = end + 4
        for _ in range(sum(counts[1:])):
            owner_at, at = at, names.skip(packet, at)
            rtype, size, extended, length = _FIXED.unpack_from(packet, at)
            at += 10 + length
            if at > len(packet):
                return client
            if rtype == rrtypes.OPT and packet[owner_at] == 0:
                opts.append((size, extended))
    except (WireError, struct.error):
        return client
    if len(opts) != 1:
        return client
    size, extended = opts[0]
    return client._replace(opt=True, do=bool(extended & 0x8000), limit=min(max(size, MIN_UDP), UDP_PAYLOAD))


def _opt(client: _Client, rcode: int, ede: int | None, text: str) -> bytes:
    """Write the OPT record; empty if the client sent none."""
    if not client.opt:
        return b""
    option = b""
    if ede is not None:
        # cut between characters: EXTRA-TEXT is UTF-8
        extra = text.encode("utf-8", "replace")[:MAX_TEXT].decode("utf-8", "ignore").encode()
        option = struct.pack("!3H", _EDE, 2 + len(extra), ede) + extra
    extended = (rcode >> 4) << 24 | (0x8000 if client.do else 0)
    return b"\0" + _FIXED.pack(rrtypes.OPT, UDP_PAYLOAD, extended, len(option)) + option


def labels(name: bytes) -> list[bytes]:
    """Split an uncompressed name in wire form, or what starts with one, into its labels; letter case is kept."""
    found, at = [], 0
    while length := name[at]:
        found.append(name[at + 1 : at + 1 + length])
        at += 1 + length
    return found


class _Pointers(dict[tuple[bytes, ...], int]):
    """Names that later names may point to: only those a 14-bit offset reaches (RFC 1035 section 4.1.4)."""

    def __setitem__(self, labels: tuple[bytes, ...], at: int) -> None:
        if at < 1 << 14:
            super().__setitem__(labels, at)


def _records(client: _Client, records: Sequence[RR]) -> bytes:
    """Write records as they stand after the question, pointing back to its name (RFC 1035 section 4.1.4)."""
    buffer = DNSBuffer(b"\0" * 12 + client.question)
    buffer.offset = len(buffer)
    buffer.names = _Pointers()
    sent, at = labels(client.question), 12
    asked = [label.lower() for label in sent]
    for i, label in enumerate(sent):
        buffer.names[tuple(sent[i:])] = at
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
    body: bytes = b"",
    counts: tuple[int, int] = (0, 0),
    *,
    aa: bool = False,
    ede: int | None = None,
    text: str = "",
) -> bytes:
    """Put header, question, `body` with its `counts` of answer and authority records, and OPT together."""
    if rcode > 15 and not client.opt:
        rcode = SERVFAIL  # its upper bits have no place to stand (RFC 6891 section 6.1.3)
    flags = FLAG_QR | client.flags & _KEPT | FLAG_RA | (FLAG_AA if aa else 0) | rcode & 15
    room = client.limit - 12 - len(client.question) - len(body)
    opt = _opt(client, rcode, ede, text)
    if len(opt) > room:
        opt = _opt(client, rcode, ede, "")
    if len(opt) > room:
        body, flags, counts = b"", flags | FLAG_TC, (0, 0)
    head = struct.pack("!5H", flags, int(bool(client.question)), *counts, int(client.opt))
    return client.head + head + client.question + body + opt


def _record(query: Query, rtype: int, ttl: float, rdata: bytes, owner_at: int = 12) -> bytes:
    """Write a record of the question's name; by hand, for a client may ask for a blocked name in a tight loop."""
    rclass = _CLASS_IN if query.qclass == _CLASS_ANY else query.qclass
    pointer = struct.pack("!H", 0xC000 | owner_at)
    return pointer + _FIXED.pack(rtype, rclass, min(int(ttl), _MAX_TTL), len(rdata)) + rdata


def soa_rdata(ttl: float) -> bytes:
    """Give the SOA of a zone made here, whose negative answers are kept for `ttl` (RFC 2308 section 3)."""
    return _SOA_NAMES + struct.pack("!5I", 1, 3600, 600, 86400, min(int(ttl), _MAX_TTL))


def owner(query: Query) -> DNSLabel:
    """Give the question's name as sent, for the records of an answer."""
    return DNSLabel(labels(query.question))


def error(packet: bytes, rcode: int, *, ede: int | None = None, text: str = "") -> bytes:
    """Refuse a message, readable or not; its question and OPT come back only if they can be read.

    `rcode` may be an extended one (BADVERS, 16). Raises WireError if `packet` has no whole header: nothing could be
    answered. The caller sees to it that no response (QR) is answered.
    """
    if len(packet) < 12:
        raise WireError("shorter than a header")
    return _message(_read(packet), rcode, ede=ede, text=text)


def blocked(query: Query, block: BlockValues, *, ede: int | None = None, text: str = "") -> bytes:
    """Answer in the upstream's place, as `[block]` says. ValueError if a sinkhole address is none."""
    client = _client(query)
    if block.answer == "refused":
        return _message(client, REFUSED, ede=ede, text=text)
    if block.answer == "sinkhole" and query.qclass in {_CLASS_IN, _CLASS_ANY}:
        address = {rrtypes.A: block.sinkhole_ipv4, rrtypes.AAAA: block.sinkhole_ipv6}.get(query.qtype)
        if address is not None:
            body = _record(query, query.qtype, block.ttl, ipaddress.ip_address(address).packed)
            return _message(client, 0, body, (1, 0), ede=ede, text=text)
    rcode = NXDOMAIN if block.answer == "nxdomain" else 0
    return negative(query, rcode, block.ttl, ede=ede, text=text)


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
    client = _client(query)
    body = _records(client, (*answers, *authority))
    return _message(client, rcode, body, (len(answers), len(authority)), aa=aa, ede=ede, text=text)


def negative(
    query: Query,
    rcode: int,
    ttl: float,
    *,
    zone: str | None = None,
    aa: bool = False,
    ede: int | None = None,
    text: str = "",
) -> bytes:
    """NXDOMAIN (`rcode` 3) or NODATA (0) that may be kept for `ttl` seconds.

    The SOA's owner is `zone`, which must be the question's name (None) or a name above it.
    """
    # the zone's name ends where the question's does
    owner_at = 12 if zone is None else 8 + len(query.question) - len(names.encode(zone))
    body = _record(query, rrtypes.SOA, ttl, soa_rdata(ttl), owner_at)
    return _message(_client(query), rcode, body, (0, 1), aa=aa, ede=ede, text=text)


def minimal_any(query: Query) -> bytes:
    """Answer ANY with one HINFO, kept for an hour so that it is not soon asked again (RFC 8482 sections 4.2 and 5)."""
    return _message(_client(query), 0, _record(query, _HINFO, 3600, b"\x07RFC8482\x00"), (1, 0))
