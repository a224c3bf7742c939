"""One kept answer, and the ready-made replies cut from it."""

import struct
from typing import Final

from dnsguard.cache.store import Kept
from dnsguard.wire import ede
from dnsguard.wire.answer import EDE_OPTION, Answer
from dnsguard.wire.query import Query

MAX_UDP: Final = 1232
"""The most sent over UDP, whatever a client can take: no IP fragments on any usual path (DNS flag day 2020). [bytes]"""
MAX_STREAM: Final = 65535
"""[bytes]"""
MAX_KEY: Final = 512
"""Longer packets get no ready-made reply: stub resolvers send none, and each would take memory as a key. [bytes]"""
FRESH: Final = -1
"""No stale TTL: the answer is as good as new."""
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
STALE: Final = EDE_OPTION.to_bytes(2, "big") + b"\0\2" + ede.STALE_ANSWER.to_bytes(2, "big")
"""The Extended DNS Error of a stale answer (RFC 8914 section 4.4)."""
STALE_NXDOMAIN: Final = EDE_OPTION.to_bytes(2, "big") + b"\0\2" + ede.STALE_NXDOMAIN_ANSWER.to_bytes(2, "big")
"""Likewise (section 4.20)."""
_TTL: Final = struct.Struct(">I")
_OPT_TAIL: Final = struct.Struct(">BBHH")
_ENTRY_OVERHEAD: Final = 600
"""Of an Entry, its key, its tuples and its place in the dictionary, measured on CPython 3.11; one that was never asked
for again takes less. [bytes]"""
_REPLY_OVERHEAD: Final = 400
"""Likewise of a Reply."""


class Entry(Kept):
    """One upstream answer, or the SERVFAIL that remembers a failure, without id and OPT record.

    `stored` and `expires` are in the pipeline's time (Unix seconds). `generation` is that of lists and policy under
    which the answer was found clean; `flagged` answers, and those of an older generation, take the slow way again.
    `failure` says that it is neither an answer nor a denial: it is never served stale.
    """

    __slots__ = (
        "_ttls",
        "body",
        "ede",
        "expires",
        "extended",
        "failure",
        "flagged",
        "generation",
        "opt",
        "refreshing",
        "retry_at",
        "stored",
    )

    def __init__(self, answer: Answer, key: bytes, now: float, ttl: float, generation: int, *, flagged: bool) -> None:
        message = answer.message
        super().__init__(len(message) + len(key) + _ENTRY_OVERHEAD + 70 * len(answer.ttls))
        rcode = answer.rcode
        self.opt = answer.edns
        self.body = message[2 : answer.opt_start if answer.edns else answer.end]
        self.extended = rcode >> 4
        self.failure = rcode != 0 and rcode != NXDOMAIN  # noqa: PLR1714 - twice as quick as a set
        self.ede = answer.ede
        self._ttls: list[tuple[int, int]] | None = None
        self.stored = now
        self.expires = now + ttl
        self.generation = generation
        self.flagged = flagged
        self.refreshing = False
        self.retry_at = 0.0
        """Until when no upstream is asked again, for none answered a moment ago."""

    @property
    def message(self) -> bytes:
        """The answer again as a message, with id 0 and without OPT, for detectors that look at it once more."""
        return b"\0\0" + finish(self.body, self.opt, self.body[10:12], b"", MAX_STREAM)

    def aged(self, now: float, stale_ttl: int = FRESH) -> bytes:
        """The body with its TTLs as they are now; in a stale one none is above `stale_ttl` (RFC 8767 section 4)."""
        age = int(now - self.stored)
        if age <= 0 and stale_ttl < 0:
            return self.body
        body = bytearray(self.body)
        ttls = self._ttls
        if ttls is None:
            # most answers are never asked for again: those that are have theirs read a second time, not kept at first
            ttls = self._ttls = Answer(self.message).ttls
        for offset, ttl in ttls:
            # offsets count from the id, which the body has not
            _TTL.pack_into(body, offset - 2, max(ttl - age, 0) if stale_ttl < 0 else min(ttl, stale_ttl))
        return bytes(body)

    def answer(self, query: Query, now: float, stale_ttl: int = FRESH) -> bytes:
        """The answer to one query, all but the id; `stale_ttl` from 0 says that it is served past its end."""
        body = self.aged(now, stale_ttl)
        if query.edns:
            codes = self.ede
            if stale_ttl >= 0:
                codes += STALE_NXDOMAIN if body[1] & 15 == NXDOMAIN else STALE
            opt = b"\0\0\x29\x04\xd0" + _OPT_TAIL.pack(self.extended, 0, 0x8000 if query.do else 0, len(codes)) + codes
        else:
            opt = b""
            if self.extended:
                # the upper bits of its rcode have no place to stand (RFC 6891 section 6.1.3)
                body = body[:1] + bytes([body[1] & 0xF0 | SERVFAIL]) + body[2:]
        limit = MAX_STREAM if query.stream else min(query.udp_size, MAX_UDP)
        return finish(body, self.opt, query.question, opt, limit)


class Reply(Kept):
    """An entry's answer to one exact packet: all of it but the id, good until its TTLs change.

    The key is the packet without its id, so the letter case of the question, EDNS and size are settled by the key.
    """

    __slots__ = ("generation", "payload", "until")

    def __init__(self, entry: Entry, query: Query, payload: bytes, now: float) -> None:
        super().__init__(len(query.packet) + len(payload) + _REPLY_OVERHEAD)
        self.payload = payload
        self.until = min(entry.expires, entry.stored + int(now - entry.stored) + 1)
        self.generation = entry.generation


def finish(body: bytes, counted: bool, question: bytes, opt: bytes, limit: int) -> bytes:
    """Put the client's own question and OPT to a body; cut it, with TC, to what the client takes.

    `counted` says whether the body's ARCOUNT has an OPT record in it already. `limit` counts the id, which is not part
    of what comes back. [bytes]
    """
    if body[10 : 10 + len(question)] != question:
        body = body[:10] + question + body[10 + len(question) :]
    if len(body) + len(opt) + 2 > limit:
        if opt:
            # the Extended DNS Errors go first: they only explain
            opt = opt[:9] + b"\0\0"
        if len(body) + len(opt) + 2 > limit:
            # RFC 2181 section 9: a client that sees TC asks again by TCP, so a half answer helps nobody
            body = bytes([body[0] | 0x02]) + body[1:2] + b"\0\1\0\0\0\0\0\0" + question
            counted = False
    if not opt:
        return _counting(body, -1) if counted else body
    return (body if counted else _counting(body, 1)) + opt


def _counting(body: bytes, more: int) -> bytes:
    """The body with so many more additional records in its header."""
    additional = (body[8] << 8 | body[9]) + more
    return body[:8] + additional.to_bytes(2, "big") + body[10:]
