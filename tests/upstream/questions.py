"""Questions as the pipeline would forward them, and answers to what was sent."""

from dnsguard.pending import Pending, key, key_bits
from dnsguard.wire.query import Query


def pending(name="a.example", route=0, created=0.0, edns=True):
    query = Query.of(name, time=created, edns=edns)
    bits = key_bits(query)
    return Pending(key(query, bits), bits, query, route, created, 0)


def reply(packet, *, rcode=0, tc=False, identity=None, question=None, qr=True, questions=1):
    """A header and question for `packet`, and nothing else."""
    end = packet.index(b"\0", 12) + 5
    flags = bytes([(0x80 if qr else 0) | (2 if tc else 0) | 1, 0x80 | rcode])
    body = packet[12:end] if question is None else question
    return (packet[:2] if identity is None else identity) + flags + bytes([0, questions]) + bytes(6) + body


def name(packet):
    """The question's name as it was sent."""
    labels, at = [], 12
    while size := packet[at]:
        labels.append(packet[at + 1 : at + 1 + size].decode())
        at += size + 1
    return ".".join(labels)
