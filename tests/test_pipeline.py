"""The protocol on the way of a query: who gets an answer, which, and in what form."""

from itertools import combinations
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.judge import Untold
from dnsguard.state import counters as count
from tests.simulated import Simulated, lines, packet, response

WWW = "www.a.example"
A = f"{WWW} 60 A 192.0.2.1"
BIG = [f"{WWW} 60 A 192.0.2.{i}" for i in range(1, 120)]


@pytest.fixture
def sim() -> Simulated:
    return Simulated()


def test_a_query_is_forwarded_and_its_answer_comes_back(sim: Simulated) -> None:
    asked = sim.ask(WWW, number=4711)
    assert asked.raws == []
    assert sim.forwards[0].question == packet(WWW)[12:]
    sim.answer(A)
    assert (asked.message.id, asked.rcode, asked.records) == (4711, "NOERROR", ["www.a.example. 60 IN A 192.0.2.1"])
    assert sim.pipeline.waiting == 0


def test_what_is_asked_upstream_has_edns_and_the_client_s_wishes(sim: Simulated) -> None:
    sim.ask(
        WWW,
        edns=4096,
        do=True,
        flags="RD CD AD",
        options=[dns.edns.GenericOption(dns.edns.OptionType(10), b"12345678")],
    )
    sent = dns.message.from_wire(b"\0\0" + sim.forwards[0].tail)
    assert (sent.payload, sent.edns, sent.options) == (1232, 0, ())
    assert sent.ednsflags == dns.flags.DO
    assert dns.flags.to_text(sent.flags) == "RD AD CD"


# who is answered how


@pytest.mark.parametrize("tcp", [False, True])
def test_a_response_is_never_answered(sim: Simulated, tcp: bool) -> None:
    asked = sim.send(response(packet(WWW), A), tcp=tcp)
    # an empty one tells a stream that none will come
    assert asked.raws == [b""] * tcp
    assert sim.send(b"\0\1\1", tcp=tcp).raws == [b""] * tcp
    assert (sim.counted(count.DROPPED_RESPONSE), sim.forwards) == (2, [])


def test_strangers_are_refused(sim: Simulated) -> None:
    asked = sim.ask(WWW, client="198.51.100.1", edns=1232)
    assert (asked.rcode, asked.ede, sim.forwards) == ("REFUSED", [18], [])


def test_a_stranger_gets_no_ready_answer_either(sim: Simulated) -> None:
    sim.known(WWW)
    sim.ask(WWW)
    assert sim.ask(WWW, client="198.51.100.1").rcode == "REFUSED"


@pytest.mark.parametrize(
    ("raw", "rcode"),
    [
        (packet(WWW)[:-1], "FORMERR"),
        (packet(WWW)[:4] + bytes(8), "FORMERR"),
        (packet(WWW)[:12] + b"\xc0\x0c\0\1\0\1", "FORMERR"),
        (packet(WWW)[:12] + b"\1a\xc0\x0c\0\1\0\1", "FORMERR"),
        (packet(WWW, edns=1232)[:11] + b"\2" + packet(WWW, edns=1232)[12:] + b"\0\0\x29\4\xd0\0\0\0\0\0\0", "FORMERR"),
        (packet(WWW) + bytes(5000), "FORMERR"),
        (b"\0\1\x28\0" + packet(WWW)[4:], "NOTIMP"),
        (packet(WWW)[:-1] + b"\3", "REFUSED"),
        (packet(WWW, "AXFR"), "REFUSED"),
        (packet(WWW)[:-3] + b"\xfb\0\1", "REFUSED"),
        (packet(WWW)[:-3] + b"\xfa\0\1", "NOTIMP"),
    ],
    ids=[
        "cut",
        "no question",
        "pointer to itself",
        "pointer in the name",
        "two OPT",
        "too long",
        "UPDATE",
        "CHAOS",
        "AXFR",
        "IXFR",
        "TSIG",
    ],
)
def test_what_cannot_be_asked_is_refused_and_not_forwarded(sim: Simulated, raw: bytes, rcode: str) -> None:
    asked = sim.send(raw)
    assert dns.rcode.to_text(dns.rcode.Rcode(asked.raw[3] & 15)) == rcode
    assert asked.raw[:2] == raw[:2]
    assert sim.forwards == []


