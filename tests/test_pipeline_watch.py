"""Who is shown what leaves: every answer, with who asked and what was found."""

import dataclasses
from typing import Any

import pytest

from dnsguard.model import Mode
from dnsguard.watch import Watches
from tests import simulated
from tests.simulated import START, Simulated, packet

WWW = "www.a.example"


class Watcher:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def cached(self, peer, client, packet, reply, now):
        self.seen.append(("cached", client, packet, packet[:2] + reply.payload, now))

    def answered(self, source, peer, client, packet, answer, judged, asked, now):
        self.seen.append(("answered", client, packet, answer, judged, asked, now))

    def forwarded(self, server, pending, message, stream, now):
        raise AssertionError("the pool's part")

    def flush(self, now, drift):
        self.seen.append(("flush", now, drift))

    def close(self):
        self.seen.append(("close",))


@pytest.fixture
def sim() -> Simulated:
    made = Simulated("mode = 'block'", listed={"bad.example"}, listed_targets={"bad-target.example"})
    made.pipeline.watch = Watcher()
    return made


def shown(sim: Simulated) -> list[Any]:
    seen, sim.pipeline.watch.seen = sim.pipeline.watch.seen, []  # type: ignore[union-attr]
    return seen


def test_what_was_asked_upstream_is_shown_when_it_is_answered(sim: Simulated) -> None:
    asked = sim.ask(WWW)
    assert shown(sim) == []
    sim.now += 0.25
    sim.answer(f"{WWW} 60 A 192.0.2.1")
    assert shown(sim) == [
        ("answered", b"\xc0\0\2\7", asked.packet, asked.raw, None, START, START + 0.25),
    ]


def test_every_kept_answer_is_shown(sim: Simulated) -> None:
    sim.known(WWW)
    shown(sim)
    first, second, stream = sim.ask(WWW), sim.ask(WWW, number=8), sim.ask(WWW, tcp=True)
    assert [(kind, raw, answer) for kind, _, raw, answer, *_ in shown(sim)] == [
        ("answered", first.packet, first.raw),
        ("cached", second.packet, second.raw),
        ("answered", stream.packet, stream.raw),
    ]


def test_what_was_found_is_shown_with_the_alert_s_own_id(sim: Simulated) -> None:
    sim.ask("bad.example")
    ((*_, judged, asked, now),) = shown(sim)
    assert (judged.finding.reason, judged.mode, asked) == ("listed", Mode.BLOCK, now)
    assert [judged.alert] == [one.id for one in sim.teller.drain()]


@pytest.mark.parametrize("mode", ["block", "alert", "shadow"])
def test_what_was_found_is_shown_with_what_its_detector_s_mode_did(sim: Simulated, mode: str) -> None:
    sim.configure(f"mode = '{mode}'")
    sim.ask("bad.example")
    if mode != "block":
        sim.answer("bad.example 60 A 192.0.2.1")
    ((*_, judged, _, _),) = shown(sim)
    assert judged.mode.value == mode
    assert judged.alert == sim.teller.drain()[0].id


@pytest.mark.parametrize(
    ("finding", "shows"),
    [({"score": 0.1, "threshold": 0.5}, None), ({"quiet": True}, (Mode.BLOCK, ""))],
)
def test_what_is_told_to_nobody(
    sim: Simulated, monkeypatch: pytest.MonkeyPatch, finding: dict[str, Any], shows: tuple[Mode, str] | None
) -> None:
    made = simulated._finding
    monkeypatch.setattr(simulated, "_finding", lambda name: dataclasses.replace(made(name), **finding))
    sim.ask("bad.example")
    if sim.forwards:
        sim.answer("bad.example 60 A 192.0.2.1")
    ((*_, judged, _, _),) = shown(sim)
    assert (None if judged is None else (judged.mode, judged.alert)) == shows


def test_a_suppressed_find_is_shown_as_such(sim: Simulated) -> None:
    sim.configure("mode = 'block'\n[[suppressions]]\nreason = 'expected'\nzone = 'bad.example'")
    sim.ask("bad.example")
    sim.answer("bad.example 60 A 192.0.2.1")
    ((*_, judged, _, _),) = shown(sim)
    assert (judged.finding.suppressed, judged.mode) == ("expected", Mode.SHADOW)


def test_what_was_found_in_an_answer_is_shown_to_each_who_waited(sim: Simulated) -> None:
    sim.ask(WWW)
    sim.ask(WWW, number=8)
    sim.answer(f"{WWW} 60 CNAME bad-target.example.", "bad-target.example 60 A 192.0.2.1")
    assert [judged.finding.zone for *_, judged, _, _ in shown(sim)] == ["bad-target.example"] * 2


def test_a_find_is_not_shown_with_the_next_query_of_its_batch(sim: Simulated) -> None:
    sim.known(WWW)
    shown(sim)
    sim.batch([packet("bad.example"), packet(WWW), b"\0\1\1"])
    assert [judged is not None for *_, judged, _, _ in shown(sim)] == [True, False]


def test_a_stronger_find_takes_the_place_of_a_weaker_one(sim: Simulated) -> None:
    sim.configure("mode = 'alert'")
    sim.listed.add("both.example")
    sim.ask("both.example")
    sim.configure("mode = 'block'")
    sim.answer("both.example 60 CNAME bad-target.example.", "bad-target.example 60 A 192.0.2.1")
    ((*_, judged, _, _),) = shown(sim)
    assert (judged.finding.zone, judged.mode) == ("bad-target.example", Mode.BLOCK)


def test_strangers_and_failures_and_stale_answers_are_shown(sim: Simulated) -> None:
    stranger = sim.ask(WWW, client="198.51.100.1")
    sim.known(WWW)
    sim.wait(100)
    sim.ask(WWW)
    sim.fail()
    sim.ask("gone.example")
    sim.fail()
    answers = [answer for _, _, _, answer, *_ in shown(sim)]
    assert [answer[3] & 15 for answer in answers] == [5, 0, 0, 2]
    assert answers[0] == stranger.raw


def test_several_watches_see_the_same(sim: Simulated) -> None:
    one, other = Watcher(), Watcher()
    sim.pipeline.watch = both = Watches([one, other])
    sim.known(WWW)
    sim.ask(WWW)
    sim.ask(WWW)
    both.flush(1.0, 0.5)
    both.close()
    assert [kind for kind, *_ in one.seen] == ["answered", "answered", "cached", "flush", "close"]
    assert one.seen == other.seen
