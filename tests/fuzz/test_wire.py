"""Quick properties of the views; `python -m tests.fuzz.run` does the same by the million."""

from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from dnslib import DNSRecord
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.wire import names
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.fuzz.harness import Driver, check_answer, check_query, snapshot
from tests.fuzz.messages import INTERESTING, Mutator, queries, responses
from tests.simulated import packet as asked_for
from tests.simulated import response

SEEDS = (*queries(), *responses())
quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

label = st.binary(min_size=1, max_size=63)
labels = st.lists(label, max_size=8).filter(lambda parts: sum(map(len, parts)) + len(parts) < 255)
plain = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20), min_size=1, max_size=5)


def wire(parts: list[bytes]) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


@quick
@given(st.binary(max_size=600))
@example(b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1")
@example(b"\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1\xc0\x11")
def test_any_octets(packet: bytes) -> None:
    check_query(packet)
    check_answer(packet)


@quick
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), max_size=6))
def test_good_messages_with_octets_replaced(packet: bytes, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(packet)
    for at, octets in changes:
        data[at % len(data) : at % len(data) + len(octets)] = octets
    check_query(bytes(data))
    check_answer(bytes(data))


@pytest.mark.parametrize("packet", SEEDS)
def test_good_messages_cut_at_every_octet(packet: bytes) -> None:
    for end in range(len(packet)):
        check_query(packet[:end])
        check_answer(packet[:end])


def test_mutants_through_the_whole_pipeline(tmp_path: Path) -> None:
    mutator = Mutator(SEEDS, 1)
    driver = Driver(snapshot(tmp_path))
    for _ in range(3000):
        packet = mutator()
        check_query(packet)
        check_answer(packet)
        driver.feed(packet, mutator)


class Upstream:
    """Says one thing."""

    def __init__(self, message: bytes) -> None:
        self.message = message

    def body(self, _question: bytes) -> bytes:
        return self.message


@pytest.mark.parametrize(
    ("qtype", "records"),
    [
        ("A", ["www.example.com 60 CNAME evil.example."]),
        ("A", ["www.example.com 60 CNAME a.example.net.", "a.example.net 60 A 192.0.2.1"]),
        ("MX", ["www.example.com 60 MX 10 mx.example.net."]),
        ("SRV", ["www.example.com 60 SRV 0 5 5060 sip.example.net."]),
        ("NS", ["www.example.com 60 NS ns.example.net."]),
        ("TXT", ['www.example.com 60 TXT "v=spf1 -all"']),
    ],
)
def test_an_answer_that_was_taken_can_be_judged_again(qtype: str, records: list[str], tmp_path: Path) -> None:
    """It is kept without its OPT record, so nothing in it may reach into that."""
    question = asked_for("www.example.com", qtype)
    good = response(question, *records)
    driver = Driver(snapshot(tmp_path))
    for at in range(6, len(good)):
        if not 12 <= at < len(question):  # an upstream's answer has our question
            for octet in {*INTERESTING, (good[at] + 1) & 255, (good[at] - 1) & 255}:
                driver.forget()
                driver.feed(question, Upstream(good[:at] + bytes([octet]) + good[at + 1 :]))


@quick
@given(labels)
@example([b"a.b", b"\\", b"\0\xff", b"A"])
def test_names_go_to_text_and_back(parts: list[bytes]) -> None:
    text, end = names.text(wire(parts), 0)
    assert end == len(wire(parts))
    assert text.isascii()
    assert names.encode(text) == wire(parts).lower()
    if parts:
        # another library reads the same labels out of our text
        assert dns.name.from_text(text + ".").labels[:-1] == tuple(part.lower() for part in parts)


@quick
@given(labels, st.integers(0, 65535), st.booleans(), st.booleans(), st.integers(0, 65535), st.integers(0, 0xFFFF))
def test_queries_agree_with_dnspython(
    parts: list[bytes], qtype: int, edns: bool, do: bool, size: int, number: int
) -> None:
    message = dns.message.Message(id=number)
    message.flags = int(dns.flags.RD)
    name = dns.name.Name([*parts, b""])
    message.question.append(dns.rrset.RRset(name, 1, qtype))
    if edns:
        options = [dns.edns.GenericOption(10, b"12345678")]
        message.use_edns(0, int(dns.flags.DO) if do else 0, size, options=options)
    query = Query.parse(message.to_wire(), b"\x7f\0\0\1", 1.0)
    assert names.encode(query.name) == name.to_wire().lower()  # type: ignore[union-attr]
    assert (query.qtype, query.qclass, query.edns, query.do) == (qtype, 1, edns, edns and do)
    assert query.udp_size == (max(size, 512) if edns else 512)


@quick
@given(
    plain,
    st.lists(plain, max_size=4),
    st.lists(st.ip_addresses(), max_size=5),
    st.integers(0, 4095),
    st.integers(0, 0x7FFFFFFF),
)
def test_answers_agree_with_dnspython(
    asked: list[str], chain: list[list[str]], addresses: list[object], rcode: int, ttl: int
) -> None:
    owner = ".".join(asked) + "."
    message = dns.message.make_response(dns.message.make_query(owner, "A", use_edns=0))
    message.set_rcode(dns.rcode.Rcode(rcode))
    for target in map(".".join, chain):
        message.answer.append(dns.rrset.from_text(owner, ttl, "IN", "CNAME", target + "."))
        owner = target + "."
    for address in addresses:
        kind = "A" if address.version == 4 else "AAAA"  # type: ignore[attr-defined]
        message.answer.append(dns.rrset.from_text(owner, ttl, "IN", kind, str(address)))
    answer = Answer(message.to_wire())
    assert answer.cnames == tuple(map(".".join, chain))
    assert sorted(answer.addresses) == sorted(address.packed for address in addresses)  # type: ignore[attr-defined]
    assert (answer.rcode, answer.edns) == (rcode, True)
    assert len(answer.records) == len(chain) + len(addresses)
    assert all(record.ttl == ttl for record in answer.records)


@pytest.mark.parametrize("packet", SEEDS)
def test_good_messages_agree_with_dnslib(packet: bytes) -> None:
    other = DNSRecord.parse(packet)
    if not other.header.qr:
        try:
            query = Query.parse(packet, b"\x7f\0\0\1", 1.0)
        except WireError:
            pytest.fail("a good query was refused")
        assert (query.name, query.qtype) == (str(other.q.qname).rstrip(".").lower(), other.q.qtype)
    answer = Answer(packet)
    assert len(answer.records) == len(other.rr) + len(other.auth) + len([rr for rr in other.ar if rr.rtype != 41])
    assert answer.end == len(packet)
