import gzip
import io
import json

import pytest
from dnslib import DNSRecord

from dnsguard.replay import zeek
from dnsguard.replay.recorded import DamagedError, Recorded, Skipped
from dnsguard.replay.source import Source
from dnsguard.replay.zeek import Log

FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name rcode "
    "rcode_name AA TC RD RA Z answers TTLs rejected"
).split()
HEAD = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#open\t2024-01-01-00-00-00\n#fields\t" + "\t".join(FIELDS) + "\n#types\ttime\n"
)


def line(
    ts: float, name: str, *, rtt: str = "0.020", answers: str = "203.0.113.9", ttls: str = "60.000000", **other: str
) -> str:
    values = {
        "ts": f"{ts:.6f}", "uid": "C1", "id.orig_h": "192.0.2.7", "id.orig_p": "4000", "id.resp_h": "192.0.2.53",
        "id.resp_p": "53", "proto": "udp", "trans_id": "7", "rtt": rtt, "query": name, "qclass": "1",
        "qclass_name": "C_INTERNET", "qtype": "1", "qtype_name": "A", "rcode": "0", "rcode_name": "NOERROR", "AA": "F",
        "TC": "F", "RD": "T", "RA": "T", "Z": "0", "answers": answers, "TTLs": ttls, "rejected": "F",
    }  # fmt: skip
    values.update({key.replace("__", "."): value for key, value in other.items()})
    return "\t".join(values[field] for field in FIELDS) + "\n"


def read(text: str | bytes, skipped: Skipped | None = None) -> list[Recorded]:
    data = text.encode() if isinstance(text, str) else text
    return list(Log(Source(io.BytesIO(data), "dns.log"), Skipped() if skipped is None else skipped, frozenset({53})))


def names(messages: list[Recorded]) -> list[tuple[str, bool]]:
    return [(str(DNSRecord.parse(m.payload).q.qname), m.response) for m in messages]


def test_a_transaction_is_a_query_and_a_response_at_their_times() -> None:
    query, response = read(HEAD + line(1700000000.5, "a.example"))
    assert (query.time, query.response, response.response) == (1700000000.5, False, True)
    assert response.time == pytest.approx(1700000000.52)
    assert (query.client, query.server, query.port, query.stream) == (
        bytes([192, 0, 2, 7]),
        bytes([192, 0, 2, 53]),
        4000,
        False,
    )
    assert (response.client, response.port) == (query.client, 4000)
    answer = DNSRecord.parse(response.payload)
    assert (answer.header.id, answer.header.ra, str(answer.rr[0].rdata), answer.rr[0].ttl) == (7, 1, "203.0.113.9", 60)


def test_unset_and_empty_columns() -> None:
    text = HEAD + line(1.0, "a.example", rtt="-", answers="-", ttls="-", rcode="-")
    assert names(read(text)) == [("a.example.", False)]
    assert len(DNSRecord.parse(read(HEAD + line(1.0, "a.example", answers="(empty)"))[1].payload).rr) == 0


def test_lists_and_escapes() -> None:
    answer = DNSRecord.parse(
        read(HEAD + line(1.0, "a.example", answers="b.example,203.0.113.9", ttls="5.0,6.0"))[1].payload
    )
    assert [(rr.rtype, rr.ttl) for rr in answer.rr] == [(5, 5), (1, 6)]
    text = HEAD + line(1.0, "a.example", qtype="16", answers=r"TXT 3 a\x2cb", ttls="1.0")
    assert DNSRecord.parse(read(text)[1].payload).rr[0].rdata.data == [b"a,b"]


def test_columns_are_found_by_name_in_any_order_and_a_later_head_holds() -> None:
    fields = ["query", "id.resp_p", "id.orig_p", "ts", "id.orig_h", "id.resp_h", "qtype", "extra"]
    second = (
        "#separator |\n#unset_field|*\n#fields|" + "|".join(fields) + "\nb.example|53|9|2.0|192.0.2.8|192.0.2.53|1|*\n"
    )
    found = read(HEAD + line(1.0, "a.example") + second)
    assert names(found)[-1] == ("b.example.", False)


