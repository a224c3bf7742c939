"""Agreement with other libraries on valid answers, and any octets at all, stand in tests/fuzz/test_wire.py.

How long answers are kept is shown in tests/test_pipeline_cache.py.
"""

import pytest

from dnsguard.errors import WireError
from dnsguard.wire.answer import MAX_CHAIN, Answer, belongs
from dnsguard.wire.kinds import ALIAS, BELOW, BESIDE, DATA, DENIAL, HAS_A, HAS_AAAA, MAYBE_PRIVATE, SERVER, UNUSUAL
from tests.simulated import packet, response

WWW = "www.a.example"
ASKED = packet(WWW)
END = len(ASKED)
HEAD = b"\0\0\x81\x80\0\1"
OPT = b"\0\0\x29\4\xd0\0\0\0\0\0\0"


def answer(*records: str, **more: object) -> Answer:
    return Answer(response(ASKED, *records, **more))  # type: ignore[arg-type]


def raw(*records: bytes, authority: int = 0, additional: int = 0) -> bytes:
    counts = (len(records) - authority - additional, authority, additional)
    return HEAD + b"".join(count.to_bytes(2) for count in counts) + ASKED[12:] + b"".join(records)


def record(owner: bytes, rtype: int, rdata: bytes = b"\1\2\3\4", ttl: int = 60) -> bytes:
    return owner + rtype.to_bytes(2) + b"\0\1" + ttl.to_bytes(4) + len(rdata).to_bytes(2) + rdata


def test_what_an_answer_says() -> None:
    read = answer(
        f"{WWW} 50 CNAME B.example.",
        "b.example 40 A 192.0.2.1",
        "b.example 70 AAAA 2001:db8::1",
        authority=["a.example 30 NS ns.a.example."],
        additional=["ns.a.example 20 A 192.0.2.53"],
        flags="QR RD RA TC",
    )
    assert (read.rcode, read.flags, read.truncated, read.edns) == (0, 0x8380, True, True)
    assert (read.cnames, read.chain) == (("b.example",), (WWW, "b.example"))
    assert read.addresses == (b"\xc0\0\2\1", b"\x20\1\x0d\xb8" + bytes(11) + b"\1")
    assert (read.least, [ttl for _, ttl in read.ttls]) == (20, [50, 40, 70, 30, 20])
    for (offset, ttl), one in zip(read.ttls, read.records, strict=True):
        assert int.from_bytes(read.message[offset : offset + 4]) == ttl == one.ttl
        assert offset == one.ttl_offset
    assert [one.section for one in read.records] == [0, 0, 0, 1, 2]
    assert read.question_end == END
    assert read.message[read.opt_start :] == OPT
    assert not read.foreign()


SOA = "a.example 60 SOA ns.a.example. host.a.example. 1 2 3 4 5"


@pytest.mark.parametrize(
    ("records", "authority", "expected"),
    [
        ([], [], 0),
        ([f"{WWW} 60 A 198.51.100.1", f"{WWW} 604800 A 198.51.100.2"], [], HAS_A),
        ([f"{WWW} 604801 A 198.51.100.1"], [], HAS_A | UNUSUAL),
        ([f"{WWW} 60 AAAA 2001:db8::1"], ["a.example 60 NS ns.a.example."], HAS_AAAA | SERVER),
        ([f"{WWW} 60 CNAME b.example.", "b.example 60 A 198.51.100.1"], [], ALIAS | HAS_A),
        ([f"{WWW} 60 A 192.168.0.1"], [], HAS_A | MAYBE_PRIVATE),
        ([f"{WWW} 60 AAAA fd00::1"], [], HAS_AAAA | MAYBE_PRIVATE),
        ([f"{WWW} 60 TXT hello"], ["a.example 60 TXT hello"], DATA | BELOW),
        ([f"{WWW} 60 DNAME b.example."], [], BESIDE),
        (["a.example 60 NS ns.a.example.", SOA], [], DATA | SERVER),
        ([], [SOA], DENIAL),
    ],
)
def test_what_kinds_of_records_it_has(records: list[str], authority: list[str], expected: int) -> None:
    assert answer(*records, authority=authority).kinds == expected


