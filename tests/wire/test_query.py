"""Agreement with other libraries on valid queries, and any octets at all, stand in tests/fuzz/test_wire.py."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.wire import names
from dnsguard.wire.query import FORMERR, MAX_QUERY, NOTIMP, Query

CLIENT = b"\xc0\0\2\7"
HEAD = b"\x12\x34\1\0\0\1\0\0\0\0\0\0"
QUESTION = b"\3WwW\7example\0\0\x10\0\1"
OPT = b"\0\0\x29\x10\0\0\0\x80\0\0\0"


def parse(packet: bytes) -> Query:
    return Query.parse(packet, CLIENT, 1.5, stream=True)


def counted(authority: int = 0, additional: int = 0) -> bytes:
    return HEAD[:9] + bytes([authority, 0, additional])


def test_what_a_query_says() -> None:
    query = parse(HEAD + QUESTION)
    assert (query.name, query.qtype, query.qclass, query.flags) == ("www.example", 16, 1, 0x100)
    assert (query.question, query.end) == (QUESTION, 12 + len(QUESTION))
    assert (query.client, query.client_text, query.qtype_text) == (CLIENT, "192.0.2.7", "TXT")
    assert (query.time, query.stream, query.packet) == (1.5, True, HEAD + QUESTION)
    assert (query.edns, query.udp_size, query.do, query.edns_version) == (False, 512, False, 0)


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ([], ""),
        ([b"a"], "a"),
        ([b"A", b"b"], "a.b"),
        ([b"a.b"], r"a\.b"),
        ([b"a.b", b"c"], r"a\.b.c"),
        ([b"."], r"\."),
        ([b"..", b"."], r"\.\..\."),
        ([b"a b"], r"a\032b"),
        ([b"\xff", b"a"], r"\255.a"),
        ([b"a"] * 127, ".".join("a" * 127)),
    ],
)
def test_names(labels: list[bytes], name: str) -> None:
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    assert parse(HEAD + wire + b"\0\1\0\1").name == name


@pytest.mark.parametrize(
    ("name", "tail", "top"),
    [
        ("", "", ""),
        ("a", "a", "a"),
        ("a.b", "a.b", "b"),
        ("www.Example.COM", "example.com", "com"),
        # cut at its dots, an escaped one as well
        (r"x\.a.example", "a.example", "example"),
        (r"w.x\032y.example", r"x\032y.example", "example"),
        ("a!b.example", "a!b.example", "example"),
    ],
)
def test_its_last_labels(name: str, tail: str, top: str) -> None:
    query = Query.of(name)
    assert (query.tail, query.top) == (tail, top)


def test_its_name_in_lower_case_stands_apart_from_its_type() -> None:
    assert parse(HEAD + QUESTION).folded == b"\3www\7example"
    # type HTTPS is 65, an "A"
    assert parse(HEAD + b"\1A\0\0A\0\1").folded == b"\1a"


LABELS = st.lists(
    st.binary(min_size=1, max_size=63)
    | st.text("aZ0-_.!", min_size=1, max_size=63).map(str.encode)
    | st.sampled_from([b"a" * length for length in (44, 45, 46, 47, 48, 57, 58, 63)]),
    max_size=4,
)


@given(LABELS)
@example([b"www", b"a" * 45, b"b.c"])  # a length that reads as a hyphen beside a dot in a label: as many dots
@example([b"a" * 48, b"!"])
@example([b"a", b"!" * 48])
def test_a_question_s_name_is_read_as_any_other(labels: list[bytes]) -> None:
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    packet = b"\0\1\1\0\0\1\0\0\0\0\0\0" + wire + b"\0\1\0\1"
    if len(wire) > 255:
        with pytest.raises(WireError):
            Query(packet, b"\x7f\0\0\1", 0.0)
    else:
        assert Query(packet, b"\x7f\0\0\1", 0.0).name == names.text(packet, 12)[0]


def test_edns() -> None:
    query = parse(counted(additional=1) + QUESTION + OPT)
    assert (query.edns, query.udp_size, query.do, query.edns_version) == (True, 4096, True, 0)


@pytest.mark.parametrize("size", [0, 1, 511, 512])
def test_less_than_512_is_512(size: int) -> None:
    assert parse(counted(additional=1) + QUESTION + b"\0\0\x29" + size.to_bytes(2) + bytes(6)).udp_size == 512


def test_an_edns_version_of_the_future() -> None:
    assert parse(counted(additional=1) + QUESTION + OPT[:6] + b"\1" + OPT[7:]).edns_version == 1


def test_opt_among_other_records_with_options() -> None:
    other = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4"
    options = b"\0\x0a\0\x08" + b"12345678" + b"\0\x0c\0\x10" + bytes(16)
    opt = OPT[:-2] + len(options).to_bytes(2) + options
    assert parse(counted(additional=3) + QUESTION + other + opt + other + b"trailing").do


def test_the_authority_of_an_ixfr() -> None:
    soa = b"\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0" + bytes(20)
    assert parse(counted(authority=1) + QUESTION + soa).qtype_text == "TXT"
    assert parse(counted(authority=1, additional=1) + QUESTION + soa + OPT).edns


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        HEAD[:11],
        HEAD,
        HEAD + QUESTION[:-1],
        HEAD + b"\3ww",
        HEAD + b"\x40" + QUESTION[1:],
        HEAD + b"\xc0\x0c\0\1\0\1",
        HEAD + b"\1a\xc0\x0c\0\1\0\1",
        HEAD + (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\0\0\1\0\1",
        HEAD[:5] + b"\0" + HEAD[6:] + QUESTION,
        HEAD[:5] + b"\2" + HEAD[6:] + QUESTION * 2,
        HEAD[:7] + b"\1" + HEAD[8:] + QUESTION + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\0",
        counted(additional=1) + QUESTION,
        counted(additional=1) + QUESTION + OPT[:-1],
        counted(additional=1) + QUESTION + OPT[:-1] + b"\1",
        counted(additional=2) + QUESTION + OPT,
        counted(additional=2) + QUESTION + OPT + OPT,
        counted(additional=1) + QUESTION + b"\1a" + OPT,
        counted(additional=1) + QUESTION + b"\xc0\x17" + OPT[1:],
        counted(authority=1) + QUESTION + OPT,
        HEAD[:10] + b"\xff\xff" + QUESTION + OPT,
        HEAD + QUESTION + bytes(MAX_QUERY),
    ],
)
def test_formerr(packet: bytes) -> None:
    with pytest.raises(WireError) as error:
        parse(packet)
    assert error.value.rcode == FORMERR


@pytest.mark.parametrize("flags", [0x8000, 0x0800, 0x2000, 0x2800])
def test_what_is_no_query(flags: int) -> None:
    with pytest.raises(WireError) as error:
        parse(HEAD[:2] + flags.to_bytes(2) + HEAD[4:] + QUESTION)
    assert error.value.rcode == NOTIMP


def test_a_query_made_here() -> None:
    query = Query.of("A.Example.", "type65280", "2001:db8::7", 3.0, edns=True)
    assert (query.name, query.qtype, query.client_text, query.time, query.edns) == (
        "a.example",
        65280,
        "2001:db8::7",
        3.0,
        True,
    )
    assert Query.parse(query.packet, query.client, 0.0).udp_size == 1232
    assert Query.of("", "NS").name == ""
    for wrong in (("a..b", "A"), ("a", "NOTYPE")):
        with pytest.raises(ValueError, match=r"a\.\.b|NOTYPE"):
            Query.of(*wrong)
