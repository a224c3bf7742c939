"""What is wrong with a client's query: any octets that came where one belongs."""

from typing import Final

from dnsguard.anomaly.kinds import class_check, opcode_check, type_check
from dnsguard.anomaly.options import PADDING, opt_hits
from dnsguard.anomaly.walk import Hit, Name, Rec, Walk
from dnsguard.wire.query import MAX_QUERY
from dnsguard.wire.rrtypes import IXFR, OPT, SIG, TKEY, TSIG

MAX_UDP: Final = 512
"""RFC 1035 section 2.3.4. [octets]"""
FULL: Final = 244
"""Octets of a name from which it is filled: tunnels fill it, and the longest of 1.5 million real names has 239."""
MAX_LABELS: Final = 48
"""An IPv6 address backwards has 32 below its zone, and DNS blocklists a few more."""
MAX_ZEROS: Final = 4
"""Zero bytes behind a message that may be a sender's rounding up. [octets]"""
SERVICES: Final = frozenset((b"_tcp", b"_udp", b"_dns-sd"))
"""Below them stand names that people gave their printers (RFC 6763 section 4.1.1)."""


def query_hits(packet: bytes, stream: bool) -> list[Hit]:
    """Give all checks the packet fails; `stream` says that it came over TCP."""
    size = len(packet)
    if size < 12:
        return [Hit("header_short", 0, size)]
    flags = packet[2] << 8 | packet[3]
    if flags & 0x8000:
        return [Hit("qr_in_query", 2, 1)]
    hits: list[Hit] = []
    if flags & 0x0040:
        hits.append(Hit("z_flag", 3, 1))
    opcode = flags >> 11 & 15
    check = opcode_check(opcode)
    if check:
        hits = [Hit(check, 2, 1), *hits]
        # NOTIFY and UPDATE have other sections in the same frame (RFC 1996 3, RFC 2136 2); the others, another form
        return [*hits, *_framed(packet, Walk(packet))] if opcode in (4, 5) else hits
    if flags & 0x0400:
        hits.append(Hit("query_aa", 2, 1))
    if flags & 0x0200:
        hits.append(Hit("query_tc", 2, 1))
    if flags & 0x0080:
        hits.append(Hit("query_ra", 3, 1))
    if flags & 0x000F:
        hits.append(Hit("query_rcode", 3, 1))
    walk = Walk(packet)
    counts = walk.counts
    if counts[0] == 0:
        hits.append(Hit("question_none", 4, 2))
    elif counts[0] > 1:
        hits.append(Hit("question_count", 4, 2))
    if counts[1]:
        hits.append(Hit("answer_unmarked" if _in_chaos(packet, walk) else "query_answers", 6, 2))
    hits += _framed(packet, walk)
    qtype = 0
    for name, at in walk.questions[:1]:
        if name.pointers and not name.fault:
            hits.append(Hit("question_compressed", name.start, name.end - name.start))
        hits += name_hits(name)
        qtype = packet[at] << 8 | packet[at + 1]
        check = type_check(qtype)
        if check:
            hits.append(Hit(check, at, 2))
        check = class_check(packet[at + 2] << 8 | packet[at + 3], name.key)
        if check:
            hits.append(Hit(check, at + 2, 2))
    padded = _records(packet, walk, qtype, hits)
    if size > MAX_QUERY or (size > MAX_UDP and not stream and not padded):
        hits.append(Hit("query_large", 0, size))
    return hits


def _framed(packet: bytes, walk: Walk) -> list[Hit]:
    """Faults of the frame, and what stands behind it."""
    if walk.whole and walk.position < len(packet):
        return [*walk.hits, trailing(packet, walk.position)]
    return walk.hits


def _in_chaos(packet: bytes, walk: Walk) -> bool:
    """Say whether the question is in class CHAOS: Windows Server 2008 answers version.bind without the QR bit."""
    for _, at in walk.questions:
        return packet[at + 2 : at + 4] == b"\0\3"
    return False


def _records(packet: bytes, walk: Walk, qtype: int, hits: list[Hit]) -> bool:
    """Look at the records of a query; tells whether it is padded."""
    opts = 0
    padded = False
    for record in walk.records:
        start, length = record.owner.start, record.end - record.owner.start
        if record.rtype == OPT:
            opts += 1
            if opts == 2:
                hits.append(Hit("opt_twice", start, length))
            if record.section != 3 or record.owner.labels:
                hits.append(Hit("opt_misplaced", start, length))
            elif opts == 1:
                hits += opt_hits(packet, record, query=True)
                padded = _padded(packet, record)
        elif record.section == 2 and qtype != IXFR:
            hits.append(Hit("query_authority", start, length))
        elif record.section == 3 and record.rtype not in (SIG, TKEY, TSIG):
            hits.append(Hit("query_additional", start, length))
    return padded


def _padded(packet: bytes, record: Rec) -> bool:
    at = record.rdata
    while at + 4 <= record.end:
        if packet[at] << 8 | packet[at + 1] == PADDING:
            return True
        at += 4 + (packet[at + 2] << 8 | packet[at + 3])
    return False


def trailing(message: bytes, end: int) -> Hit:
    """Say what stands behind the end of a message."""
    rest = message[end:]
    zeros = len(rest) <= MAX_ZEROS and not rest.strip(b"\0")
    return Hit("trailing_zeros" if zeros else "trailing_bytes", end, len(rest))


def name_hits(name: Name) -> list[Hit]:
    """Look at the octets of a question's name, which is read without pointers: they stand from `start` on."""
    hits: list[Hit] = []
    if name.octets >= FULL:
        hits.append(Hit("name_full", name.start, name.octets))
    if len(name.labels) > MAX_LABELS:
        hits.append(Hit("labels_many", name.start, name.octets))
    at = name.start
    service = False
    for label in name.labels:
        if label.lower() in SERVICES:
            service = True
    for label in name.labels:
        check = label_check(label, service)
        if check:
            hits.append(Hit(check, at, len(label) + 1))
            break
        at += len(label) + 1
    return hits


def label_check(label: bytes, service: bool) -> str:
    """Give the check that a label's octets fail; `service` says that it stands in a name with `_tcp` or its like.

    A backslash in front of octets is what a resolver library makes of an escape it does not know.
    """
    if label.isascii():
        if label.isalnum():
            return ""
        for octet in label:
            if octet < 32 or octet == 127:
                return "name_control"
        return "" if service or not (b"." in label or b"\\" in label) else "name_dot"
    try:
        text = label.decode("utf-8")
    except UnicodeDecodeError:
        return "name_octets"
    for letter in text:
        # also the control characters of Latin-1, which UTF-8 has as two octets
        if ord(letter) < 32 or 127 <= ord(letter) < 160:
            return "name_control"
    return "name_dot" if not service and ("." in text or "\\" in text) else ""