def test_what_is_unusual_or_no_address() -> None:
    short = record(b"\xc0\x0c", 1, b"\1\2\3")
    chaos = b"\xc0\x0c\0\1\0\3\0\0\0\x3c\0\4\1\2\3\4"
    assert Answer(raw(short)).kinds == DATA
    assert Answer(raw(chaos)).kinds == HAS_A | UNUSUAL
    assert Answer(raw(record(b"\xc0\x0c", 1, ttl=1 << 31))).kinds == HAS_A | UNUSUAL
    assert Answer(raw(record(b"\xc0\x0c", 6, b""), additional=1)).kinds == SERVER


def test_extended_errors_and_rcodes() -> None:
    read = answer(rcode=23, ede=22)
    assert (read.rcode, read.ede) == (23, b"\0\x0f\0\x0a\0\x16upstream")


def test_only_extended_errors_of_all_options_stay() -> None:
    options = b"\0\x0a\0\x02ab" + b"\0\x0f\0\x02\0\4" + b"\0\x0c\0\1\0" + b"\0\x0f\0\3\0\5x" + b"\0\0"
    opt = OPT[:-2] + len(options).to_bytes(2) + options
    assert Answer(raw(opt, additional=1)).ede == b"\0\x0f\0\x02\0\4" + b"\0\x0f\0\3\0\5x"


@pytest.mark.parametrize("owner", [b"\xc0\x0c", ASKED[12:-4]])
@pytest.mark.parametrize("rdata", [b"\1b\7example", b"\1b", b"", b"\1b\0\0", b"\xc0\x0c\0", b"\xc0"])
def test_an_alias_is_its_data_to_the_last_octet_and_no_more(owner: bytes, rdata: bytes) -> None:
    """Else what follows is part of the name, such as the OPT record, which no cache keeps."""
    read = Answer(raw(record(owner, 5, rdata), OPT, additional=1))
    with pytest.raises(WireError):
        _ = read.cnames


def test_a_ttl_with_its_top_bit_set_is_zero() -> None:
    read = Answer(raw(record(b"\xc0\x0c", 1, ttl=0x80000001)))
    assert (read.least, read.ttls[0][1], read.records[0].ttl) == (0, 0, 0)


def test_addresses_of_a_wrong_length_are_none() -> None:
    assert Answer(raw(record(b"\xc0\x0c", 1, b"\1\2\3"), record(b"\xc0\x0c", 28))).addresses == ()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        HEAD + bytes(5),
        raw(record(b"\xc0\x0c", 1))[:-1],
        raw(record(b"\xc0\x0c", 1))[:-5],
        raw(record(b"\xc0\x0c", 1))[:END],
        raw(b"\xc0"),
        raw(b"\3ab"),
        raw(b"\x40" + record(b"", 1)),
        raw(record(b"\xc0\x0c", 1, bytes(40))[:-20], record(b"\xc0\x0c", 1)),
        raw(OPT),
        raw(OPT, authority=1),
        raw(OPT, OPT, additional=2),
        raw(b"\1a" + OPT, additional=1),
        raw(OPT[:-1] + b"\1", additional=1),
        raw(OPT[:-1] + b"\4\0\x0f\0\1", additional=1),
    ],
)
def test_what_cannot_be_walked(message: bytes) -> None:
    with pytest.raises(WireError):
        Answer(message)
    with pytest.raises(WireError):
        Answer(message, END)


@pytest.mark.parametrize("count", [0, 2, 256, 257])
def test_a_question_that_was_compared_must_be_the_only_one(count: int) -> None:
    message = raw(record(b"\xc0\x0c", 1))
    Answer(message, END)
    with pytest.raises(WireError):
        Answer(message[:4] + count.to_bytes(2) + message[6:], END)


# what the question leads to


