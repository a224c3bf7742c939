"""One kept answer, and the ready-made replies cut from it."""

import struct
from typing import Final

from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query

MAX_UDP: Final = 1232
"""The most sent over UDP, whatever a client can take: no IP fragments on any usual path (DNS flag day 2020). [bytes]"""
_TTL: Final = struct.Struct(">I")
_OPT_TAIL: Final = struct.Struct(">BBHH")
_ENTRY_OVERHEAD: Final = 600
"""Of an Entry, its key, its tuples and its place in the dictionary, measured on CPython 3.11. [bytes]"""
_REPLY_OVERHEAD: Final = 500
"""Likewise of a Reply."""


class Entry:
    """One upstream answer, or the SERVFAIL that remembers a failure, without id and OPT record.

    `stored` and `expires` are in the pipeline's time (Unix seconds). `generation` is that of lists and policy under
    which the answer was found clean; `flagged` answers, and those of an older generation, take the slow way again.
    """

    __slots__ = (
        "body",
        "cost",
        "ede",
        "expires",
        "extended",
        "flagged",
        "generation",
        "opt",
        "refreshing",
        "retry_at",
        "stored",
        "ttls",
        "used",
    )

    def __init__(self, answer: Answer, key: bytes, now: float, ttl: float, generation: int, *, flagged: bool) -> None:
        message = answer.message
        self.opt = answer.edns
        self.body = message[2 : answer.opt_start if answer.edns else answer.end]
        self.extended = answer.rcode >> 4
        self.ede = answer.ede
        self.ttls = answer.ttls
        self.stored = now
        self.expires = now + ttl
        self.generation = generation
        self.flagged = flagged
        self.used = False
        self.refreshing = False
        self.retry_at = 0.0
        self.cost = len(message) + len(key) + _ENTRY_OVERHEAD + 70 * len(self.ttls)

    @property
    def message(self) -> bytes:
        """The answer again as a message, with id 0 and without OPT, for detectors that look at it once more."""
        return b"\0\0" + finish(self.body, self.opt, self.body[10:12], b"", 65535)

    def aged(self, now: float, stale_ttl: int) -> bytes:
        """The body with its TTLs as they are now; past `expires` none is above `stale_ttl` (RFC 8767 section 4)."""
        age = int(now - self.stored)
        expired = now >= self.expires
        if age <= 0 and not expired:
            return self.body
        body = bytearray(self.body)
        for offset, ttl in self.ttls:
            # offsets count from the id, which the body has not
            _TTL.pack_into(body, offset - 2, min(ttl, stale_ttl) if expired else max(ttl - age, 0))
        return bytes(body)


class Reply:
    """An entry's answer to one exact packet: all of it but the id, good until its TTLs change.

    The key is the packet without its id, so the letter case of the question, EDNS and size are settled by the key.
    """

    __slots__ = ("cost", "entry", "generation", "limit", "opt", "payload", "question", "until", "used")

    def __init__(self, entry: Entry, query: Query) -> None:
        self.entry = entry
        self.question = query.question
        self.opt = opt_record(query, entry.extended, entry.ede) if query.edns else b""
        self.limit = 65535 if query.stream else min(query.udp_size, MAX_UDP)
        self.generation = entry.generation
        self.payload = b""
        self.until = 0.0
        self.used = False
        self.cost = len(query.packet) + len(entry.body) + len(self.opt) + _REPLY_OVERHEAD

    def refresh(self, now: float, stale_ttl: int = 30) -> bytes:
        """Make the payload as it is at `now`, and say until when it holds."""
        entry = self.entry
        body = entry.aged(now, stale_ttl)
        self.payload = finish(body, entry.opt, self.question, self.opt, self.limit)
        self.until = min(entry.expires, entry.stored + int(now - entry.stored) + 1)
        return self.payload


def opt_record(query: Query, extended: int, ede: bytes) -> bytes:
    """The OPT record of an answer (RFC 6891 section 6.1.2), DO as the client sent it, with EDE options (RFC 8914)."""
    return b"\0\0\x29\x04\xd0" + _OPT_TAIL.pack(extended, 0, 0x8000 if query.do else 0, len(ede)) + ede


def finish(body: bytes, counted: bool, question: bytes, opt: bytes, limit: int) -> bytes:
    """Put the client's own question and OPT to a body; cut it, with TC, to what the client takes.

    `counted` says whether the body's ARCOUNT has an OPT record in it already. `limit` counts the id, which is not part
    of what comes back. [bytes]
    """
    if not body.startswith(question, 10):
        body = body[:10] + question + body[10 + len(question) :]
    if len(body) + len(opt) + 2 > limit:
        # RFC 2181 section 9: a client that sees TC asks again by TCP, so a half answer helps nobody
        body = bytes([body[0] | 0x02]) + body[1:2] + b"\0\1\0\0\0\0\0\0" + question
        counted = False
        if len(body) + len(opt) + 2 > limit:
            opt = opt[:9] + b"\0\0"
    if bool(opt) is counted:
        return body + opt if opt else body
    additional = (body[8] << 8 | body[9]) + (1 if opt else -1)
    return body[:8] + additional.to_bytes(2, "big") + body[10:] + opt
