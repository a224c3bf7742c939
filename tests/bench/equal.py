"""Are dnsguard's answers the upstream's own? Random names and types, asked of both.

    python -m tests.bench.equal [--count 100000] [--seed 1] [--window 200]

The upstream is NSD with the lab's zones (tests/zones.py). Questions mix host names, every record type, NXDOMAIN,
NODATA, CNAME and DNAME chains, a DNSSEC-signed zone, long and binary names, mixed case, all EDNS sizes, DO, CD and AD,
and a third of them repeat (so they come from the cache). Compared are opcode, rcode, the flags QR TC RD AD, the
question, and every record of the answer and authority sections; TTLs may have aged since they were first handed out.
(CD is copied from the question by resolvers and not by NSD, RFC 4035 section 3.2.2; AA and RA say who answers.)

Where the upstream cuts its UDP answer, what it says over TCP is the truth, and dnsguard may give that or cut as well.
"""

import argparse
import random
import select
import socket
import string
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdatatype

from tests import lab, names, zones

COMPARED_FLAGS = dns.flags.QR | dns.flags.TC | dns.flags.RD | dns.flags.AD
# asked of any name; types that ask for a transfer or for everything are no questions for a resolver (RFC 8482)
ANY_TYPE = [int(dns.rdatatype.from_text(rtype)) for rtype in zones.TYPES] + [
    2,
    5,
    6,
    39,
    46,
    47,
    48,
    255 + 1,
    999,
    65534,
]
PATIENCE = 3.0  # seconds until a question is asked again, as stub resolvers do
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One question that was answered differently."""

    question: bytes
    upstream: bytes
    dnsguard: bytes
    what: str

    def __str__(self) -> str:
        return f"{self.what}: {dns.message.from_wire(self.question).question[0]}"


def name(rng: random.Random, hosts: Iterator[str]) -> bytes:
    """A name in wire form: mostly ordinary, sometimes anything that 255 bytes can say."""
    kind = rng.random()
    if kind < 0.4:
        text = next(hosts)
    elif kind < 0.55:
        text = f"{rng.choice(list(zones.TYPES)).lower()}.types.example.net"
    elif kind < 0.65:
        text = f"{label(rng)}.{rng.choice(('', 'types.', 'a.'))}example.net"  # does not exist
    elif kind < 0.8:
        fixed = ["chain0", "chain3", "alias", "alias2", "loop1", "dangling", "empty", "many", "big", "c.deep", "friend"]
        fixed += [f"{label(rng)}.moved", f"{label(rng)}.wild", "UPPER.case", *(f"ttl{ttl}" for ttl in zones.TTLS)]
        text = f"{rng.choice(fixed)}.example.net"
    elif kind < 0.9:
        text = rng.choice(["", "www.", "txt.", "alias.", f"{label(rng)}.", f"{label(rng)}.wild."]) + zones.SIGNED
    else:
        # labels of any bytes; the last is a letter so that no special-use name comes out
        labels = [rng.randbytes(rng.randint(1, 63)) for _ in range(rng.randint(0, 3))]
        return b"".join(bytes([len(part)]) + part for part in [*labels, b"xq"]) + b"\0"
    if rng.random() < 0.2:
        text = "".join(rng.choice((char.upper(), char)) for char in text)
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def label(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase + string.digits + "-_", k=rng.randint(1, 20)))


def questions(count: int, seed: int) -> Iterator[bytes]:
    """Queries without their id; a third has been asked before."""
    rng = random.Random(seed)
    hosts = names.hosts(seed)
    asked: deque[bytes] = deque(maxlen=5000)
    for _ in range(count):
        if asked and rng.random() < 0.33:
            yield rng.choice(asked)
            continue
        flags = 0x0100 | rng.choice((0, 0, 0, 0x10, 0x20, 0x30))  # RD; AD, CD
        edns = b""
        if rng.random() < 0.7:
            size = rng.choice((512, 1232, 1232, 1400, 4096, 65535))
            edns = b"\0\0\x29" + size.to_bytes(2) + bytes([0, 0, rng.choice((0, 0x80)), 0, 0, 0])
        rtype = rng.choice((1, 1, 1, 28, 28, 65, 15, 16, rng.choice(ANY_TYPE)))
        wire_name = name(rng, hosts)
        first = wire_name[1 : 1 + wire_name[0]].decode(errors="replace").upper()
        if first in zones.TYPES and rng.random() < 0.8:
            rtype = int(dns.rdatatype.from_text(first))
        counts = b"\0\1\0\0\0\0\0" + (b"\1" if edns else b"\0")
        query = flags.to_bytes(2) + counts + wire_name + rtype.to_bytes(2) + b"\0\1" + edns
        asked.append(query)
        yield query


class Asker:
    """Keeps many questions to one server under way on one socket."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.waiting: dict[int, tuple[bytes, float, int]] = {}
        self.answers: dict[int, bytes] = {}
        self.again = 0

    def send(self, number: int, query: bytes, tries: int = 1) -> None:
        self.waiting[number] = (query, time.monotonic(), tries)
        self.sock.send(number.to_bytes(2) + query)

    def receive(self) -> None:
        """Take what has come, ask again what has not."""
        while True:
            try:
                answer = self.sock.recv(65535)
            except BlockingIOError:
                break
            number = int.from_bytes(answer[:2])
            if self.waiting.pop(number, None):
                self.answers[number] = answer
        now = time.monotonic()
        for number, (query, sent, tries) in list(self.waiting.items()):
            if now - sent > PATIENCE:
                if tries == TRIES:
                    del self.waiting[number]
                    self.answers[number] = b""
                else:
                    self.again += 1
                    self.send(number, query, tries + 1)