@pytest.mark.parametrize(
    ("records", "foreign"),
    [
        ([f"{WWW} 60 A 192.0.2.1"], False),
        (["WWW.A.EXAMPLE 60 A 192.0.2.1"], False),
        (["a.example 60 A 192.0.2.1"], True),
        (["x.www.a.example 60 A 192.0.2.1"], True),
        ([f"{WWW} 60 CNAME b.example.", "b.example 60 CNAME c.example.", "c.example 60 A 192.0.2.1"], False),
        (["c.example 60 A 192.0.2.1", "b.example 60 CNAME c.example.", f"{WWW} 60 CNAME b.example."], False),
        ([f"{WWW} 60 CNAME b.example.", "c.example 60 A 192.0.2.1"], True),
        ([f"{WWW} 60 CNAME b.example.", "x.example 60 CNAME c.example.", "c.example 60 A 192.0.2.1"], True),
        ([f"{WWW} 60 CNAME b.example.", f"b.example 60 CNAME {WWW}."], False),
        ([f"{WWW} 60 CNAME {WWW}."], False),
        (["a.example 60 DNAME b.example.", f"{WWW} 60 CNAME www.b.example.", "www.b.example 60 A 192.0.2.1"], False),
        (["b.example 60 DNAME c.example.", f"{WWW} 60 A 192.0.2.1"], True),
        (["ww.a.example 60 DNAME c.example.", f"{WWW} 60 A 192.0.2.1"], True),
    ],
)
def test_foreign(records: list[str], foreign: bool) -> None:
    assert answer(*records).foreign() is foreign


def test_an_alias_of_the_second_kind_does_not_count() -> None:
    # two CNAMEs at one name are no valid data (RFC 1034 section 3.6.2): the first one holds
    assert answer(f"{WWW} 60 CNAME b.example.", f"{WWW} 60 CNAME c.example.").chain == (WWW, "b.example")


def test_other_sections_lead_nowhere() -> None:
    read = answer(f"{WWW} 60 A 192.0.2.1", authority=[f"{WWW} 60 CNAME b.example."])
    assert (read.chain, read.cnames, read.foreign()) == ((WWW,), (), False)
    read = answer("b.example 60 A 192.0.2.1", additional=[f"{WWW} 60 CNAME b.example."])
    assert read.foreign()


@pytest.mark.parametrize(
    ("owner", "foreign"),
    [
        (b"\xc0\x0c", False),
        (b"\3www\1a\7example\0", False),
        (b"\3WWW\xc0\x10", False),
        (b"\xc0\x10", True),
        (b"\1x\xc0\x0c", True),
        (b"\xc0\x0d", True),  # into the middle of a label: "www" reads as a length
        (b"\0", True),
    ],
)
def test_owners_by_pointer(owner: bytes, foreign: bool) -> None:
    message = raw(record(owner, 1))
    try:
        assert Answer(message).foreign() is foreign
    except WireError:
        assert foreign


def test_a_pointer_into_the_data_of_a_record() -> None:
    # the second owner is spelt out by the first one's data, and says the question's name
    text = record(b"\xc0\x0c", 16, b"\3www\1a\7example\0")
    inside = (0xC000 | END + len(text) - 15).to_bytes(2)
    assert not Answer(raw(text, record(inside, 1))).foreign()
    assert Answer(raw(text, record((0xC000 | END + len(text) - 11).to_bytes(2), 1))).foreign()


def test_a_cname_that_is_no_name_shows() -> None:
    read = Answer(raw(record(b"\xc0\x0c", 5, b"\xc0\xff")))
    with pytest.raises(WireError):
        _ = read.cnames


def test_long_chains_are_cut() -> None:
    count = 2000
    names = [b"\4%04x\0" % i for i in range(count + 1)]
    records = [record(b"\xc0\x0c", 5, names[0])]
    records += [record(names[i], 5, names[i + 1]) for i in range(count)]
    read = Answer(raw(*records))
    assert len(read.chain) == MAX_CHAIN
    assert read.foreign()


def test_belongs() -> None:
    chain = ("www.a.example", "b.example")
    assert belongs("b.example", 1, chain)
    assert not belongs("a.example", 1, chain)
    for above in ("a.example", "example", ""):
        assert belongs(above, 39, chain)
        assert belongs(above, 46, chain)
    assert not belongs("ww.a.example", 39, chain)