def test_ixfr_as_secondaries_send_it(sim: Simulated) -> None:
    query = dns.message.make_query("a.example", "IXFR")
    query.authority += dns.message.from_wire(
        response(packet("a.example"), "a.example 60 SOA ns.a.example. h.a.example. 1 2 3 4 5")
    ).answer
    assert sim.send(query.to_wire()).rcode == "REFUSED"


def test_an_unknown_edns_version_is_told_ours(sim: Simulated) -> None:
    query = dns.message.make_query(WWW, "A", use_edns=1)
    asked = sim.send(query.to_wire())
    assert (asked.rcode, asked.message.edns, sim.forwards) == ("BADVERS", 0, [])


def test_any_gets_one_hinfo_after_the_detectors_have_seen_it() -> None:
    sim = Simulated('mode = "alert"', listed=[WWW])
    asked = sim.ask(WWW, "ANY")
    assert asked.records == ['www.a.example. 3600 IN HINFO "RFC8482" ""']
    assert sim.told() == [(WWW, "alert", "query")]
    assert sim.forwards == []


def test_a_query_with_options_padding_and_trailing_octets(sim: Simulated) -> None:
    options = [
        dns.edns.GenericOption(dns.edns.OptionType(10), b"12345678"),
        dns.edns.GenericOption(dns.edns.OptionType(12), bytes(100)),
    ]
    raw = packet(WWW, edns=1232, options=options) + b"trailing"
    asked = sim.send(raw)
    sim.answer(A)
    assert (asked.records, asked.message.options) == (["www.a.example. 60 IN A 192.0.2.1"], ())
    assert sim.send(raw).raw[2:] == asked.raw[2:]


# what comes back


@pytest.mark.parametrize("flags", ["QR", "QR AA", "QR RD RA", "QR AA RD", "QR RD RA AD"])
def test_the_upstream_s_flags_stay(sim: Simulated, flags: str) -> None:
    asked = sim.ask(WWW, flags="RD AD")
    sim.answer(A, flags=flags)
    assert dns.flags.to_text(asked.message.flags) == flags


def test_all_sections_come_back_whole(sim: Simulated) -> None:
    asked = sim.ask(WWW, edns=1232)
    authority = ["a.example 300 NS ns.a.example."]
    additional = ["ns.a.example 300 A 192.0.2.53", "ns.a.example 300 AAAA 2001:db8::53"]
    sim.answer(A, authority=authority, additional=additional)
    assert lines(asked.message.authority) == ["a.example. 300 IN NS ns.a.example."]
    assert lines(asked.message.additional) == [
        "ns.a.example. 300 IN A 192.0.2.53",
        "ns.a.example. 300 IN AAAA 2001:db8::53",
    ]


@pytest.mark.parametrize("upstream_edns", [False, True])
@pytest.mark.parametrize("edns", [None, 1232])
def test_an_opt_answers_an_opt_and_nothing_else(sim: Simulated, edns: int | None, upstream_edns: bool) -> None:
    for _ in range(3):  # forwarded, from the cache, ready-made
        asked = sim.ask(WWW, edns=edns)
        if sim.forwards:
            sim.answer(A, edns=upstream_edns, additional=["x.example 60 A 192.0.2.9"])
        assert asked.message.edns == (-1 if edns is None else 0)
        assert len(asked.message.additional) == 1


def test_the_upstream_s_extended_error_reaches_edns_clients(sim: Simulated) -> None:
    first, second = sim.ask(WWW, edns=1232), sim.ask(WWW)
    sim.answer(rcode=2, ede=7)
    assert (first.rcode, first.ede, first.ede_text) == ("SERVFAIL", [7], "upstream")
    assert (second.rcode, second.message.edns) == ("SERVFAIL", -1)
    assert sim.ask(WWW, edns=1232).ede == [7]


def test_an_extended_rcode_is_servfail_to_who_has_no_place_for_it(sim: Simulated) -> None:
    for _ in range(3):
        with_edns, without = sim.ask(WWW, edns=1232), sim.ask(WWW)
        if sim.forwards:
            sim.answer(rcode=23)
        assert (with_edns.rcode, without.rcode) == ("BADCOOKIE", "SERVFAIL")


