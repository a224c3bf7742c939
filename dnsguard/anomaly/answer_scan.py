"""What is wrong with an answer: any octets that came from where one was awaited."""

from typing import Final

from dnsguard.anomaly.kinds import FIRST_PRIVATE, LAST_PRIVATE, META_FIRST, META_LAST
from dnsguard.anomaly.options import opt_hits
from dnsguard.anomaly.query_scan import trailing
from dnsguard.anomaly.rdata import PRIVATE, address_kind, rdata_check
from dnsguard.anomaly.walk import Hit, Name, Rec, Walk
from dnsguard.wire.build import NXDOMAIN
from dnsguard.wire.kinds import WEEK
from dnsguard.wire.rrtypes import AAAA, ANY, CNAME, DNAME, NSEC, NULL, NXNAME, OPT, RRSIG, SIG, SOA, TKEY, TSIG, A

BESIDE_CNAME: Final = frozenset((CNAME, SIG, RRSIG, NSEC))
"""What may stand at an alias (RFC 4034 section 3 and 4, RFC 2181 section 10.1)."""
RENAMING: Final = frozenset((CNAME, DNAME, RRSIG, SIG))
"""What may stand in an answer whatever the question was."""
META_RECORDS: Final = frozenset((NXNAME, TKEY, TSIG))
MAX_CHAIN: Final = 32
LOCAL: Final = frozenset(
    (
        "arpa", "corp", "domain", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain",
        "localhost", "onion", "private", "test",
    )
)  # fmt: skip
"""Last labels of names that networks give themselves (RFC 6761, RFC 6762 appendix G, ICANN's .internal)."""


def answer_hits(message: bytes, question: bytes) -> list[Hit]:
    """Give all checks the message fails as an answer to `question`: name, type and class as sent.

    An empty `question` is compared with nothing.
    """
    size = len(message)
    if size < 12:
        return [Hit("header_short", 0, size)]
    flags = message[2] << 8 | message[3]
    hits: list[Hit] = []
    if not flags & 0x8000:
        hits.append(Hit("not_a_response", 2, 1))
    if flags & 0x7800:
        return [*hits, Hit("opcode_answer", 2, 1)]
    if flags & 0x0040:
        hits.append(Hit("z_flag", 3, 1))
    walk = Walk(message)
    if walk.counts[0] > 1:
        hits.append(Hit("question_count", 4, 2))
    # old servers cut a message anywhere, and say so (RFC 2181 section 9)
    hits += [
        hit for hit in walk.hits if not flags & 0x0200 or hit.check not in ("record_runs_off", "counts_impossible")
    ]
    # servers that could not read the question do not repeat it (RFC 6891 section 7)
    if question and (walk.counts[0] or not flags & 15) and not _same(message, walk, question):
        hits.append(Hit("question_mismatch", 12, max(0, min(walk.position, size) - 12)))
        return hits
    asked = walk.questions[0] if walk.questions else None
    rcode = flags & 15
    opts = 0
    for record in walk.records:
        if record.rtype != OPT:
            continue
        opts += 1
        if opts == 2:
            hits.append(_at(record, "opt_twice"))
        if record.section != 3 or record.owner.labels:
            hits.append(_at(record, "opt_misplaced"))
        elif opts == 1:
            rcode |= record.ttl >> 24 << 4
            hits += opt_hits(message, record, query=False)
    if 12 <= rcode <= 15 or 24 <= rcode <= 3840:
        hits.append(Hit("rcode_unassigned", 3, 1))
    records = [record for record in walk.records if record.rtype != OPT]
    for record in records:
        _record(message, record, message[asked[1] + 2] << 8 | message[asked[1] + 3] if asked else 1, hits)
    answers = [record for record in records if record.section == 1]
    if asked is not None:
        qtype = message[asked[1]] << 8 | message[asked[1] + 1]
        _answers(message, asked[0], qtype, answers, hits)
        if rcode == NXDOMAIN:
            for record in answers:
                if record.rtype not in RENAMING:
                    hits.append(_at(record, "nxdomain_answers"))
                    break
    soas = [record for record in records if record.rtype == SOA]
    if len(soas) > 1:
        hits.append(_at(soas[1], "soa_twice"))
    if walk.whole and walk.position < size:
        hits.append(trailing(message, walk.position))
    return hits


def _at(record: Rec, check: str) -> Hit:
    return Hit(check, record.owner.start, record.end - record.owner.start)


