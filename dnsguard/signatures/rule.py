"""One rule of Suricata's language, as far as it speaks of DNS: what it asks of a message, and what it says.

The names of the parts are Suricata's keywords (docs.suricata.io, "Suricata Rules"). All of it is plain data: a compiled
set keeps rules as msgpack, and reads one back when its turn comes.
"""

from typing import Final, Literal

import msgspec

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "-", "!-", "&", "!&"]
"""`-`: strictly between `value` and `high`; `!-`: not so; `&`: `number & value == high`; `!&`: not so."""

NAME: Final = "dns.query"
PAYLOAD: Final = "payload"
"""The whole DNS message: contents without a sticky buffer, or behind `pkt_data`."""
BUFFERS: Final = {
    "dns.query": "dns.query",
    "dns_query": "dns.query",
    "dns.queries.rrname": "dns.queries.rrname",
    "dns.query.name": "dns.queries.rrname",
    "dns.answers.rrname": "dns.answers.rrname",
    "dns.answer.name": "dns.answers.rrname",
    "dns.authorities.rrname": "dns.authorities.rrname",
    "dns.additionals.rrname": "dns.additionals.rrname",
    "dns.response.rrname": "dns.response.rrname",
    "pkt_data": PAYLOAD,
}
"""Keyword -> the buffer it makes current. The older spellings are those of Suricata 4 and of 8's betas."""
QUESTION_BUFFERS: Final = frozenset({"dns.query", "dns.queries.rrname"})
TRANSFORMS: Final = ("dotprefix", "to_lowercase", "to_uppercase", "strip_whitespace", "compress_whitespace")


class Number(msgspec.Struct, frozen=True, array_like=True):
    """A comparison of an unsigned integer."""

    operator: Operator
    value: int
    high: int = 0

    def holds(self, number: int) -> bool:
        """Say whether it is true of a number."""
        operator, value = self.operator, self.value
        if operator == "=":
            return number == value
        if operator == "!=":
            return number != value
        if operator == "<":
            return number < value
        if operator == "<=":
            return number <= value
        if operator == ">":
            return number > value
        if operator == ">=":
            return number >= value
        if operator == "-":
            return value < number < self.high
        if operator == "!-":
            return not value < number < self.high
        if operator == "&":
            return number & value == self.high
        return number & value != self.high


class Content(msgspec.Struct, frozen=True, array_like=True, tag="content"):
    """Bytes that are there, or are not."""

    data: bytes
    """Lower case if `nocase`."""
    negated: bool = False
    nocase: bool = False
    offset: int = 0
    """Where the search begins, from the buffer's start. [bytes]"""
    depth: int = 0
    """Where it ends, from `offset`; 0: at the buffer's end. [bytes]"""
    distance: int | None = None
    """Where it begins, from the end of the match before. [bytes]"""
    within: int | None = None
    """How far behind that it may end. [bytes]"""
    startswith: bool = False
    endswith: bool = False

    @property
    def relative(self) -> bool:
        """Whether it depends on the match before."""
        return self.distance is not None or self.within is not None


class Pcre(msgspec.Struct, frozen=True, array_like=True, tag="pcre"):
    """A regular expression; `flags` are those of Suricata's `imsxAERGO…` that are understood."""

    pattern: str
    """As it stands between the slashes, one character an octet."""
    flags: str = ""
    negated: bool = False

    @property
    def relative(self) -> bool:
        """Whether it starts where the match before ended."""
        return "R" in self.flags


class IsDataAt(msgspec.Struct, frozen=True, array_like=True, tag="isdataat"):
    """The buffer reaches to a position."""

    position: int
    relative: bool = False
    negated: bool = False


class BufferSize(msgspec.Struct, frozen=True, array_like=True, tag="bsize"):
    """The buffer's length in bytes."""

    size: Number


class Entropy(msgspec.Struct, frozen=True, array_like=True, tag="entropy"):
    """Shannon entropy of the buffer's octets, 0 to 8 bits."""

    operator: Operator
    value: float
    high: float = 0.0
    offset: int = 0
    size: int = 0
    """How many bytes are looked at; 0: all."""


class ByteTest(msgspec.Struct, frozen=True, array_like=True, tag="byte_test"):
    """A number in the buffer, compared."""

    size: int
    """Bytes it takes."""
    operator: Literal["<", ">", "=", "<=", ">=", "&", "^"]
    value: int
    offset: int
    negated: bool = False
    relative: bool = False
    little: bool = False
    base: int = 0
    """0: binary; 8, 10 or 16: digits in ASCII."""
    mask: int = 0
    """0: none."""


class Absent(msgspec.Struct, frozen=True, array_like=True, tag="absent"):
    """There is no such buffer; `or_else`: or what follows is true of it."""

    or_else: bool = False


Test = Content | Pcre | IsDataAt | BufferSize | Entropy | ByteTest | Absent


class Block(msgspec.Struct, frozen=True, array_like=True):
    """What is asked of one buffer, in the order it is asked."""

    buffer: str
    tests: tuple[Test, ...]
    transforms: tuple[str, ...] = ()


class Threshold(msgspec.Struct, frozen=True, array_like=True):
    """How often a rule has to match before, or how often it may, tell."""

    kind: Literal["limit", "threshold", "both", "detection_filter"]
    track: Literal["by_src", "by_dst", "by_both", "by_rule"]
    count: int
    seconds: int


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule, ready to be asked."""

    header: str
    """Action, protocol, addresses and ports, one blank between them."""
    to_server: bool
    """May match a query."""
    to_client: bool
    """May match a response."""
    stream: bool | None = None
    """Only over TCP, only over UDP; None: both."""
    clients: tuple[str, ...] = ()
    """Networks the client is in; empty: any."""
    not_clients: tuple[str, ...] = ()
    """Networks it is not in."""
    established: bool | None = None
    """`flow`: of a flow that both sides have sent in, or not."""
    direction: Literal["", "to_server", "to_client"] = ""
    """`flow`, as written."""
    opcode: tuple[Number, ...] = ()
    rcode: tuple[Number, ...] = ()
    rrtype: tuple[Number, ...] = ()
    dsize: tuple[Number, ...] = ()
    blocks: tuple[Block, ...] = ()
    threshold: Threshold | None = None
    sid: int
    gid: int = 1
    rev: int = 0
    msg: str = ""
    classtype: str = ""
    priority: int = 0
    """As written; 0: the classtype's."""
    references: tuple[str, ...] = ()
    """`url,example.com/x`, as written."""
    line: int = 0
    """In its file, from 1: the line where it begins."""
