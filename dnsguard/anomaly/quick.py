"""Whether a message may have something wrong with it, seen at a glance: every miss is looked at, few have anything.

What the scanners find in a message that wire/ can read, the bits here announce (tests/anomaly/test_quick.py holds it),
all but what is shown beside other things only. They may be set for nothing: a scan then says so.
"""

from typing import Final

from dnsguard.anomaly.kinds import FIRST_PRIVATE, META_FIRST, USUAL_TYPES
from dnsguard.anomaly.options import FLAGS, option_check
from dnsguard.anomaly.query_scan import FULL, MAX_LABELS, MAX_UDP
from dnsguard.anomaly.rdata import address_kind, name_holds, rdata_check, soa_holds
from dnsguard.wire.answer import Answer
from dnsguard.wire.kinds import DENIAL, HAS_A, HAS_AAAA, MAYBE_PRIVATE, UNUSUAL
from dnsguard.wire.query import Query

HEADER: Final = 1
NAME: Final = 2
TYPE: Final = 4
SECTIONS: Final = 8
EDNS: Final = 16
SIZE: Final = 32
CASE: Final = 64
RECORD: Final = 128
ADDRESS: Final = 256
ANSWERS: Final = 512

LONGEST: Final = 12 + 255 + 4
"""Where the longest question ends."""
NONE: Final = b"\0\0\0\0"
ONE: Final = b"\0\0\0\1"
"""Authority and additional records of most queries: none, or the OPT."""
_ODD_QUERY: Final = 0xFECF
"""Header bits that no query has: all but RD, AD, CD."""


def query_mask(query: Query) -> int:
    """Give what of a query needs a closer look, 0 for nothing; 0.1 µs compiled."""
    packet = query.packet
    size = len(packet)
    end = query.end
    mask = 0
    if query.flags & _ODD_QUERY:
        mask = HEADER
    qtype = query.qtype
    if qtype != 1 and qtype != 28 and qtype not in USUAL_TYPES:  # noqa: PLR1714 - quicker than a set
        mask |= TYPE
    if query.qclass != 1:
        mask |= TYPE
    # the name's octets are end - 16
    if end > 100 and (end - 16 >= FULL or query.name.count(".") >= MAX_LABELS):
        mask |= NAME
    if "\\" in query.name:
        mask |= NAME
    if not query.question.startswith(query.folded):
        mask |= CASE
    if size > MAX_UDP and not query.stream:
        mask |= SIZE
    rest = packet[8:12]
    if rest == NONE:
        return mask if size == end else mask | SECTIONS
    if rest != ONE or not query.edns:
        return mask | SECTIONS
    # the one record is the OPT, and stands right behind the question
    if end + 11 + (packet[end + 9] << 8 | packet[end + 10]) != size:
        return mask | SECTIONS
    if packet[end + 3] < 2 or packet[end + 6] or packet[end + 7] & 0x3F or packet[end + 8]:
        return mask | EDNS
    if end + 11 != size and not _options_hold(packet, end + 11, size, query=True):
        mask |= EDNS
    return mask


def _options_hold(message: bytes, at: int, end: int, *, query: bool) -> bool:
    """Say that nothing is wrong with options that stand from `at` to `end`."""
    seen = 0
    while at < end:
        if at + 4 > end:
            return False
        code = message[at] << 8 | message[at + 1]
        size = message[at + 2] << 8 | message[at + 3]
        at += 4
        if at + size > end or option_check(message, code, at, size, query=query):
            return False
        if code < 32:
            if seen >> code & 1:
                return False
            seen |= 1 << code
        at += size
    return True


