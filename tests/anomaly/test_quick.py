"""The quick look sees all that a scan finds in what wire/ can read, and nothing in what is well-formed."""

import random

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.anomaly.answer_scan import answer_hits
from dnsguard.anomaly.checks import CHECKS
from dnsguard.anomaly.query_scan import query_hits
from dnsguard.anomaly.quick import answer_mask, query_mask
from dnsguard.errors import WireError
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.anomaly import answer_cases, query_cases
from tests.anomaly.made import AAAA, CNAME, NAME, QNAME, SOA, A, answer, query, question, record, u16
from tests.fuzz.messages import Mutator, queries, responses

CLIENT = b"\xc0\0\2\7"
SEEDS = [
    *queries(),
    *responses(),
    *(packet for case in (*query_cases.CASES, *answer_cases.CASES) for packet in (case.odd, case.honest)),
    *query_cases.SILENT,
    *answer_cases.SILENT,
]


def of_query(packet: bytes) -> tuple[int, list[str]]:
    """Mask and hits; WireError as Query says."""
    read = Query(packet, CLIENT, 0.0)
    return query_mask(read), [hit.check for hit in query_hits(packet, stream=False) if CHECKS[hit.check].lone]


def of_answer(message: bytes) -> tuple[int, list[str]]:
    """Mask and hits; WireError as Answer says, and where the pipeline would have cleaned it."""
    read = Answer(message)
    if message[4:6] != b"\0\1" or read.foreign() or read.cnames is None:
        raise WireError("not as the pipeline hands it on")
    asked = Query(query(message[12 : read.question_end]), CLIENT, 0.0)
    return answer_mask(asked, read), [hit.check for hit in answer_hits(message, b"") if CHECKS[hit.check].lone]


def test_what_a_scan_finds_the_quick_look_has_announced() -> None:
    mutator = Mutator(SEEDS, seed=5)
    odd = 0
    for number in range(6000):
        packet = SEEDS[number] if number < len(SEEDS) else mutator()
        for look in (of_query, of_answer):
            try:
                mask, hits = look(packet)
            except WireError:
                continue
            assert mask or not hits, (packet.hex(), hits)
            odd += bool(hits)
    assert odd > 500


@pytest.mark.parametrize(
    "packet", query_cases.SILENT, ids=lambda packet: packet[12:60].decode("latin-1").replace("\0", ".")
)
def test_ordinary_queries_get_no_closer_look(packet: bytes) -> None:
    mask, hits = of_query(packet)
    name = packet[12:-4]
    cased = name != name.lower()
    assert not hits
    assert bool(mask) is (cased or packet.endswith(b"\x80\1") or len(packet) > 512)


@pytest.mark.parametrize(
    "lines",
    [
        ("www.example.com. 60 IN A 203.0.113.1",),
        ("www.example.com. 60 IN A 203.0.113.1", "www.example.com. 60 IN A 203.0.113.2"),
        ("www.example.com. 60 IN CNAME cdn.example.net.", "cdn.example.net. 30 IN A 203.0.113.2"),
        (
            "www.example.com. 60 IN CNAME a.example.net.",
            "a.example.net. 60 IN CNAME b.a.example.net.",
            "b.a.example.net. 30 IN A 203.0.113.2",
            "b.a.example.net. 30 IN A 203.0.113.3",
        ),
        (),
    ],
)
def test_ordinary_answers_of_another_library_get_no_closer_look(lines: tuple[str, ...]) -> None:
    asked = dns.message.make_query("www.example.com.", "A", use_edns=True)
    reply = dns.message.make_response(asked, our_payload=1232, recursion_available=True)
    for line in lines:
        owner, ttl, rclass, rtype, data = line.split()
        reply.answer.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, data))
    if not lines:
        soa = "ns.example.com. host.example.com. 1 2 3 4 5"
        reply.authority.append(dns.rrset.from_text("example.com.", 60, "IN", "SOA", soa))
    assert of_answer(reply.to_wire()) == (0, [])


APEX = u16(0xC000 | 12 + 4)
FAR = b"\1b\7example\3net\0"
HERE = 12 + len(question()) + 12
"""Where the data of the first answer stands."""


@pytest.mark.parametrize(
    "records",
    [
        # an alias of its own zone, whose name stands in the question; what it leads to spelled out, and its own owner
        (record(CNAME, APEX), record(A, b"\x5d\xb8\xd8\x22", APEX)),
        (record(CNAME, FAR), record(A, b"\x5d\xb8\xd8\x22", FAR)),
        (record(CNAME, FAR, NAME), record(A, b"\x5d\xb8\xd8\x22", FAR)),
        (record(CNAME, FAR), record(CNAME, APEX, FAR), record(A, b"\x5d\xb8\xd8\x22", APEX)),
    ],
)
def test_aliases_as_servers_write_them_get_no_closer_look(records: tuple[bytes, ...]) -> None:
    assert of_answer(answer(*records)) == (0, [])


@pytest.mark.parametrize(
    "records",
    [
        (record(CNAME, FAR), record(CNAME, QNAME, FAR), record(A, b"\x5d\xb8\xd8\x22")),
        (record(CNAME, FAR), record(CNAME, NAME, FAR), record(A, b"\x5d\xb8\xd8\x22", NAME)),
        (record(CNAME, FAR), record(CNAME, NAME, u16(0xC000 | HERE)), record(A, b"\x5d\xb8\xd8\x22", FAR)),
        (record(CNAME, APEX), record(CNAME, b"\3www" + APEX, APEX), record(A, b"\x5d\xb8\xd8\x22", APEX)),
    ],
)
def test_a_circle_is_seen_however_it_is_written(records: tuple[bytes, ...]) -> None:
    mask, hits = of_answer(answer(*records))
    assert mask
    assert "cname_loop" in hits


ALIASES = st.lists(
    st.tuples(
        st.sampled_from([A, CNAME, CNAME, AAAA, SOA]),
        st.sampled_from([QNAME, NAME, FAR, APEX, u16(0xC000 | HERE), b"\3www" + APEX, b"\xc0\x11"]),
        st.sampled_from(
            [QNAME, NAME, FAR, APEX, u16(0xC000 | HERE), b"\3www" + APEX, bytes(4), b"\x0a\0\0\1", bytes(16)]
        ),
    ),
    max_size=4,
)


@settings(max_examples=2000, deadline=None)
@given(ALIASES, st.sampled_from([A, AAAA, CNAME]), st.sampled_from([0x8180, 0x8183]))
def test_any_aliases(made: list[tuple[int, bytes, bytes]], qtype: int, flags: int) -> None:
    records = [record(rtype, data, owner) for rtype, owner, data in made]
    try:
        mask, hits = of_answer(answer(*records, asked=question(qtype=qtype), flags=flags))
    except WireError:
        return
    assert mask or not hits, (made, hits)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2**32))
def test_any_octets(tail: bytes, seed: int) -> None:
    base = random.Random(seed).choice(SEEDS)
    for look in (of_query, of_answer):
        for packet in (base + tail, base[:12] + tail, tail):
            try:
                mask, hits = look(packet)
            except WireError:
                continue
            assert mask or not hits