@pytest.mark.parametrize(
    ("edns", "limit"), [(None, 512), (0, 512), (511, 512), (800, 800), (1232, 1232), (4096, 1232), (65535, 1232)]
)
def test_udp_answers_fit_the_client(sim: Simulated, edns: int | None, limit: int) -> None:
    for size in range(1, 90, 8):
        name = f"n{size}.a.example"
        asked = sim.ask(name, edns=edns)
        sim.answer(*(f"{name} 60 A 192.0.2.{i}" for i in range(size)))
        whole = 12 + len(packet(name)) - 12 + 16 * size + 11 * (edns is not None)
        cut = bool(asked.message.flags & dns.flags.TC)
        assert len(asked.raw) <= limit
        assert cut is (whole > limit)
        assert len(asked.records) == (0 if cut else size)
        assert len(sim.ask(name, edns=edns).raw) == len(asked.raw)  # from the cache, too
    assert sim.counted(count.TRUNCATED) > 0


def test_tcp_answers_are_whole(sim: Simulated) -> None:
    records = [f"{WWW} 60 TXT {'x' * 200}{i}" for i in range(280)]
    udp, tcp = sim.ask(WWW, "TXT", edns=1232), sim.ask(WWW, "TXT", tcp=True)
    sim.answer(*records)
    assert len(tcp.raw) > 60_000
    assert len(tcp.records) == 280
    assert udp.message.flags & dns.flags.TC
    again = sim.ask(WWW, "TXT", tcp=True)
    assert again.raw == tcp.raw


def test_the_reason_goes_before_the_answer_where_room_is_short(sim: Simulated) -> None:
    records = [f"{WWW} 60 A 192.0.2.{i}" for i in range(29)]
    asked = sim.ask(WWW, edns=512)
    sim.answer(*records, ede=4)
    assert (len(asked.records), asked.ede) == (29, [])


def test_a_cut_answer_is_not_kept(sim: Simulated) -> None:
    sim.ask(WWW, tcp=True)
    sim.answer(A, flags="QR RD RA TC")
    assert sim.ask(WWW, tcp=True).raws == []


# many clients, one question


def test_equal_questions_are_asked_once_and_each_is_answered_in_its_own_form(sim: Simulated) -> None:
    lower = sim.ask(WWW, number=1)
    mixed = sim.ask("wWw.A.exAMple", number=2)
    edns = sim.ask(WWW, number=3, edns=4096)
    tcp = sim.ask("WWW.A.EXAMPLE", number=4, tcp=True)
    assert (len(sim.forwards), sim.pipeline.waiting, sim.counted(count.COALESCED)) == (1, 4, 3)
    sim.answer(*BIG)
    for asked in (lower, mixed, edns, tcp):
        assert asked.raw[:2] == asked.packet[:2]
        assert asked.raw[12 : 12 + 19] == asked.packet[12 : 12 + 19]
    assert [len(asked.records) for asked in (lower, mixed, edns, tcp)] == [0, 0, 0, 119]
    assert [asked.message.edns for asked in (lower, mixed, edns, tcp)] == [-1, -1, 0, -1]
    assert [bool(asked.message.flags & dns.flags.TC) for asked in (lower, mixed, edns, tcp)] == [
        True,
        True,
        True,
        False,
    ]
    assert sim.latencies() == 4


WISHES: list[dict[str, Any]] = [
    {},
    {"do": True},
    {"flags": "RD CD"},
    {"flags": "RD AD"},
    {"flags": ""},
    {"qtype": "AAAA"},
]


@pytest.mark.parametrize(("one", "other"), [*combinations(WISHES, 2)])
def test_different_wishes_are_different_questions(sim: Simulated, one: dict[str, Any], other: dict[str, Any]) -> None:
    sim.ask(WWW, **one)
    sim.ask(WWW, **other)
    assert len(sim.forwards) == 2
    assert sim.forwards[0].tail != sim.forwards[1].tail
    sim.answer(A)
    assert sim.ask(WWW, **one).raws
    assert not sim.ask(WWW, **other).raws


def test_the_do_bit_comes_back(sim: Simulated) -> None:
    for _ in range(2):
        asked = sim.ask(WWW, do=True)
        if sim.forwards:
            sim.answer(A)
        assert asked.message.ednsflags == dns.flags.DO


def test_no_more_wait_than_may() -> None:
    sim = Simulated("[upstream]\nmax_waiting = 3")
    first = [sim.ask(f"n{i}.example") for i in range(3)]
    late, joining = sim.ask("n3.example", edns=1232), sim.ask("n0.example")
    assert (late.rcode, late.ede, joining.rcode) == ("SERVFAIL", [0], "SERVFAIL")
    assert sim.counted(count.WAITING_REFUSED) == 2
    sim.answer("n0.example 60 A 192.0.2.1")
    assert sim.ask("n3.example").raws == []
    assert not first[1].raws