def compare(query: bytes, upstream: bytes, dnsguard: bytes, upstream_port: int) -> str:
    """What differs between two answers to one question; empty when nothing does."""
    if not dnsguard or not upstream:
        return "no answer" if upstream else "no answer from the upstream"
    if upstream[:2] == dnsguard[:2] and upstream[4:] == dnsguard[4:] and same_flags(upstream, dnsguard):
        return ""  # byte for byte
    mine = dns.message.from_wire(dnsguard, ignore_trailing=False)
    if upstream[2] & 2:
        if mine.flags & dns.flags.TC and mine.rcode() == upstream[3] & 15:
            return ""
        whole = dns.query.tcp(dns.message.from_wire(b"\0\0" + query), "127.0.0.1", 5, upstream_port)
    else:
        whole = dns.message.from_wire(upstream)
    if mine.rcode() != whole.rcode():
        return f"rcode {mine.rcode().name} for {whole.rcode().name}"
    if (mine.flags ^ whole.flags) & COMPARED_FLAGS or mine.opcode() != whole.opcode():
        return f"flags {dns.flags.to_text(mine.flags)} for {dns.flags.to_text(whole.flags)}"
    if mine.question != whole.question or str(mine.question) != str(whole.question):
        return "question"
    if (mine.edns < 0) != (whole.edns < 0):
        return "EDNS"
    for section in ("answer", "authority"):
        if fault := different(section, mine, whole):
            return fault
    return ""


def different(section: str, mine: dns.message.Message, whole: dns.message.Message) -> str:
    theirs = getattr(whole, section)
    ours = getattr(mine, section)
    if [(rrset.name, rrset.rdtype, list(rrset)) for rrset in ours] != [
        (rrset.name, rrset.rdtype, list(rrset)) for rrset in theirs
    ]:
        return f"{section} section"
    if any(rrset.ttl > other.ttl for rrset, other in zip(ours, theirs, strict=True)):
        return f"{section} section's TTL"
    return ""


def same_flags(one: bytes, other: bytes) -> bool:
    return not (int.from_bytes(one[2:4]) ^ int.from_bytes(other[2:4])) & (COMPARED_FLAGS | 0x780F)


def run(
    count: int, seed: int, upstream_port: int, dnsguard_port: int, window: int = 200
) -> tuple[list[Difference], int]:
    """Ask both everything; the differences, and how many questions had to be asked again."""
    upstream, guard = Asker(upstream_port), Asker(dnsguard_port)
    source = enumerate(questions(count, seed))
    open_questions: dict[int, bytes] = {}
    differences: list[Difference] = []
    more = True
    while more or open_questions:
        while more and len(open_questions) < window:
            if (item := next(source, None)) is None:
                more = False
                break
            number, query = item[0] & 0xFFFF, item[1]
            if number in open_questions:
                break  # a slow one from 65,536 questions ago
            open_questions[number] = query
            upstream.send(number, query)
            guard.send(number, query)
        select.select([upstream.sock, guard.sock], [], [], 0.05)
        upstream.receive()
        guard.receive()
        for number in [number for number in open_questions if number in upstream.answers and number in guard.answers]:
            query = open_questions.pop(number)
            theirs, ours = upstream.answers.pop(number), guard.answers.pop(number)
            try:
                what = compare(query, theirs, ours, upstream_port)
            except dns.exception.DNSException as error:
                what = f"unreadable: {error}"
            if what:
                differences.append(Difference(question=b"\0\0" + query, upstream=theirs, dnsguard=ours, what=what))
    upstream.sock.close()
    guard.sock.close()
    return differences, guard.again


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--window", type=int, default=200, help="questions under way at a time")
    options = parser.parse_args()
    lab.need("nsd")
    start = time.monotonic()
    with lab.Lab() as place:
        upstream = place.nsd()
        guard = place.dnsguard(upstream, mode="alert")
        differences, again = run(options.count, options.seed, upstream, guard.port, options.window)
    for what, number in Counter(difference.what for difference in differences).most_common():
        print(f"{number:7} {what}")
    for difference in differences[:20]:
        print(difference)
    print(f"{options.count:,} questions, {len(differences)} answered differently, {again} asked again, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