def _same(message: bytes, walk: Walk, question: bytes) -> bool:
    if walk.counts[0] != 1 or not walk.questions:
        return False
    end = walk.questions[0][1]
    return message[12:end].lower() + message[end : end + 4] == question[:-4].lower() + question[-4:]


def _record(message: bytes, record: Rec, qclass: int, hits: list[Hit]) -> None:
    """Look at one record by itself."""
    rtype = record.rtype
    if rtype in (TKEY, TSIG):
        return
    if META_FIRST <= rtype <= META_LAST and rtype not in META_RECORDS:
        hits.append(Hit("record_meta", record.at, 2))
    if rtype == NULL:
        hits.append(Hit("record_null", record.at, 2))
    elif FIRST_PRIVATE <= rtype <= LAST_PRIVATE:
        hits.append(Hit("record_private", record.at, 2))
    if record.rclass != qclass and record.rclass & 0x7FFF != 1:
        hits.append(Hit("record_class", record.at + 2, 2))
    if record.ttl >> 31:
        hits.append(Hit("ttl_negative", record.at + 4, 4))
    elif record.ttl > WEEK:
        hits.append(Hit("ttl_long", record.at + 4, 4))
    check = rdata_check(message, rtype, record.rdata, record.size)
    if check:
        hits.append(Hit(check, record.at + 8, 2 + min(record.size, 32)))


def _answers(message: bytes, asked: Name, qtype: int, answers: list[Rec], hits: list[Hit]) -> None:
    """Look at the answer section as a whole."""
    aliases: dict[bytes, bytes] = {}
    sets: dict[tuple[bytes, int], int] = {}
    uneven = False
    # careless servers give all they know to the name that was asked for
    key = asked.key
    flat = len(answers) > 1
    for record in answers:
        flat = flat and record.key == key
    for record in answers:
        if record.rtype == CNAME:
            target = Name(message, record.rdata).key
            if aliases.setdefault(record.key, target) != target and not flat:
                hits.append(_at(record, "cname_twice"))
        ttl = sets.setdefault((record.key, record.rtype), record.ttl)
        if ttl != record.ttl and record.rtype != RRSIG and not uneven:
            uneven = True
            hits.append(Hit("ttl_uneven", record.at + 4, 4))
    if flat and aliases:
        hits.append(_at(answers[-1], "cname_flat"))
    chain = [key]
    while chain[-1] in aliases and len(chain) < MAX_CHAIN:
        target = aliases[chain[-1]]
        if target in chain:
            hits.append(Hit("cname_loop", answers[0].owner.start, answers[-1].end - answers[0].owner.start))
            break
        chain.append(target)
    kinds: list[int] = []
    for record in answers:
        if record.key not in chain and not _renames(record, chain):
            hits.append(_at(record, "answer_foreign"))
            continue
        if record.key in aliases and record.rtype not in BESIDE_CNAME and qtype != ANY and not flat:
            hits.append(_at(record, "cname_and_other"))
        if qtype not in (ANY, record.rtype) and record.rtype not in RENAMING and record.rtype not in META_RECORDS:
            hits.append(_at(record, "answer_type"))
        if (record.rtype == A and record.size == 4) or (record.rtype == AAAA and record.size == 16):
            kind = address_kind(message, record.rdata, record.rtype)
            kinds.append(kind)
            if kind and not is_local(asked.labels, message[record.rdata : record.rdata + record.size]):
                check = "private_address" if kind == PRIVATE else "loopback_address"
                hits.append(Hit(check, record.rdata, record.size))
    if PRIVATE in kinds and 0 in kinds:
        hits.append(Hit("mixed_addresses", answers[0].owner.start, answers[-1].end - answers[0].owner.start))
    if answers and not any(record.ttl for record in answers):
        hits.append(Hit("ttl_zero", answers[0].at + 4, 4))


def _renames(record: Rec, chain: list[bytes]) -> bool:
    """Say whether a DNAME, or its signature, stands above a name of the chain (RFC 6672 section 2.2)."""
    if record.rtype not in (DNAME, RRSIG):
        return False
    return any(name.endswith(record.key) for name in chain)


def is_local(labels: list[bytes], address: bytes) -> bool:
    """Say whether a name is a network's own, or spells the address it has: then a private one is no surprise."""
    if len(labels) < 2 or labels[-1].lower().decode("latin-1") in LOCAL or b"localhost" in labels[0].lower():
        return True
    if len(address) == 4:
        digits = [b"%d" % octet for octet in address]
        name = b".".join(labels)
        return b"-".join(digits) in name or b".".join(digits) in name
    return False
