"""The buffers that rules look into, cut from one message and no more often than once.

A name is its labels as they were sent, joined by dots: nothing escaped, letter case kept, no final dot. That is the
form Suricata gives it, and not our own presentation form.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from dnsguard.signatures.rule import PAYLOAD
from dnsguard.wire.answer import Answer, Record
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import CNAME, MX, NS, PTR, SOA

MAX_RECORDS: Final = 512
"""Records of one response whose names are looked at: some 10 us each, and no honest answer has as many."""
SEGMENT: Final = "segment"
"""The payload of a rule about TCP alone: the message behind the two bytes of its length (RFC 1035 section 4.2.2)."""
_PLAIN_NAME: Final = frozenset({CNAME, NS, PTR, SOA})
"""Types whose data begins with a name."""


def question_name(question: bytes) -> bytes:
    """Join the labels of an uncompressed question."""
    labels = []
    position = 0
    size = question[0]
    while size:
        labels.append(question[position + 1 : position + 1 + size])
        position += size + 1
        size = question[position]
    return b".".join(labels)


def message_name(message: bytes, offset: int) -> bytes | None:
    """Join the labels of the name at `offset`, through its pointers; None if it is no name (RFC 1035 section 4.1.4)."""
    labels: list[bytes] = []
    lowest = offset
    total = 1
    while offset < len(message):
        size = message[offset]
        if not size:
            return b".".join(labels)
        if size >= 0xC0:
            if offset + 1 >= len(message):
                break
            target = (size & 0x3F) << 8 | message[offset + 1]
            if target >= lowest:
                break
            lowest = offset = target
            continue
        total += size + 1
        if size > 63 or total > 255:
            break
        labels.append(message[offset + 1 : offset + 1 + size])
        offset += size + 1
    return None


class Buffers:
    """Of a query, or of a response."""

    __slots__ = ("_cut", "_kept", "_transformed", "answer", "query", "records")

    def __init__(self, query: Query, answer: Answer | None = None) -> None:
        self.query: Final = query
        self.answer: Final = answer
        self.records: Final[list[Record]] = answer.records[:MAX_RECORDS] if answer is not None else []
        self._kept: Final[dict[str, list[bytes]]] = {}
        self._transformed: Final[dict[tuple[str, tuple[str, ...]], list[bytes]]] = {}

    def get(self, buffer: str, transforms: tuple[str, ...] = ()) -> list[bytes]:
        """All buffers of that name; none, if the message has none, or only the root's empty name (Suricata's way)."""
        found = self._kept.get(buffer)
        if found is None:
            found = self._kept[buffer] = [data for data in self._read(buffer) if data]
        if not transforms:
            return found
        key = (buffer, transforms)
        changed = self._transformed.get(key)
        if changed is None:
            changed = found
            for transform in transforms:
                changed = [TRANSFORM[transform](data) for data in changed]
            self._transformed[key] = changed
        return changed

    def _read(self, buffer: str) -> list[bytes]:
        if buffer in {PAYLOAD, SEGMENT}:
            message = self.query.packet if self.answer is None else self.answer.message
            return [message] if buffer == PAYLOAD else [len(message).to_bytes(2) + message]
        if buffer in {"dns.query", "dns.queries.rrname"}:
            if self.answer is None:
                return [question_name(self.query.question)]
            return self._question() if buffer == "dns.queries.rrname" else []
        if self.answer is None:
            return []
        if buffer == "dns.response.rrname":
            return [*self._question(), *self._owners({0, 1, 2}), *self._targets()]
        return self._owners({SECTION[buffer]})

    def _question(self) -> list[bytes]:
        assert self.answer is not None
        name = message_name(self.answer.message, 12)
        return [] if name is None else [name]

    def _owners(self, sections: set[int]) -> list[bytes]:
        assert self.answer is not None
        message = self.answer.message
        names = [message_name(message, record.owner) for record in self.records if record.section in sections]
        return [name for name in names if name is not None]

    def _targets(self) -> list[bytes]:
        assert self.answer is not None
        message = self.answer.message
        names = []
        for record in self.records:
            if record.rtype in _PLAIN_NAME:
                names.append(message_name(message, record.rdata))
            elif record.rtype == MX and record.rdlength > 2:
                names.append(message_name(message, record.rdata + 2))
        return [name for name in names if name is not None]


SECTION: Final = {"dns.answers.rrname": 0, "dns.authorities.rrname": 1, "dns.additionals.rrname": 2}
_SPACE: Final = b" \t\n\r\x0b\x0c"
_BLANKS: Final = re.compile(rb"[ \t\n\r\x0b\x0c]+")

TRANSFORM: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "dotprefix": lambda data: b"." + data,
    "to_lowercase": bytes.lower,
    "to_uppercase": bytes.upper,
    "strip_whitespace": lambda data: data.translate(None, _SPACE),
    "compress_whitespace": lambda data: _BLANKS.sub(b" ", data),
}
