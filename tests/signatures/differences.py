"""Where dnsguard means to match other packets than Suricata 8: why, and which, worked out without either's matcher."""

import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from tests.signatures.reading import Packet


class Seen(NamedTuple):
    """A message, read as plainly as can be."""

    packet: Packet
    name: bytes
    """Of the question; empty if there is none."""
    rcode: int
    answers: int
    authorities: int
    additionals: int
    """The OPT record is none."""

    @property
    def query(self) -> bool:
        """Whether it asks."""
        return not self.packet.message.response


def seen(packet: Packet) -> Seen:
    """Read a message of the recording, whose questions are never compressed."""
    payload = packet.message.payload
    questions, answers, authorities, additionals = struct.unpack_from(">4H", payload, 4)
    labels, at = [], 12
    while questions and payload[at]:
        labels.append(payload[at + 1 : at + 1 + payload[at]])
        at += payload[at] + 1
    if b"\0\0\x29" in payload[at:]:
        additionals -= 1
    return Seen(packet, b".".join(labels), payload[3] & 15, answers, authorities, additionals)


def refused(packet: Packet) -> bool:
    """Whether the resolver refuses it before any rule is asked: it answers no opcode but QUERY."""
    return bool(packet.message.payload[2] & 0x78)


NEGATED_END: Final = (
    'content:!"x"; endswith: the user guide (Payload Keywords, endswith) says "not at the end"; Suricata looks at the '
    "first place of x alone, so a name that has it twice gets past an exception"
)
ABSENT: Final = (
    "absent: the user guide (Payload Keywords, absent) says that it is true where there is no such buffer; of the DNS "
    "buffers Suricata 8.0 never finds that out, as a transaction's last progress is also the buffers' own"
)
FLOW: Final = (
    "flow:established: a query over UDP counts as its flow's first packet; what port it came from is not known to the "
    "rules, and clients use a port once (RFC 5452 section 9.2), but dnsperf, a tunnel and old resolvers do not"
)
ONLY_STREAM: Final = "flow:only_stream: nothing here is asked before it is whole, so it changes nothing"
OFFSET: Final = (
    "offset, over both transports: counted from the message; Suricata counts the two bytes of its length over TCP, so "
    "that an offset is right for one of the two only. A rule about TCP alone is read as Suricata reads it"
)
HOME: Final = "$HOME_NET: where clients are, so every client is in it, and $EXTERNAL_NET where servers are"
A_EVIL: Final = b"\1a\4evil"

DIFFERENCES: Final[dict[int, tuple[str, Callable[[Seen], bool]]]] = {
    1126: (NEGATED_END, lambda it: it.query and bool(it.name) and not it.name.endswith(b"evil.test")),
    1148: (NEGATED_END, lambda it: it.query and b"com" in it.name and not it.name.endswith(b"com")),
    1154: (NEGATED_END, lambda it: it.query and bool(it.name) and not it.name.endswith(b"com")),
    1212: (
        NEGATED_END,
        lambda it: it.query and it.name.endswith(b".test") and not (b"." + it.name).endswith(b".evil.test"),
    ),
    2408: (NEGATED_END, lambda it: it.query and bool(it.name) and not it.name.endswith((b"test", b"com"))),
    1615: (ABSENT, lambda it: not it.query and not it.answers),
    # the only records of authority without an answer are its zone's
    1616: (
        ABSENT,
        lambda it: not it.query and not it.answers and it.authorities > 0 and it.name.endswith(b"evil.test"),
    ),
    1617: (
        ABSENT,
        lambda it: not it.query and (not it.answers or it.name in {b"alias.example.com", b"chain.example.com"}),
    ),
    1618: (ABSENT, lambda it: not it.query and not it.rcode and not it.additionals),
    1627: (ABSENT, lambda it: it.query and it.name == b"evil.test"),
    1808: (FLOW, lambda it: it.query and it.name == b"beacon.evil.test" and it.packet.message.stream),
    1809: (FLOW, lambda it: it.query and it.name == b"beacon.evil.test" and not it.packet.message.stream),
    2316: (
        ONLY_STREAM,
        lambda it: it.query and not it.packet.message.stream and A_EVIL in it.packet.message.payload,
    ),
    2901: (HOME, lambda it: it.query and b"=auth." in it.name),
    2318: (OFFSET, lambda it: it.query and it.packet.message.payload[12:19] == A_EVIL),
}
"""Signature id -> why, and whether its rule is true of a message."""


def wanted(sid: int, said: list[int], messages: list[Packet]) -> list[int]:
    """Packets that a rule should match, where Suricata said `said`."""
    asked = [packet for packet in messages if not refused(packet)]
    if sid in DIFFERENCES:
        holds = DIFFERENCES[sid][1]
        return [packet.number for packet in asked if holds(seen(packet))]
    numbers = {packet.number for packet in asked}
    return [number for number in said if number in numbers]
