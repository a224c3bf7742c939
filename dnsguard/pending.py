"""A question under way to an upstream, and who waits for its answer."""

from typing import Any, Final, Protocol

from dnsguard.cache.entry import Entry
from dnsguard.wire.query import Query


class Source(Protocol):
    """Where queries come from and answers go to: a UDP socket or a TCP connection."""

    stream: bool

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Send each packet to its peer; never raises, never waits. On a stream, an empty one says: no answer."""


Waiter = tuple[Source, Any, Query]
"""One client's query that waits, and where its answer goes."""

_KEY_BITS: Final = [bytes([bits]) for bits in range(256)]
_HEADERS: Final = [bytes([bits & 1, bits & 0x30]) + b"\0\1\0\0\0\0\0\1" for bits in range(64)]
_OPTS: Final = (b"\0\0\x29\x04\xd0\0\0\0\0\0\0", b"\0\0\x29\x04\xd0\0\0\x80\0\0\0")
"""EDNS version 0, 1232 bytes, without and with DO (RFC 6891 section 6.1.2, RFC 3225 section 3)."""


def key_bits(query: Query) -> int:
    """What of the flags makes a different question: RD (1), DO (2), CD (16) and AD (32), as in the header's bytes."""
    flags = query.flags
    return (flags >> 8 & 1) | (flags & 0x30) | (2 if query.do else 0)


def key(query: Query, bits: int) -> bytes:
    """The cache's key: the name in lower case, type, class, and the flags that matter."""
    name = query.folded
    return name + query.question[len(name) :] + _KEY_BITS[bits]


class Pending:
    """One question on its way: asked once, however many clients wait for it.

    `tail` is the message to send, all but the id; `question` is what an answer must repeat. `asked_at`,
    `tried` and `last` belong to the upstream.
    """

    __slots__ = (
        "asked_at",
        "created",
        "done",
        "end",
        "findings",
        "generation",
        "key",
        "last",
        "query",
        "question",
        "route",
        "stale",
        "tail",
        "tried",
        "waiters",
    )

    def __init__(self, key: bytes, bits: int, query: Query, route: int, now: float, generation: int) -> None:
        self.key = key
        self.query = query
        self.question = query.question
        self.end = query.end
        self.tail = _HEADERS[bits & 0x31] + query.question + _OPTS[bits >> 1 & 1]
        self.route = route
        self.created = now
        self.generation = generation
        self.waiters: list[Waiter] = []
        self.stale: Entry | None = None
        """What may be served if no answer comes (RFC 8767)."""
        self.findings = False
        """Whether a detector found something in the query: then the answer is kept as flagged."""
        self.done = False
        self.asked_at = now
        """When it was last asked of a server."""
        self.tried: list[Any] = []
        """The servers asked so far, in order."""
        self.last = b""
        """The best refusal so far, for the client if no server does better."""
