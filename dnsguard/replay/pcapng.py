"""Capture files of the next generation, as Wireshark writes them (draft-ietf-opsawg-pcapng).

Read: section header, interface description (`if_tsresol`, `if_tsoffset`), enhanced packet, simple packet and the old
packet block; each section with its own byte order and interfaces. Every other block is skipped, as the draft asks.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dnsguard.replay.recorded import Frame
from dnsguard.replay.source import Source

SECTION: Final = b"\x0a\x0d\x0d\x0a"
ORDERS: Final = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 1, 2, 3, 6
IF_TSRESOL, IF_TSOFFSET = 9, 14
MAX_BLOCK: Final = 16 << 20
"""A block that claims more is damage, and is not allocated (Wireshark's bound). [bytes]"""
MAX_INTERFACES: Final = 4096
"""Of one section; the table must not grow with a broken file."""


@dataclass(frozen=True, slots=True)
class Interface:
    """What an interface description says about its packets."""

    link: int
    snaplen: int
    """0: no limit. [bytes]"""
    ticks: int
    """Timestamp units in a second."""
    offset: int
    """Added to every timestamp. [seconds]"""


class Reader:
    """Frames of one file; iterate once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._order = "<"
        self._interfaces: list[Interface] = []
        self._time = 0.0  # simple packets have none: they take that of the packet before

    def __iter__(self) -> Iterator[Frame]:
        source = self._source
        while start := source.take(4, "a block type"):
            if start == SECTION:
                self._section()
                continue
            at = source.offset - 4
            kind = struct.unpack(self._order + "I", start)[0]
            body = self._body(at)
            try:
                if kind == ENHANCED_PACKET:
                    number, high, low, size = struct.unpack_from(self._order + "IIII", body)
                    yield self._packet(body, number, high, low, size)
                elif kind == OLD_PACKET:
                    number, _drops, high, low, size = struct.unpack_from(self._order + "HHIII", body)
                    yield self._packet(body, number, high, low, size)
                elif kind == SIMPLE_PACKET:
                    size = struct.unpack_from(self._order + "I", body)[0]
                    yield self._simple(body, size)
                elif kind == INTERFACE:
                    self._interface(body)
            except (struct.error, ValueError) as error:
                raise source.damaged(f"block of type {kind}: {error}", at) from error

    def _section(self) -> None:
        source = self._source
        at = source.offset - 4
        head = source.need(8, "a section header")
        order = ORDERS.get(head[4:])
        if order is None:
            raise source.damaged(f"a section header with byte order mark {head[4:].hex()}", at)
        self._order, self._interfaces = order, []
        length = struct.unpack_from(order + "I", head)[0]
        self._rest(at, length, 12)

    def _body(self, at: int) -> bytes:
        length = struct.unpack(self._order + "I", self._source.need(4, "a block length"))[0]
        return self._rest(at, length, 8)

    def _rest(self, at: int, length: int, read: int) -> bytes:
        """Read what is left of a block of which `read` bytes are gone; its length stands at both ends."""
        if length < read + 4 or length % 4 or length > MAX_BLOCK:
            raise self._source.damaged(f"a block of {length} bytes; right are multiples of 4 up to {MAX_BLOCK}", at)
        body = self._source.need(length - read, "a block")
        if struct.unpack(self._order + "I", body[-4:])[0] != length:
            raise self._source.damaged("a block whose two lengths differ", at)
        return body[:-4]

    def _interface(self, body: bytes) -> None:
        if len(self._interfaces) >= MAX_INTERFACES:
            raise ValueError(f"more than {MAX_INTERFACES} interfaces")
        link, _reserved, snaplen = struct.unpack_from(self._order + "HHI", body)
        ticks, offset = 10**6, 0
        at = 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(self._order + "HH", body, at)
            value = body[at + 4 : at + 4 + size]
            if code == 0:
                break
            if code == IF_TSRESOL and len(value) == 1:
                ticks = 1 << (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
            elif code == IF_TSOFFSET and len(value) == 8:
                offset = struct.unpack(self._order + "q", value)[0]
            at += 4 + (size + 3 & ~3)
        self._interfaces.append(Interface(link, snaplen, ticks, offset))

    def _packet(self, body: bytes, number: int, high: int, low: int, size: int) -> Frame:
        at = 20  # in both kinds of packet block
        if number >= len(self._interfaces):
            raise ValueError(f"packet of interface {number}, which is not described")
        if at + size > len(body):
            raise ValueError(f"packet of {size} bytes in a block of {len(body)}")
        interface = self._interfaces[number]
        self._time = (high << 32 | low) / interface.ticks + interface.offset
        return Frame(interface.link, self._time, body[at : at + size])

    def _simple(self, body: bytes, size: int) -> Frame:
        if not self._interfaces:
            raise ValueError("packet of interface 0, which is not described")
        interface = self._interfaces[0]
        size = min(size, interface.snaplen or size, len(body) - 4)
        return Frame(interface.link, self._time, body[4 : 4 + size])


def frames(source: Source) -> Iterator[Frame]:
    """Frames in file order; DamagedError with the offset where the file breaks off."""
    return iter(Reader(source))
