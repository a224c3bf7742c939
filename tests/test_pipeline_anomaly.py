"""What the pipeline refuses unread, rejects or cleans is looked at and told of; who sent it gets what it always got."""

from pathlib import Path
from typing import Any

import pytest

from dnsguard import assemble
from dnsguard.config import parse
from dnsguard.intel.snapshot import EMPTY
from dnsguard.rules import Rules
from dnsguard.state import counters as count
from tests.anomaly.made import A, edns, header, query, question, record
from tests.simulated import Simulated, packet, response

WWW = "www.a.example"
RECORD = f"{WWW} 60 A 198.51.100.1"


class Guarded(Simulated):
    """With the detectors there are."""

    def rules(self, config: str = "", **changes: Any) -> Rules:
        self._generation += 1
        settings = parse(config + '\n[listen]\nallow_from = ["192.0.2.0/24"]', Path("/"))
        made = assemble.rules(settings, EMPTY, self._generation, lambda part, _: self.crashes.append(part))
        return made.but(**changes)

    def reasons(self) -> list[tuple[str, str, str]]:
        """What was told: reason, action, stage."""
        assert self.crashes == []
        told = self.teller.drain()
        assert {one.slug for one in told} <= {"protocol_anomaly"}
        return [(one.reason, one.action, one.stage) for one in told]


BROKEN = [
    (response(packet(WWW), RECORD), None, "response sent where a query belongs"),
    (b"\0\1\1", None, "message shorter than a header"),
    (query()[:-1], "FORMERR", "name that runs off the message"),
    (query(question(b"\xc0\x0c")), "FORMERR", "compression pointer that does not point back"),
    (header(0x0100, 2) + question() * 2, "FORMERR", "more than one question"),
    (header(0x0100, 1, 1) + question() + record(A, bytes(4)), "FORMERR", "query that brings answers"),
    (query(flags=0x3900), "NOTIMP", "opcode that nobody has assigned"),
    (query(question(qtype=41)), "NOTIMP", "question for the OPT pseudo-record"),
    (edns(ttl=0x10000) + b"tail", "BADVERS", "bytes behind the end of the message"),
]
each = pytest.mark.parametrize(("raw", "rcode", "reason"), BROKEN, ids=[reason for _, _, reason in BROKEN])


@each
@pytest.mark.parametrize("mode", ["alert", "block"])
def test_a_broken_query_is_told_of_and_refused_as_ever(raw: bytes, rcode: str | None, reason: str, mode: str) -> None:
    sim = Guarded(f'mode = "{mode}"')
    off = Guarded('[detect.protocol_anomaly]\nmode = "off"')
    asked = sim.send(raw)
    assert asked.raws == off.send(raw).raws
    assert sim.reasons() == [(reason, mode, "query")]
    assert off.reasons() == []
    assert (asked.rcode if asked.raws else None) == rcode
    assert sim.forwards == []


@each
def test_strangers_are_nobody_s_clients(raw: bytes, rcode: str | None, reason: str) -> None:
    sim = Guarded()
    sim.send(raw, client="198.51.100.7")
    assert sim.reasons() == []


def test_over_tcp_a_response_ends_the_connection_and_is_told_of() -> None:
    sim = Guarded()
    assert sim.send(BROKEN[0][0], tcp=True).raws == [b""]
    assert sim.reasons() == [(BROKEN[0][2], "alert", "query")]


def test_what_only_is_not_served_is_no_anomaly() -> None:
    sim = Guarded()
    for _ in range(5):
        for raw in (packet(WWW, "AXFR"), packet(WWW, "TKEY"), query(flags=0x2900), edns(ttl=0x10000)[:-1] + b"\0"):
            assert sim.send(raw).raws
            sim.now += 1
    assert {reason for reason, *_ in sim.reasons()} == {"EDNS version that does not exist"}


def test_a_severe_query_is_answered_in_alert_mode_and_refused_in_block_mode() -> None:
    for mode, forwarded in (("alert", 1), ("block", 0)):
        sim = Guarded(f'mode = "{mode}"\n[block]\nanswer = "refused"')
        asked = sim.send(packet(WWW) + b"tail")
        assert len(sim.forwards) == forwarded
        assert [raw[3] & 15 for raw in asked.raws] == [5] * (1 - forwarded)
        assert sim.reasons() == [("bytes behind the end of the message", mode, "query")]


def test_an_answer_that_breaks_the_protocol_is_withheld_in_block_mode() -> None:
    bad = response(packet(WWW), "www.a.example 60 TXT hello").replace(b"\x05hello", b"\x09hello")
    for mode, records in (("alert", 1), ("block", 0)):
        sim = Guarded(f'mode = "{mode}"')
        asked = sim.ask(WWW, "TXT")
        sim.reply(bad.replace(b"\0\1\0\1\xc0", b"\0\x10\0\1\xc0"))
        assert asked.raw[7] == records
        assert sim.reasons() == [("text record whose strings do not fill it", mode, "response")]


def test_an_unreadable_answer_is_rejected_and_told_of() -> None:
    sim = Guarded()
    sim.ask(WWW)
    good = response(packet(WWW), RECORD, edns=False)
    sim.reply(good[:-1], taken=False)
    assert sim.reasons() == [("record that runs off the message", "alert", "response")]
    assert sim.counted(count.UPSTREAM_REJECTED) == 1
    sim.reply(good)
    assert sim.reasons() == []


def test_records_that_nobody_asked_for_are_cleaned_away_and_told_of() -> None:
    sim = Guarded()
    for number in range(3):
        asked = sim.ask(f"h{number}.a.example")
        name = f"h{number}.a.example"
        sim.reply(response(packet(name), f"{name} 60 A 198.51.100.1", "www.bank.example 60 A 203.0.113.66"))
        assert asked.records == [f"{name}. 60 IN A 198.51.100.1"]
        sim.now += 1
    assert sim.reasons() == [("answer with records of names that were not asked for", "alert", "response")]


def test_a_fault_of_the_record_that_is_cleaned_away_is_told_of_once() -> None:
    sim = Guarded()
    asked = sim.ask(WWW)
    message = response(packet(WWW), RECORD, edns=False)
    foreign = record(A, bytes(5), b"\3bad\7example\0")
    sim.reply(message[:7] + b"\2" + message[8:] + foreign)
    assert len(asked.records) == 1
    assert sim.reasons() == [("record whose data can't have this length", "alert", "response")]


def test_answers_to_other_questions_are_told_of_when_they_come_again() -> None:
    sim = Guarded()
    sim.ask(WWW)
    pending = sim.forwards[0]
    for _ in range(3):
        sim.pipeline.on_rejected(pending, response(packet("www.b.example"), RECORD))
    assert sim.reasons() == [("answer to another question than was asked", "alert", "response")]
    assert not pending.done
    sim.answer(RECORD)


def test_an_answer_whose_question_is_broken_is_told_of_at_once() -> None:
    sim = Guarded()
    sim.ask(WWW)
    broken = response(packet(WWW), RECORD).replace(b"\x03www\x01a", b"\x43www\x01a")
    sim.pipeline.on_rejected(sim.forwards[0], broken)
    assert sim.reasons() == [("label of a type that was retired", "alert", "response")]
    sim.answer(RECORD)


def test_a_crash_in_the_look_at_what_is_refused_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dnsguard.detect.query.protocol_anomaly.query_hits", crash)
    for config in ("", 'fail = "closed"'):
        sim = Guarded(config)
        assert sim.send(query()[:-1]).rcode == "FORMERR"
        assert sim.crashes == ["protocol_anomaly"]