# answers that lie

BANK = "www.bank.example 3600 A 203.0.113.66"


@pytest.mark.parametrize("section", ["answer", "authority", "additional"])
def test_a_record_nobody_asked_for_is_never_served(sim: Simulated, section: str) -> None:
    asked = sim.ask(WWW)
    sim.answer(*([A, BANK] if section == "answer" else [A]), **({} if section == "answer" else {section: [BANK]}))
    assert asked.records == ["www.a.example. 60 IN A 192.0.2.1"]
    bank = sim.ask("www.bank.example")
    assert bank.raws == []
    assert len(sim.forwards) == 1


def test_strangers_behind_a_cname_and_before_it_are_dropped(sim: Simulated) -> None:
    asked = sim.ask(WWW, edns=1232)
    sim.answer("cdn.b.example 60 A 192.0.2.8", f"{WWW} 60 CNAME cdn.b.example.", BANK, "x.a.example 60 A 192.0.2.3")
    assert asked.records == ["cdn.b.example. 60 IN A 192.0.2.8", "www.a.example. 60 IN CNAME cdn.b.example."]


def test_a_chain_in_any_order_and_case_is_whole(sim: Simulated) -> None:
    records = [
        "C.example 60 A 192.0.2.3",
        "b.EXAMPLE 60 CNAME c.example.",
        "WWW.a.example 60 CNAME B.example.",
    ]
    asked = sim.ask(WWW)
    sim.answer(*records)
    assert len(asked.records) == 3


def test_a_dname_and_what_it_renames_stay(sim: Simulated) -> None:
    asked = sim.ask(WWW, do=True)
    signature = "DNAME 8 2 60 20300101000000 20200101000000 1 a.example. AAAA"
    records = [
        "a.example 60 DNAME b.example.",
        f"a.example 60 RRSIG {signature}",
        f"{WWW} 60 CNAME www.b.example.",
        "www.b.example 60 A 192.0.2.3",
    ]
    sim.answer(*records)
    assert len(asked.records) == 4
    foreign = sim.ask("x.c.example")
    sim.answer("a.example 60 DNAME b.example.", "x.c.example 60 A 192.0.2.3")
    assert foreign.records == ["x.c.example. 60 IN A 192.0.2.3"]


def test_records_behind_the_opt_stay_and_it_moves_to_the_end(sim: Simulated) -> None:
    with_edns, without = sim.ask(WWW, edns=1232), sim.ask(WWW)
    raw = response(b"\0\0" + sim.forwards[0].tail, A, ede=4)
    glue = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x35"
    sim.reply(raw[:10] + b"\0\2" + raw[12:] + glue)
    for asked in (with_edns, without):
        assert lines(asked.message.additional) == ["www.a.example. 60 IN A 192.0.2.53"]
    assert with_edns.ede == [4]


@pytest.mark.parametrize("junk", ["cut", "no question", "two questions", "opt in answer", "two opts", "bad cname"])
def test_an_answer_that_cannot_be_read_leaves_the_question_under_way(sim: Simulated, junk: str) -> None:
    asked = sim.ask(WWW)
    good = response(b"\0\0" + sim.forwards[0].tail, A)
    opt = b"\0\0\x29\4\xd0\0\0\0\0\0\0"
    bad = {
        "cut": good[:-12],
        "no question": good[:4] + b"\0\0" + good[6:],
        "two questions": good[:4] + b"\0\2" + good[6:],
        "opt in answer": good[:6] + b"\0\2\0\0\0\0" + good[12:],
        "two opts": good[:10] + b"\0\2" + good[12:] + opt,
        "bad cname": good[:6] + b"\0\1\0\0\0\0" + good[12:31] + b"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\xff",
    }[junk]
    sim.reply(bad, taken=False)
    assert (asked.raws, sim.pipeline.waiting, sim.counted(count.UPSTREAM_REJECTED)) == ([], 1, 1)
    sim.reply(good)
    assert asked.records == ["www.a.example. 60 IN A 192.0.2.1"]


