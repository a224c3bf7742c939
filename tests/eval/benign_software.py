"""What honest software does to the protocol: EDNS and its options, letter case at random, and other messages."""

import random

from dnsguard.wire.names import encode
from dnsguard.wire.query import Query
from tests.anomaly.made import opt, option, query, question, record

RANDOM_CASE = frozenset((7, 70, 700))
"""Clients that are resolvers, and mix the case of all letters."""


def packed(asked: Query, dice: random.Random) -> bytes:
    """A query as its client's software sends it."""
    client = asked.client[-1] | asked.client[-2] << 8
    packet = asked.packet
    if client in RANDOM_CASE:
        name = bytes(octet ^ 32 if 97 <= octet <= 122 and dice.random() < 0.5 else octet for octet in packet[12:-4])
        packet = packet[:12] + name + packet[-4:]
    kind = client % 8
    if kind > 3:
        return packet
    options = (
        b"",
        option(10, dice.randbytes(8)),
        option(12, bytes(-len(packet) % 128)),
        option(8, b"\0\1\x18\0" + asked.client[:3]),
    )[kind]
    return packet[:11] + b"\1" + packet[12:] + opt(options, size=1232 if kind else 4096, ttl=0x8000 if kind == 0 else 0)


def besides(dice: random.Random) -> bytes:
    """What honest software sends besides questions for names: monitors, members of a Windows domain, name servers."""
    zone = encode("corp.mid-size-firm.example")
    host = encode(f"pc-{dice.randrange(800):04d}.corp.mid-size-firm.example")
    return dice.choice(
        (
            query(question(encode("version.bind"), 16, 3)),
            query(question(encode(dice.choice(("hostname.bind", "id.server", "version.server"))), 16, 3)),
            query(question(host, 255)),
            # RFC 2136: an update of one's own address, in its sections
            query(question(zone, 6), record(1, b"\x0a\x14\1\2", host), flags=0x2800, authority=1),
            query(question(zone, 6), flags=0x2400),
            query(question(encode("Laser\\.Jet 5._ipp._tcp.example.com"), 33)),
            query(question(encode("_services._dns-sd._udp.local"), 12, 0x8001)),
        )
    )  # fmt: skip