@pytest.mark.parametrize(
    "stamp", [1700000000.5, 1700000000500, "2023-11-14T22:13:20.500000Z", "2023-11-14T23:13:20.5+01:00"]
)
def test_json_lines_with_each_kind_of_time(stamp: object) -> None:
    entry = {
        "ts": stamp, "uid": "C1", "id.orig_h": "2001:db8::7", "id.orig_p": 4000, "id.resp_h": "2001:db8::53",
        "id.resp_p": 53, "proto": "tcp", "trans_id": 7, "query": "a.example", "qtype": 1, "rcode": 3, "RD": True,
    }  # fmt: skip
    query, response = read(json.dumps(entry) + "\n")
    assert (query.time, query.stream, len(query.client)) == (1700000000.5, True, 16)
    assert DNSRecord.parse(response.payload).header.rcode == 3


def test_json_lines_of_other_logs_are_passed_over() -> None:
    entry = {
        "_path": "conn",
        "ts": 1.0,
        "id.orig_h": "192.0.2.7",
        "id.orig_p": 1,
        "id.resp_h": "192.0.2.8",
        "id.resp_p": 53,
    }
    assert read(json.dumps(entry) + "\n") == []


def test_messages_come_in_order_of_time_though_lines_do_not() -> None:
    text = (
        HEAD
        + line(10.0, "b.example", rtt="0.5")
        + line(9.0, "a.example", rtt="2.0")
        + line(10.2, "c.example", rtt="0.1")
    )
    found = read(text)
    assert [m.time for m in found] == sorted(m.time for m in found)
    assert names(found)[0] == ("a.example.", False)


def test_what_waits_for_its_turn_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zeek, "MAX_WAITING", 4)
    log = iter(Log(Source(io.BytesIO((HEAD + line(1.0, "a.example") * 9).encode()), "x"), Skipped(), frozenset({53})))
    next(log)  # does not read to the end first
    assert len(list(log)) == 17


def test_other_ports_and_lines_without_a_question_are_counted() -> None:
    skipped = Skipped()
    text = (
        HEAD
        + line(1.0, "a.local", id__resp_p="5353")
        + line(2.0, "-")
        + line(3.0, "x" * 70)
        + line(4.0, "a.example", id__orig_h="nonsense")
    )
    assert read(text, skipped) == []
    assert skipped == {zeek.OTHER_PORT: 1, zeek.NO_QUESTION: 3}


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("too\tfew\n", "line 9: 2 columns where #fields names 24"),
        ("{broken json\n", "line 9: JSON is malformed"),
        (line(1.0, "b.example").replace("1.000000", "never"), "line 9: could not convert string to float"),
        (line(1.0, "b.example", id__orig_p="x"), r"line 9: Expected `int`"),
    ],
)
def test_a_line_that_cannot_be_read_is_left_out_and_told_at_the_end(bad: str, told: str) -> None:
    given: list[Recorded] = []
    text = HEAD + bad + line(2.0, "a.example") + bad
    with pytest.raises(DamagedError, match=f"dns.log: {told}.*; 2 such lines were left out"):
        given.extend(Log(Source(io.BytesIO(text.encode()), "dns.log"), Skipped(), frozenset({53})))
    assert len(given) == 2


def test_without_a_fields_line_nothing_is_guessed() -> None:
    with pytest.raises(DamagedError, match="line 2: comes before any #fields line"):
        read("#open\tx\n" + line(1.0, "a.example"))


def test_another_log_is_told_by_its_path() -> None:
    with pytest.raises(DamagedError, match=r"Zeek's conn\.log; dns\.log is what can be replayed"):
        read(HEAD.replace("#path\tdns", "#path\tconn"))


def test_truncated_gzip_gives_all_whole_lines_first() -> None:
    packed = gzip.compress((HEAD + "".join(line(n, f"n{n * 7919 % 1000}.example") for n in range(2000))).encode())
    given: list[Recorded] = []
    with pytest.raises(DamagedError, match="the gzip data ends too early"):
        given.extend(Log(Source(io.BytesIO(packed[:-100]), "dns.log.gz"), Skipped(), frozenset({53})))
    assert len(given) > 1000
