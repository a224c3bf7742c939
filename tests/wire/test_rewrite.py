import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.wire import rewrite
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.simulated import lines, packet, response

WWW = "www.a.example"
STRANGER = "www.bank.example 60 A 203.0.113.66"
RECORDS = [
    f"{WWW} 60 CNAME c.example.",
    "c.example 60 A 192.0.2.1",
    "c.example 60 AAAA 2001:db8::1",
    'c.example 60 TXT "a \\"quoted\\" one" "b\\255"',
    "c.example 60 MX 10 mail.c.example.",
    "c.example 60 SRV 1 2 3 sip.c.example.",
    "c.example 60 SOA ns.c.example. h.c.example. 1 2 3 4 5",
    'c.example 60 CAA 0 issue "ca.example"',
    "c.example 60 HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1",
    "c.example 60 SVCB 1 svc.c.example. port=853",
    'c.example 60 NAPTR 1 2 "s" "SIP+D2U" "" _sip._udp.c.example.',
    "c.example 60 TLSA 3 1 1 " + "0f" * 32,
    "c.example 60 DS 1 8 2 " + "0f" * 32,
    "c.example 60 NSEC d.example. A TXT",
    "c.example 60 RRSIG A 8 2 60 20300101000000 20200101000000 1 c.example. AAAA",
    "c.example 60 DNSKEY 256 3 8 AAAA",
    r"c.example 60 TYPE65280 \# 3 010203",
]


def rdata(message: bytes) -> list[str]:
    return lines(dns.message.from_wire(message, one_rr_per_rrset=True).answer)


@pytest.mark.parametrize("line", RECORDS)
def test_strangers_go_and_the_rest_stays_as_it_was(line: str) -> None:
    records = [RECORDS[0], line] if line is not RECORDS[0] else [line]
    clean = response(packet(WWW), *records, flags="QR AA RD RA AD", ede=4, additional=["ns.example 9 A 192.0.2.53"])
    dirty = response(
        packet(WWW),
        records[0],
        STRANGER,
        *records[1:],
        flags="QR AA RD RA AD",
        ede=4,
        additional=["ns.example 9 A 192.0.2.53"],
    )
    cleaned = rewrite.scrubbed(dirty)
    assert rdata(cleaned) == rdata(clean)
    assert dns.message.from_wire(cleaned).flags == dns.message.from_wire(clean).flags
    before, after = Answer(clean), Answer(cleaned)
    assert (after.ede, after.rcode, after.opt_end) == (before.ede, before.rcode, len(cleaned))
    assert [record[2:5] for record in after.records] == [record[2:5] for record in before.records]
    assert not after.foreign()


@pytest.mark.parametrize("label", [b"a@b", b"a b", b'"', b"(x)", b"a.b", b"\\", b"\xc3\xa4", b"$;"])
def test_owners_with_odd_octets_are_known_again(label: bytes) -> None:
    question = bytes([len(label)]) + label + b"\7example\0\0\1\0\1"
    own = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
    message = b"\0\0\x81\x80\0\1\0\2\0\0\0\0" + question + own + b"\1x" + own[2:].replace(b"\0\1", b"\0\0\1", 1)
    assert Answer(message).foreign()
    assert [len(Answer(rewrite.scrubbed(message)).records), len(Answer(message).records)] == [1, 2]


def test_what_is_beyond_the_reach_of_pointers_is_not_cleaned() -> None:
    message = response(packet(WWW), STRANGER, *(f"{WWW} 60 TXT {'x' * 250}{i}" for i in range(70)))
    with pytest.raises(WireError, match="too large"):
        rewrite.scrubbed(message)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([response(packet(WWW), STRANGER, line, ede=1) for line in RECORDS]),
    st.lists(st.tuples(st.integers(12, 300), st.integers(0, 255)), max_size=4),
)
def test_damage_is_a_wire_error(message: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(message)
    for at, octet in changes:
        damaged[at % len(damaged)] = octet
    try:
        cleaned = rewrite.scrubbed(bytes(damaged))
    except WireError:
        return
    Answer(cleaned)


def test_a_failure_has_its_reason_whatever_the_client_sent() -> None:
    query = Query.of("WWW.a.example", "TXT")
    answer = Answer(rewrite.failure(query, 2, 22, "ü" * 150))
    assert (answer.rcode, answer.edns, answer.records) == (2, True, [])
    assert answer.flags & 0x8190 == 0x8180
    assert answer.message[12 : answer.question_end] == query.question
    text = answer.ede[6:].decode()  # cut between characters
    assert text == "ü" * 100
    assert answer.end == len(answer.message)
