"""dnslib and dnspython both read what is made here, and RFC 1035, 2308, 6891, 8482 and 8914 say what it must hold."""

import struct
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.policy.config import BlockConfig
from dnsguard.wire import build, ede
from dnsguard.wire.query import Query

LABELS = st.lists(st.binary(min_size=1, max_size=63), max_size=8).filter(lambda part: sum(map(len, part)) < 230)
OPTS = st.none() | st.tuples(st.integers(0, 65535), st.integers(0, 255), st.booleans(), st.binary(max_size=8))
TEXT = st.text(max_size=400)
RCODES = st.integers(0, 23)


def wire(
    labels: list[bytes],
    *,
    qtype: int = 1,
    qclass: int = 1,
    flags: int = 0x0100,
    opt: tuple[int, int, bool, bytes] | None = None,
    ident: int = 0xBEEF,
) -> bytes:
    """A query as a client packs it; `opt` is (size, version, DO, data of one unknown option)."""
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    packet = struct.pack("!6H", ident, flags, 1, 0, 0, int(opt is not None)) + name + struct.pack("!HH", qtype, qclass)
    if opt is not None:
        size, version, do, data = opt
        extended = version << 16 | (0x8000 if do else 0)
        packet += b"\0" + struct.pack("!HHIHHH", 41, size, extended, 4 + len(data), 65001, len(data)) + data
    return packet


def ask(packet: bytes, *, stream: bool = False) -> Query:
    return Query.parse(packet, b"\xc0\0\2\7", 0.0, stream)


@dataclass
class Limits:
    """What a client takes, worked out apart from the code under test."""

    size: int

    @classmethod
    def of(cls, opt: tuple[int, int, bool, bytes] | None, *, stream: bool) -> "Limits":
        if stream:
            return cls(65535)
        return cls(512 if opt is None else min(max(opt[0], 512), 1232))


def both(message: bytes) -> dns.message.Message:
    """dnspython's reading, which must agree with dnslib's wherever dnslib can read the name at all."""
    read = dns.message.from_wire(message)
    try:
        other = dnslib.DNSRecord.parse(message)
    except dnslib.DNSError as error:
        assert "Invalid label" in str(error)  # noqa: PT017 - dnslib reads UTF-8 names only
        return read
    assert (other.header.id, other.header.rcode) == (read.id, read.rcode() & 15)
    assert [len(other.questions), len(other.rr), len(other.auth)] == [
        len(read.question),
        sum(len(rrset) for rrset in read.answer),
        sum(len(rrset) for rrset in read.authority),
    ]
    return read


def kept(packet: bytes, message: bytes) -> None:
    """What every answer keeps of its query."""
    asked = struct.unpack_from("!H", packet, 2)[0]
    flags = struct.unpack_from("!H", message, 2)[0]
    assert message[:2] == packet[:2]
    assert flags & 0x7910 == asked & 0x7910  # opcode, RD, CD
    assert flags & 0x80A0 == 0x8080  # QR and RA, never AD


def ede_of(message: dns.message.Message) -> list[tuple[int, str]]:
    return [
        (int(option.code), option.text or "") for option in message.options if isinstance(option, dns.edns.EDEOption)
    ]


@pytest.mark.parametrize("answer", ["nxdomain", "nodata", "refused", "sinkhole"])
@given(
    labels=LABELS,
    qtype=st.integers(1, 65535),
    qclass=st.sampled_from([1, 3, 255]),
    flags=st.sampled_from([0, 0x0100, 0x0110, 0x0130, 0x0120]),
    opt=OPTS,
    text=TEXT,
    stream=st.booleans(),
)
def test_a_blocked_answer_reads_back(answer, labels, qtype, qclass, flags, opt, text, stream) -> None:
    packet = wire(labels, qtype=qtype, qclass=qclass, flags=flags, opt=opt)
    message = build.blocked(ask(packet, stream=stream), BlockConfig(answer=answer), ede=ede.BLOCKED, text=text)
    read = both(message)
    kept(packet, message)
    question = packet[12 : 12 + len(b"".join(labels)) + len(labels) + 5]
    assert message[12 : 12 + len(question)] == question
    assert len(message) <= Limits.of(opt, stream=stream).size
    assert (read.edns >= 0) == (opt is not None)
    assert bool(read.ednsflags & dns.flags.DO) == (opt is not None and opt[2])
    if opt is None:
        assert not read.options
    else:
        [(code, said)] = ede_of(read)
        assert code == 15
        assert len(said.encode()) <= build.MAX_TEXT
        assert text.encode("utf-8", "replace").startswith(said.encode())


