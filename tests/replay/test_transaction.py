import pytest
from dnslib import DNSRecord

from dnsguard.replay.transaction import Row, messages, unescape
from dnsguard.wire.answer import Answer


def row(**values: object) -> Row:
    known: dict[str, object] = {"ts": 1.0, "client": "192.0.2.7", "client_port": 9, "server": "192.0.2.53"}
    return Row(**{**known, "server_port": 53, "trans_id": 77, "query": "a.example", "qclass": 1, "qtype": 1, **values})  # type: ignore[arg-type]


def answers(qtype: int, *texts: str) -> list[tuple[str, int, str]]:
    _, response = messages(row(qtype=qtype, rcode=0, answers=list(texts), TTLs=[60.0] * len(texts)))
    assert response is not None
    return [(str(rr.rname), rr.rtype, str(rr.rdata)) for rr in DNSRecord.parse(response).rr]


def test_question_and_flags() -> None:
    query, response = messages(row(RD=True, Z=2, RA=True, AA=True, TC=True, rcode=3))
    asked = DNSRecord.parse(query)
    assert (asked.header.id, str(asked.q.qname), asked.q.qtype, asked.header.bitmap) == (77, "a.example.", 1, 0x0120)
    assert response is not None
    assert DNSRecord.parse(response).header.bitmap == 0x8000 | 0x0400 | 0x0200 | 0x0120 | 0x0080 | 3


def test_without_rcode_there_was_no_response() -> None:
    assert messages(row())[1] is None


def test_a_chain_of_cnames_ends_at_its_addresses() -> None:
    assert answers(1, "b.example", "c.example.", "203.0.113.9", "203.0.113.10") == [
        ("a.example.", 5, "b.example."),
        ("b.example.", 5, "c.example."),
        ("c.example.", 1, "203.0.113.9"),
        ("c.example.", 1, "203.0.113.10"),
    ]
    assert answers(28, "2001:db8::1") == [("a.example.", 28, "2001:db8::1")]


@pytest.mark.parametrize(
    ("qtype", "shown"),
    [
        (2, "b.example."),
        (12, "b.example."),
        (15, "0 b.example."),
        (33, "0 0 0 b.example."),
        (6, "b.example. . 0 0 0 0 0"),
    ],
)
def test_a_name_is_of_the_asked_type_if_that_type_holds_a_name(qtype: int, shown: str) -> None:
    assert answers(qtype, "b.example") == [("a.example.", qtype, shown)]


def test_strings_by_their_lengths() -> None:
    assert answers(16, "TXT 5 hello", "TXT 7 TXT 2 x TXT 3 a b", r"TXT 2 \x00\\") == [
        ("a.example.", 16, '"hello"'),
        ("a.example.", 16, '"TXT 2 x","a b"'),
        ("a.example.", 16, r'"\000\"'),
    ]
    assert answers(99, "SPF 6 v=spf1")[0][1] == 99


def test_what_zeek_did_not_keep_is_empty() -> None:
    texts = ["<unknown type=10>", "RRSIG 8 example", "DS 8 2"]
    _, response = messages(row(qtype=10, rcode=0, answers=texts))
    assert response is not None
    assert [(record.rtype, record.rdlength) for record in Answer(response).records] == [(10, 0), (46, 0), (43, 0)]


def test_an_answer_that_fits_no_record_is_left_out() -> None:
    assert answers(1, "x" * 64, "a..b", "NOSUCH 1 2", "203.0.113.9") == [("a.example.", 1, "203.0.113.9")]


@pytest.mark.parametrize("ttl", [-1.0, 1e12])
def test_times_to_live_stay_in_their_bounds(ttl: float) -> None:
    _, response = messages(row(rcode=0, answers=["203.0.113.9"], TTLs=[ttl]))
    assert response is not None
    assert DNSRecord.parse(response).rr[0].ttl in {0, 0x7FFFFFFF}


@pytest.mark.parametrize("query", ["", ".", "(empty)"])
def test_the_root(query: str) -> None:
    assert DNSRecord.parse(messages(row(query=query, qtype=2))[0]).q.qname == "."


@pytest.mark.parametrize(
    "values",
    [{"query": None}, {"qtype": None}, {"query": "x" * 64}, {"query": "a..b"}, {"query": ".".join(["abc"] * 70)}],
)
def test_a_line_without_a_question_says_so(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no (question|domain name)"):
        messages(row(**values))


def test_octets_that_do_not_print() -> None:
    assert unescape(r"a\x00\xfFb\\x41") == b"a\x00\xffb\\x41"
    query, _ = messages(row(query=r"\xe9\x00.example"))
    assert query[12:].startswith(b"\2\xe9\0\7example\0")
