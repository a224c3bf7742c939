"""A recording read the way `dnsguard replay` reads one, and rules asked of it as the detectors ask them."""

import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dnsguard.errors import WireError
from dnsguard.replay import pcap
from dnsguard.replay.frames import Messages
from dnsguard.replay.recorded import Frame, Recorded
from dnsguard.replay.source import Source
from dnsguard.signatures.match import Signatures
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


class Packet(NamedTuple):
    """A DNS message and the number of the packet that completed it, from 1."""

    number: int
    message: Recorded

    @property
    def client(self) -> tuple[str, int]:
        """Address and port."""
        return str(ipaddress.ip_address(self.message.client)), self.message.port


def packets(capture: Path) -> Iterator[Packet]:
    """The DNS messages of a recording."""
    number = 0

    def counted(source: Source) -> Iterator[Frame]:
        nonlocal number
        for frame in pcap.frames(source):
            number += 1
            yield frame

    source = Source.open(capture)
    try:
        # lazy: a message comes before the next frame is read
        for message in Messages(Counter()).of(counted(source)):
            yield Packet(number, message)
    finally:
        source.close()


def asked(signatures: Signatures, capture: Path) -> dict[int, list[int]]:
    """Signature id -> the numbers of the packets whose match is told, ascending."""
    thresholds = Thresholds()
    queries: dict[tuple[tuple[str, int], bool, bytes], Query] = {}
    found: defaultdict[int, list[int]] = defaultdict(list)
    for packet in packets(capture):
        message = packet.message
        key = (packet.client, message.stream, message.payload[:2])
        try:
            if not message.response:
                query = queries[key] = Query(message.payload, message.client, message.time, message.stream)
                hits = signatures.query(query, thresholds)
            elif key in queries:
                answered = queries[key]
                answered.time = message.time
                hits = signatures.response(answered, Answer(message.payload), thresholds)
            else:
                continue
        except WireError:
            continue  # no rule sees what the resolver refuses
        for hit in hits:
            if not hit.quiet:
                found[hit.rule.sid].append(packet.number)
    return dict(found)