@given(packet=st.binary(min_size=12, max_size=600), rcode=RCODES, text=TEXT)
def test_any_bytes_get_an_error_that_reads_back(packet, rcode, text) -> None:
    message = build.error(packet, rcode, ede=ede.INVALID_DATA, text=text)
    kept(packet, message)
    header = struct.unpack_from("!6H", message)
    assert header[3:5] == (0, 0)
    assert len(message) <= 1232
    if header[1] >> 11 & 15 == 0:  # dnspython reads other opcodes by their own rules
        both(message)


@given(labels=LABELS, opt=OPTS, rcode=RCODES, cut=st.integers(0, 300), text=TEXT)
def test_a_cut_query_gets_back_what_of_it_was_whole(labels, opt, rcode, cut, text) -> None:
    packet = wire(labels, opt=opt)
    end = 12 + len(b"".join(labels)) + len(labels) + 5
    part = packet[: max(12, len(packet) - cut)]
    message = build.error(part, rcode, ede=ede.OTHER, text=text)
    whole = len(part) == len(packet)
    has_opt = opt is not None and whole
    assert message[4:6] == (b"\0\1" if len(part) >= end else b"\0\0")
    assert message[10:12] == (b"\0\1" if has_opt else b"\0\0")
    read = both(message)
    if has_opt or rcode < 16:
        assert int(read.rcode()) == rcode
    else:
        assert read.rcode() == dns.rcode.SERVFAIL


def test_badvers_is_an_extended_rcode_of_version_0() -> None:
    packet = wire([b"a", b"example"], opt=(4096, 1, True, b""))
    read = both(build.error(packet, build.BADVERS))
    assert read.rcode() == dns.rcode.BADVERS
    assert read.edns == 0
    assert read.ednsflags & dns.flags.DO
    assert read.payload == build.UDP_PAYLOAD


def test_notimp_keeps_the_opcode() -> None:
    message = build.error(wire([b"a", b"example"], flags=0x2800), 4)
    assert message[2] >> 3 & 15 == 5
    assert message[3] & 15 == 4
    assert message[12:] == b"\1a\7example\0\0\1\0\1"


def test_a_compressed_question_is_not_sent_back() -> None:
    packet = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1"
    assert build.error(packet, 1) == b"\0\1\x80\x81" + b"\0" * 8


def test_two_opts_are_no_readable_opt() -> None:
    packet = wire([b"a"], opt=(4096, 0, True, b""))
    twice = packet[:11] + b"\2" + packet[12:] + packet[12 + 7 :]
    assert dns.message.from_wire(build.error(packet, 1)).edns == 0
    assert dns.message.from_wire(build.error(twice, 1)).edns == -1


def test_no_header_is_no_message() -> None:
    with pytest.raises(WireError):
        build.error(b"\0" * 11, 1)


@pytest.mark.parametrize(("answer", "rcode"), [("nxdomain", dns.rcode.NXDOMAIN), ("nodata", dns.rcode.NOERROR)])
def test_a_negative_answer_may_be_kept_for_the_configured_time(answer, rcode) -> None:
    read = both(build.blocked(Query.of("bad.example"), BlockConfig(answer=answer, ttl=25.0), ede=None))
    assert read.rcode() == rcode
    [soa] = read.authority
    assert str(soa.name) == "bad.example."
    assert (soa.ttl, soa[0].minimum) == (25, 25)  # RFC 2308 section 5: the smaller of both counts


def test_refused_says_nothing_else() -> None:
    read = both(build.blocked(Query.of("bad.example"), BlockConfig(answer="refused")))
    assert read.rcode() == dns.rcode.REFUSED
    assert not read.answer
    assert not read.authority


@pytest.mark.parametrize(
    ("qtype", "answers"), [("A", ["192.0.2.1"]), ("AAAA", ["2001:db8::1"]), ("HTTPS", []), ("TXT", []), ("ANY", [])]
)
def test_a_sinkhole_answers_addresses_only(qtype, answers) -> None:
    block = BlockConfig(answer="sinkhole", sinkhole_ipv4="192.0.2.1", sinkhole_ipv6="2001:db8::1")
    read = both(build.blocked(Query.of("bad.example", qtype), block))
    assert read.rcode() == dns.rcode.NOERROR
    assert [record.to_text() for rrset in read.answer for record in rrset] == answers
    assert bool(read.authority) == (not answers)


