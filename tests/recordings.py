"""Recorded traffic made by hand with struct, so that it owes nothing to the readers under test."""

import ipaddress
import struct
from collections.abc import Iterable

from dnslib import QTYPE, RR, DNSRecord

CLIENT, SERVER = "192.0.2.7", "198.51.100.53"
CLIENT6, SERVER6 = "2001:db8::7", "2001:db8::53"
SYN, ACK, FIN, RST = 2, 16, 1, 4


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def query(name: str, qtype: str = "A", number: int = 1) -> bytes:
    record = DNSRecord.question(name, qtype)
    record.header.id = number
    return bytes(record.pack())


def response(asked: bytes, *zone_lines: str, rcode: int = 0) -> bytes:
    reply = DNSRecord.parse(asked).reply(ra=1, aa=0)
    reply.header.rcode = rcode
    for line in zone_lines:
        reply.add_answer(*RR.fromZone(line))
    return bytes(reply.pack())


def qtype(message: bytes) -> str:
    return str(QTYPE[DNSRecord.parse(message).q.qtype])


def udp_segment(source_port: int, target_port: int, payload: bytes) -> bytes:
    return struct.pack(">HHHH", source_port, target_port, 8 + len(payload), 0) + payload


def tcp_segment(source_port: int, target_port: int, sequence: int, flags: int, payload: bytes = b"") -> bytes:
    # five words of header and three of options
    head = struct.pack(">HHIIBBHHH", source_port, target_port, sequence & 0xFFFFFFFF, 0, 8 << 4, flags, 65535, 0, 0)
    return head + b"\1" * 12 + payload


def ip(
    source: str, target: str, protocol: int, data: bytes, *, options: bytes = b"", number: int = 0, fragment: int = 0
) -> bytes:
    """`fragment`: the flags and offset field; `options`: IPv4 options, or IPv6 headers between that name `protocol`."""
    a, b = packed(source), packed(target)
    if len(a) == 4:
        first = 0x40 | 5 + len(options) // 4
        total = 20 + len(options) + len(data)
        return struct.pack(">BBHHHBBH", first, 0, total, number, fragment, 64, protocol, 0) + a + b + options + data
    return struct.pack(">IHBB", 6 << 28, len(options) + len(data), protocol, 64) + a + b + options + data


def udp(source: str, source_port: int, target: str, target_port: int, payload: bytes) -> bytes:
    return ip(source, target, 17, udp_segment(source_port, target_port, payload))


def asked(payload: bytes, port: int = 40000, client: str = CLIENT, server: str = SERVER) -> bytes:
    return udp(client, port, server, 53, payload)


def answered(payload: bytes, port: int = 40000, client: str = CLIENT, server: str = SERVER) -> bytes:
    return udp(server, 53, client, port, payload)


def ethernet(packet: bytes, *tags: int) -> bytes:
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    head = b"\2\0\0\0\0\1\2\0\0\0\0\2" + b"".join(struct.pack(">HH", tag, 7) for tag in tags) + struct.pack(">H", kind)
    # padded to the least length of a frame, as on a real wire
    return (head + packet).ljust(60, b"\xee")


Timed = Iterable[tuple[float, bytes]]


def pcap(frames: Timed, *, link: int = 1, order: str = "<", unit: float = 1e-6, snaplen: int = 65535) -> bytes:
    magic = 0xA1B2C3D4 if unit == 1e-6 else 0xA1B23C4D
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)
    for time, frame in frames:
        fraction = round(time % 1 / unit)
        out += struct.pack(order + "IIII", int(time), fraction, min(len(frame), snaplen), len(frame)) + frame[:snaplen]
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, *options: bytes, order: str = "<", snaplen: int = 0) -> bytes:
    body = struct.pack(order + "HHI", link, 0, snaplen) + b"".join(options)
    return block(1, body + (option(0, b"", order) if options else b""), order)


def enhanced(ticks: int, frame: bytes, number: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    padded = frame + bytes(-len(frame) % 4)
    return block(6, head + padded + option(1, b"a comment", order) + option(0, b"", order), order)


def simple(frame: bytes, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", len(frame)) + frame, order)
