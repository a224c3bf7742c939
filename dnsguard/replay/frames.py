"""From frames to DNS messages: IPv4 and IPv6, fragments, UDP datagrams, TCP streams."""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from dnsguard.replay.fragments import Fragments
from dnsguard.replay.link import packet
from dnsguard.replay.recorded import Frame, Recorded, Skipped
from dnsguard.replay.streams import Streams

PORTS: Final = frozenset({53})
"""Where servers listen. 5353 is not among them: multicast DNS (RFC 6762) never passes a resolver."""
TCP, UDP = 6, 17
FRAGMENT, AUTHENTICATION = 44, 51
EXTENSIONS: Final = frozenset({0, 43, 60, 135, 139, 140})
"""IPv6 headers with next header and length in front (RFC 8200 section 4, RFC 7045)."""
MAX_EXTENSIONS: Final = 16
"""Headers one after the other; RFC 8504 section 5.3 lets a host stop well before."""
MAPPED: Final = bytes(10) + b"\xff\xff"
"""An IPv4 address inside an IPv6 one (RFC 4291 section 2.5.5.2)."""

CUT: Final = "packets cut short by the capture (snap length)"
BROKEN: Final = "packets with broken IP, UDP or TCP headers"

_IPV4 = struct.Struct(">BxHHHxB2x4s4s").unpack_from
_PORTS = struct.Struct(">HH").unpack_from
_UDP = struct.Struct(">HHH").unpack_from
_TCP = struct.Struct(">HHI4xBB").unpack_from


class Messages:
    """The DNS messages of a capture's frames, in the order in which each became whole."""

    def __init__(self, skipped: Skipped, ports: frozenset[int] = PORTS) -> None:
        self._skipped = skipped
        self._ports = ports
        self._fragments = Fragments(skipped)
        self._streams = Streams(skipped)

    def of(self, frames: Iterable[Frame]) -> Iterator[Recorded]:
        """Lazily, in memory that the tables bound; an error of `frames` comes through after what it gave."""
        try:
            for link, time, frame in frames:
                try:
                    data = packet(link, frame)
                except KeyError:
                    self._skipped[f"frames of link type {link}, which is not known here"] += 1
                    continue
                if data:
                    yield from self._packet(time, data)
        finally:
            self._fragments.close()
            self._streams.close()

    def _packet(self, time: float, data: bytes) -> list[Recorded]:
        try:
            version = data[0] >> 4
            if version == 4:
                return self._ipv4(time, data)
            return self._ipv6(time, data) if version == 6 else []
        except (struct.error, IndexError):
            self._skipped[CUT] += 1
            return []

    def _ipv4(self, time: float, data: bytes) -> list[Recorded]:
        first, total, identification, fragment, protocol, source, target = _IPV4(data)
        if protocol not in (UDP, TCP):
            return []
        start = (first & 15) * 4
        end = total or len(data)  # 0: the network card cuts it up after the capture saw it (segmentation offload)
        if start < 20 or end < start:
            self._skipped[BROKEN] += 1
            return []
        if not fragment & 0x3FFF:
            return self._transport(time, protocol, source, target, data, start, end)
        if end > len(data):
            self._skipped[CUT] += 1
            return []
        key = (source, target, identification, protocol)
        whole = self._fragments.add(key, time, (fragment & 0x1FFF) * 8, bool(fragment & 0x2000), data[start:end])
        return self._transport(time, protocol, source, target, whole, 0, len(whole)) if whole else []

    def _ipv6(self, time: float, data: bytes) -> list[Recorded]:
        length, protocol = struct.unpack_from(">HB", data, 4)
        source, target = data[8:24], data[24:40]
        end = 40 + length if length else len(data)
        if source[:12] == MAPPED and target[:12] == MAPPED:
            source, target = source[12:], target[12:]
        at = 40
        for _ in range(MAX_EXTENSIONS):
            if protocol in (UDP, TCP):
                return self._transport(time, protocol, source, target, data, at, end)
            if protocol in EXTENSIONS:
                protocol, at = data[at], at + 8 + data[at + 1] * 8
            elif protocol == AUTHENTICATION:  # counts in 4 bytes, minus 2 (RFC 4302 section 2.2)
                protocol, at = data[at], at + 8 + data[at + 1] * 4
            elif protocol == FRAGMENT:
                after, position, identification = struct.unpack_from(">BxHI", data, at)
                protocol, at = after, at + 8
                if position & 0xFFF9:
                    if end > len(data):
                        self._skipped[CUT] += 1
                        return []
                    key = (source, target, identification, protocol)
                    whole = self._fragments.add(key, time, position & 0xFFF8, bool(position & 1), data[at:end])
                    if whole is None:
                        return []
                    data, at, end = whole, 0, len(whole)
            else:
                return []
        return []

    def _transport(
        self, time: float, protocol: int, source: bytes, target: bytes, data: bytes, at: int, end: int
    ) -> list[Recorded]:
        """`data[at:end]` is a UDP datagram or a TCP segment."""
        source_port, target_port = _PORTS(data, at)
        to_server, from_server = target_port in self._ports, source_port in self._ports
        if not (to_server or from_server):
            return []
        if end > len(data):
            self._skipped[CUT] += 1
            return []
        if protocol == UDP:
            payloads = self._datagram(data, at, end)
        else:
            _, _, sequence, offset, flags = _TCP(data, at)
            begin = at + (offset >> 4) * 4
            if begin < at + 20 or begin > end:
                self._skipped[BROKEN] += 1
                return []
            key = (source, source_port, target, target_port)
            payloads = self._streams.segment(key, sequence, flags, data[begin:end])
        found = []
        for payload in payloads:
            # between two servers, both on port 53, only the message itself says which way it goes
            response = from_server and not (to_server and len(payload) > 2 and not payload[2] & 0x80)
            client, server, port = (target, source, target_port) if response else (source, target, source_port)
            found.append(Recorded(time, client, server, response, protocol == TCP, payload, port))
        return found

    def _datagram(self, data: bytes, at: int, end: int) -> list[bytes]:
        length = _UDP(data, at)[2] or end - at  # 0: longer than 64 kB (RFC 2675), or cut up later by the card
        if length < 8 or at + length > end:
            self._skipped[BROKEN] += 1
            return []
        return [data[at + 8 : at + length]]