def test_a_sinkhole_address_is_of_the_internet_class_only() -> None:
    query = ask(wire([b"bad", b"example"], qclass=3))
    read = both(build.blocked(query, BlockConfig(answer="sinkhole")))
    assert not read.answer
    assert read.authority


def test_without_edns_no_reason_is_given() -> None:
    read = both(build.blocked(Query.of("bad.example"), BlockConfig(), ede=ede.BLOCKED, text="list x"))
    assert read.edns == -1


def test_the_reason_stands_in_the_extended_error() -> None:
    query = Query.of("bad.example", edns=True)
    read = both(build.blocked(query, BlockConfig(), ede=ede.FILTERED, text="list x, alert 1"))
    assert ede_of(read) == [(17, "list x, alert 1")]


def test_the_text_goes_before_the_answer_does() -> None:
    query = ask(wire([b"t", b"example"], qtype=16, opt=(512, 0, False, b"")))
    fits = [dnslib.RR("t.example", 16, 1, 60, dnslib.TXT("x" * 255))]
    read = both(build.reply(query, fits, ede=ede.STALE_ANSWER, text="y" * 255))
    assert ede_of(read) == [(3, "")]
    assert len(read.answer) == 1
    assert not read.flags & dns.flags.TC


@given(count=st.integers(0, 12), size=st.integers(0, 255), opt=OPTS, stream=st.booleans())
def test_what_does_not_fit_is_truncated_to_the_question(count, size, opt, stream) -> None:
    packet = wire([b"T", b"example"], qtype=16, opt=opt)
    records = [dnslib.RR("t.example", 16, 1, 60, dnslib.TXT(f"{i}".rjust(size, "x")[:255])) for i in range(count)]
    message = build.reply(ask(packet, stream=stream), records, aa=True)
    read = both(message)
    assert len(message) <= Limits.of(opt, stream=stream).size
    if read.flags & dns.flags.TC:
        assert not stream
        assert not read.answer
        assert read.question
    else:
        assert struct.unpack_from("!H", message, 6) == (count,)
        assert read.flags & dns.flags.AA


def test_owners_take_the_case_of_the_question() -> None:
    query = ask(wire([b"wWw", b"ExAmple"]))
    records = [
        dnslib.RR("www.example", 5, 1, 60, dnslib.CNAME("Host.example")),
        dnslib.RR("host.example", 1, 1, 60, dnslib.A("192.0.2.1")),
    ]
    read = both(build.reply(query, records))
    assert [rrset.to_text() for rrset in read.answer] == [
        "wWw.ExAmple. 60 IN CNAME Host.example.",
        "host.example. 60 IN A 192.0.2.1",
    ]


def test_names_beyond_the_reach_of_a_pointer_are_written_out() -> None:
    query = ask(wire([b"t", b"example"], qtype=16), stream=True)
    records = [dnslib.RR(f"n{i}.a{i // 2}.test", 16, 1, 60, dnslib.TXT("x" * 200)) for i in range(120)]
    read = both(build.reply(query, records))
    assert [str(rrset.name) for rrset in read.answer] == [f"n{i}.a{i // 2}.test." for i in range(120)]


@pytest.mark.parametrize("name", ["", "any.example"])
def test_any_is_answered_with_hinfo(name) -> None:
    read = both(build.minimal_any(Query.of(name, "ANY")))
    assert [rrset[0].to_text() for rrset in read.answer] == ['"RFC8482" ""']
    assert read.answer[0].rdtype == dns.rdatatype.HINFO


@pytest.mark.parametrize(("last", "kept_back"), [(61, True), (62, False)])
def test_a_question_comes_back_up_to_255_octets(last, kept_back) -> None:
    labels = [b"x" * 63, b"x" * 63, b"x" * 63, b"x" * last]
    message = build.error(wire(labels), build.REFUSED)
    assert message[4:6] == (b"\0\1" if kept_back else b"\0\0")
    assert both(message).rcode() == dns.rcode.REFUSED