def answer_mask(query: Query, answer: Answer) -> int:
    """Give what of an answer needs a closer look, 0 for nothing; 0.1 µs compiled for one of addresses only."""
    message = answer.message
    rcode = answer.rcode
    mask = 0
    if answer.flags & 0xF840 != 0x8000 or rcode > 11:
        mask = HEADER
    if message[4] or message[5] != 1:
        mask |= SECTIONS
    if answer.end != len(message) or answer.question_end > LONGEST:
        mask |= SECTIONS
    start = answer.opt_start
    if start >= 0:
        data = start + 11
        if (
            message[start + 6]
            or (message[start + 7] << 8 | message[start + 8]) & FLAGS
            or (data != answer.opt_end and not _options_hold(message, data, answer.opt_end, query=False))
        ):
            mask |= EDNS
    kinds = answer.kinds
    # most have what was asked for and nothing else, or nothing and one SOA that says so
    hosts = kinds & ~MAYBE_PRIVATE
    if (hosts == HAS_A or hosts == HAS_AAAA) and answer.plain:  # noqa: PLR1714, SIM109 - quicker than a tuple
        rtype = 1 if hosts == HAS_A else 28
        if rcode == 3 or query.qtype != rtype:
            mask |= ANSWERS
        if kinds != hosts:
            for at, _ in answer.ttls:
                if address_kind(message, at + 6, rtype):
                    mask |= ADDRESS
    elif kinds == DENIAL and len(answer.ttls) == 1:
        at = answer.ttls[0][0]
        if not soa_holds(message, at + 6, message[at + 4] << 8 | message[at + 5]):
            mask |= RECORD
        if message[at - 6] >= 0xC0:
            pointer = (message[at - 6] & 0x3F) << 8 | message[at - 5]
            if pointer >= at - 6 or not name_holds(message, pointer):
                mask |= SECTIONS
    elif kinds:
        mask |= _records_mask(query, answer)
    return mask


def _records_mask(query: Query, answer: Answer) -> int:
    """What of the records of any other answer needs a closer look."""
    message = answer.message
    mask = RECORD if answer.kinds & UNUSUAL else 0
    maybe_private = bool(answer.kinds & MAYBE_PRIVATE)
    qtype = query.qtype
    answers = message[6] << 8 | message[7]
    owner = answer.question_end
    target = 12
    target_end = answer.question_end - 4
    aliased = False
    direct = False
    soas = 0
    last = 12
    number = 0
    for at, _ in answer.ttls:
        rtype = message[at - 4] << 8 | message[at - 3]
        size = message[at + 4] << 8 | message[at + 5]
        host = size == 4 if rtype == 1 else rtype == 28 and size == 16
        if not host:
            if rtype == 6:
                soas += 1
            elif rtype == 10 or (rtype >= META_FIRST and (rtype <= 255 or rtype >= FIRST_PRIVATE)):
                mask |= RECORD
            # a signature is long enough if it has a signer
            if (rtype != 46 or size < 20) and rdata_check(message, rtype, at + 6, size):
                mask |= RECORD
        if number < answers:
            if host:
                direct = True
                if rtype != qtype:
                    mask |= ANSWERS
                if maybe_private and address_kind(message, at + 6, rtype):
                    mask |= ADDRESS
            if rtype == 5 or aliased:
                # aliases stand in order, each at the target of the one before, and what they lead to behind them; what
                # does not point there may spell it out, as the target stands
                strange = (
                    ((message[owner] & 0x3F) << 8 | message[owner + 1]) != target
                    if message[owner] >= 0xC0
                    else message[owner : at - 4] != message[target:target_end]
                )
                if rtype == 5:
                    target = at + 6
                    target_end = target + size
                    if size == 2:
                        # a pointer, as from a host to its zone
                        target = (message[at + 6] & 0x3F) << 8 | message[at + 7]
                        target_end = answer.question_end - 4
                        if not 12 < target < target_end:
                            mask |= ANSWERS
                            # compiled, octets must not end before they begin
                            target_end = target
                    if strange or direct:
                        mask |= ANSWERS
                    aliased = True
                elif strange and rtype != 46:
                    mask |= ANSWERS
            if not host and rtype != 5 and rtype != 46:  # noqa: PLR1714 - as below
                direct = True
                if rtype != qtype and rtype != 39:  # noqa: PLR1714 - twice as quick as a set
                    mask |= ANSWERS
            owner = at + 6 + size
        elif message[at - 6] >= 0xC0:
            # owners below the answers are read by nobody else; most point where the one before did
            pointer = (message[at - 6] & 0x3F) << 8 | message[at - 5]
            if pointer != last:
                last = pointer
                if pointer >= at - 6 or not name_holds(message, pointer):
                    mask |= SECTIONS
        number += 1  # noqa: SIM113 - enumerate() makes a tuple of each
    if soas > 1:
        mask |= ANSWERS
    if direct and answer.rcode == 3:
        mask |= ANSWERS
    if aliased and not direct and qtype != 5 and not soas:
        mask |= ANSWERS
    # a chain without a circle has each alias once
    if answer.foreign() or (aliased and len(answer.chain) != len(answer.cnames) + 1):
        mask |= ANSWERS
    return mask
