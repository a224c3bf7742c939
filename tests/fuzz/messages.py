"""Messages to start from, made by dnslib, and a mutator that knows where a DNS message hurts."""

import gzip
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dnslib import EDNS0, RR, DNSRecord, EDNSOption

INTERESTING: Final = (0, 1, 2, 11, 12, 13, 41, 62, 63, 64, 65, 127, 128, 191, 192, 193, 254, 255)
"""Octets at the borders of label types, header sizes and record types."""
WORDS: Final = (0, 1, 2, 255, 256, 512, 1232, 4096, 0x7FFF, 0x8000, 0xC00C, 0xFFFF)
MAX_SIZE: Final = 4096
ZONES: Final = (
    "www.example.com 60 IN CNAME cdn.example.net",
    "cdn.example.net 60 IN A 192.0.2.1",
    "cdn.example.net 60 IN AAAA 2001:db8::1",
    "www.example.com 300 IN A 203.0.113.9",
    "example.com 3600 IN NS ns1.example.com",
    "example.com 3600 IN MX 10 mail.example.com",
    'example.com 3600 IN TXT "v=spf1 -all" "second string"',
    "_sip._tcp.example.com 60 IN SRV 0 5 5060 sip.example.com",
    "example.com 60 IN SOA ns1.example.com host.example.com 1 3600 600 86400 60",
    "1.2.0.192.in-addr.arpa 60 IN PTR www.example.com",
    "www.example.com 60 IN CNAME evil.example",
)


def queries() -> list[bytes]:
    """Good queries of many shapes."""
    found = []
    for name in (
        "www.example.com",
        "evil.example",
        "x.evil.example",
        "localhost",
        ".",
        "a" * 63 + ".example",
        "my.lan",
    ):
        for qtype in ("A", "AAAA", "TXT", "NULL", "ANY", "HTTPS", "PTR", "AXFR"):
            record = DNSRecord.question(name, qtype)
            found.append(bytes(record.pack()))
            options = [EDNSOption(10, b"\1" * 8), EDNSOption(8, b"\0\1\x18\0\xc0\0\2"), EDNSOption(12, bytes(40))]
            record.add_ar(EDNS0(udp_len=1232, flags="do", opts=options))
            found.append(bytes(record.pack()))
    return found


def responses() -> list[bytes]:
    """Good responses of many shapes."""
    found = []
    for name, qtype in (
        ("www.example.com", "A"),
        ("example.com", "MX"),
        ("evil.example", "TXT"),
        ("nosuch.example", "A"),
    ):
        for rcode in (0, 2, 3, 5):
            for lines in (ZONES[:4], ZONES[4:9], ZONES[-1:], ()):
                reply = DNSRecord.question(name, qtype).reply()
                reply.header.rcode = rcode
                if lines:
                    reply.add_answer(*(rr for line in lines for rr in _records(line)))
                reply.add_auth(*_records(ZONES[8]))
                reply.add_ar(*_records(ZONES[3]))
                found.append(bytes(reply.pack()))
                reply.add_ar(EDNS0(udp_len=4096, ext_rcode=rcode, opts=[EDNSOption(15, b"\0\x16no answer")]))
                found.append(bytes(reply.pack()))
    return found


def _records(line: str) -> list[RR]:
    return list(RR.fromZone(line))


def corpus(path: Path) -> list[bytes]:
    """Messages as hex in the last column of tab-separated lines; what is no hex is left out."""
    found = []
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            found.append(bytes.fromhex(line.rpartition("\t")[2])[:MAX_SIZE])
        except ValueError:
            continue
    return [message for message in found if message]


class Mutator:
    """Changes messages, the same way for the same seed."""

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        self._seeds: Final = list(seeds)
        self._rng: Final = random.Random(seed)
        self._ways: Final = (
            self._flip, self._octet, self._octet, self._word, self._word, self._count, self._pointer, self._pointer,
            self._cut, self._insert, self._repeat, self._delete, self._splice, self._append,
        )  # fmt: skip

    def __call__(self) -> bytes:
        """The next message: one of the seeds, changed in one to four places, or once in a while none."""
        rng = self._rng
        data = bytearray(rng.choice(self._seeds))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            if len(data) < 2:
                data += rng.randbytes(16)
            rng.choice(self._ways)(data)
        return bytes(data[:MAX_SIZE])

    def body(self, question: bytes) -> bytes:
        """A response to `question`, its rest mutated: what an upstream that was asked, or its attacker, could send."""
        data = self()
        data += bytes(max(0, 12 - len(data)))
        # what upstream/exchange.py checks is as it must be: a response, opcode 0, one question
        head = b"\0\0" + bytes([data[2] & 0x07 | 0x80, data[3]]) + b"\0\1" + data[6:12]
        end = 12
        while end < len(data) and data[end] and data[end] < 64:
            end += 1 + data[end]
        return head + question + data[end + 5 :]

    def _at(self, data: bytearray, width: int = 1) -> int:
        return self._rng.randrange(max(len(data) - width + 1, 1))

    def _flip(self, data: bytearray) -> None:
        data[self._at(data)] ^= 1 << self._rng.randrange(8)

    def _octet(self, data: bytearray) -> None:
        data[self._at(data)] = self._rng.choice(INTERESTING)

    def _word(self, data: bytearray) -> None:
        at = self._at(data, 2)
        data[at : at + 2] = self._rng.choice(WORDS).to_bytes(2, "big")

    def _count(self, data: bytearray) -> None:
        at = self._rng.choice((2, 4, 6, 8, 10))
        data[at : at + 2] = self._rng.choice(WORDS).to_bytes(2, "big")

    def _pointer(self, data: bytearray) -> None:
        at = self._at(data, 2)
        data[at : at + 2] = (0xC000 | self._rng.randrange(min(len(data) + 2, 0x3FFF))).to_bytes(2, "big")

    def _cut(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._rng.randbytes(self._rng.choice((1, 2, 4, 64)))

    def _repeat(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = data[at : at + self._rng.randrange(1, 64)] * self._rng.choice((1, 2, 30))

    def _delete(self, data: bytearray) -> None:
        at = self._at(data)
        del data[at : at + self._rng.randrange(1, 8)]

    def _splice(self, data: bytearray) -> None:
        other = self._rng.choice(self._seeds)
        at = self._at(data)
        data[at:] = other[min(at, len(other)) :]

    def _append(self, data: bytearray) -> None:
        data += self._rng.randbytes(self._rng.choice((1, 3, 11, 200)))
