"""Messages that no resolver's client sends: a bit that must be zero, octets behind the end, a pointer to itself."""

import struct
from collections.abc import Iterator
from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query

ZONE: Final = "raw-channel.example"
ROUNDS: Final = 3
"""How often each is sent."""


def _packets() -> Iterator[bytes]:
    for round_ in range(ROUNDS):
        plain = query(f"a{round_}.{ZONE}", number=round_ + 1)
        # the Z bit (RFC 1035 section 4.1.1): "Must be zero in all queries and responses"
        yield plain[:3] + bytes([plain[3] | 0x40]) + plain[4:]
        # data behind the message
        yield query(f"b{round_}.{ZONE}", number=round_ + 1) + b"\x17\x03\x03" * 40
        # opcode 15 is not assigned (IANA, DNS OpCodes)
        yield plain[:2] + bytes([plain[2] | 0x78]) + plain[3:]
        # a name whose compression pointer leads to itself
        yield struct.pack("!6H", round_ + 1, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\x01\0\x01"
        # class HESIOD, and a type that is not assigned
        yield struct.pack("!6H", round_ + 1, 0x0100, 1, 0, 0, 0) + b"\1c\x0braw-channel\7example\0\xfe\x77\0\x04"
        # an answer, sent to a server
        yield plain[:2] + bytes([plain[2] | 0x80]) + plain[3:]


BEHAVIOUR: Final = Behaviour(
    slug="protocol_anomaly",
    story="sends malformed DNS messages",
    packets=_packets,
    reply=lambda name, _qtype: address("192.0.2.15") if below(name, ZONE) else None,
)