def test_an_answer_that_comes_twice_is_taken_once(sim: Simulated) -> None:
    asked = sim.ask(WWW)
    pending = sim.answer(A)
    assert sim.pipeline.on_answer(pending, response(b"\0\0" + pending.tail, f"{WWW} 60 A 192.0.2.2"), sim.now)
    sim.pipeline.on_failure(pending, 22, "", sim.now)
    assert (len(asked.raws), sim.pipeline.replies) == (1, [])
    assert sim.ask(WWW).records == ["www.a.example. 60 IN A 192.0.2.1"]


# faults of our own


def test_a_query_that_raises_takes_nobody_along(sim: Simulated) -> None:
    def route(name: str) -> int:
        assert name != "bad.example", "a bug"
        return 0

    sim.configure(route=route)
    first, bad, last = sim.batch([packet("a.example"), packet("bad.example", edns=1232), packet("z.example")])
    assert (bad.rcode, bad.ede, sim.crashes) == ("SERVFAIL", [0], ["pipeline"])
    assert len(sim.forwards) == 2
    sim.answer("a.example 60 A 192.0.2.1")
    sim.answer("z.example 60 A 192.0.2.1")
    assert (first.rcode, last.rcode) == ("NOERROR", "NOERROR")


def test_a_client_whose_answer_raises_takes_no_other_along() -> None:
    telling = iter([None, ZeroDivisionError, None])

    def tell(*_: object, **__: object) -> Any:
        if error := next(telling):
            raise error
        return Untold()

    sim = Simulated('mode = "alert"', listed_targets=["evil.example"], tell=tell)
    waiting = [sim.ask(WWW, number=i) for i in range(3)]
    sim.answer(f"{WWW} 60 CNAME evil.example.", "evil.example 60 A 192.0.2.1")
    assert [asked.rcode for asked in waiting] == ["NOERROR", "SERVFAIL", "NOERROR"]
    assert sim.crashes == ["pipeline"]


@pytest.mark.parametrize("stage", ["query", "response"])
def test_a_crashing_detector_is_skipped_or_fails_closed(stage: str) -> None:
    sim = Simulated('fail = "open"')
    sim.crashing.add(stage)
    assert sim.known(WWW).rcode == "NOERROR"
    assert sim.crashes == ["threat_intel"]
    sim.configure('fail = "closed"')
    asked = sim.ask(WWW, edns=1232)  # kept, but of an older generation
    assert (asked.rcode, asked.ede_text) == ("SERVFAIL", "a detector failed")
    fresh = sim.ask("b.example", edns=1232)
    if sim.forwards:
        sim.answer("b.example 60 A 192.0.2.1")
    assert (fresh.rcode, fresh.ede_text) == ("SERVFAIL", "a detector failed")
    sim.crashing.clear()
    assert sim.ask(WWW).rcode == "NOERROR"


def test_failing_closed_serves_nothing_stale() -> None:
    sim = Simulated('fail = "closed"')
    sim.known(WWW)
    sim.now += 100
    asked = sim.ask(WWW)
    sim.crashing.add("response")
    sim.answer(A)
    assert asked.rcode == "SERVFAIL"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ask answer fail wait junk reload".split()), st.integers(0, 5)), max_size=60))
def test_everyone_is_answered_once_whatever_happens(steps: list[tuple[str, int]]) -> None:
    sim = Simulated("[upstream]\nmax_waiting = 6\n[cache]\nsize = 8000", listed_targets=["evil.example"])
    asked = []
    for step, value in steps:
        name = f"n{value}.example"
        if step == "ask":
            asked.append(sim.ask(name, tcp=value % 2 == 0, edns=None if value < 3 else 1232))
        elif step == "wait":
            sim.wait((0.1, 1, 2, 29, 61, 100_000)[value])
        elif step == "reload":
            sim.configure(sources=value)
        elif sim.forwards and step == "fail":
            sim.fail()
        elif sim.forwards and step == "junk":
            sim.reply(b"\0" * 20, taken=False)
        elif sim.forwards:
            owner = sim.forwards[0].query.name
            target = "evil.example" if value == 1 else "good.example"
            sim.answer(
                f"{owner} 30 CNAME {target}.", f"{target} {30 * value} A 192.0.2.1", rcode=(0, 0, 0, 0, 3, 2)[value]
            )
    while sim.forwards:
        sim.fail()
    assert sim.pipeline.waiting == 0
    assert sim.pipeline.pending == {}
    for each in asked:
        assert each.message
    assert not sim.crashes
