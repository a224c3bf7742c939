"""Detectors prove themselves under the starter lists, and a broken one does not."""

import asyncio
import gc
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from dnsguard import assemble, selftest
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.config import parse
from dnsguard.detect import inspector
from dnsguard.intel.once import snapshot_once
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.model import ALERT_TYPES
from dnsguard.rules import Rules
from dnsguard.selftest import Outcome, SelfTest, Trial
from dnsguard.state.counters import Counters
from tests.simulated import START
from tests.waiting import until


def crashed(slug: str, error: Exception) -> None:
    raise AssertionError(slug) from error


@pytest.fixture(scope="module")
def starters(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("lists")
    settings = parse("", folder)
    lists, faults = snapshot_once(settings.lists, folder, folder / "lists", now=START)
    assert faults == ()
    return lists


def rules(lists: Snapshot, text: str = "") -> Rules:
    return assemble.rules(parse(text, Path("/")), lists, 1, crashed)


def outcomes_of(lists: Snapshot, text: str = "") -> Mapping[str, Outcome]:
    made = rules(lists, text)
    own = SelfTest()
    for behaviour in BEHAVIOURS:
        for _ in own.test(behaviour, made, START):
            pass
    return own.outcomes


def test_each_detector_proves_itself_with_the_lists_that_come_along(starters: Snapshot) -> None:
    outcomes = outcomes_of(starters)
    assert {slug: outcome.result for slug, outcome in outcomes.items()} == dict.fromkeys(ALERT_TYPES, "good")
    assert {outcome.good_at for outcome in outcomes.values()} == {START}


def test_what_no_list_knows_is_not_tested_and_not_said_to_fail() -> None:
    outcomes = outcomes_of(EMPTY)
    untested = {slug for slug, outcome in outcomes.items() if outcome.result == "untested"}
    assert untested == {"threat_intel", "sinkholed_domain", "suspicious_domain"}
    assert {outcome.result for outcome in outcomes.values()} == {"untested", "good"}


def test_a_person_s_own_list_is_tested(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("evil.example\n")
    text = 'starter_lists = false\n[[lists]]\nname = "mine"\ncategory = "threat_intel"\npath = "mine.txt"\n'
    settings = parse(text, tmp_path)
    lists, _ = snapshot_once(settings.lists, tmp_path, tmp_path / "lists", now=START)
    assert outcomes_of(lists, "starter_lists = false")["threat_intel"].result == "good"


def test_what_is_off_is_told_apart(starters: Snapshot) -> None:
    outcomes = outcomes_of(starters, '[detect.dark_web]\nmode = "off"\n')
    assert outcomes["dark_web"] == Outcome("off")


def test_neither_policy_nor_allow_lists_hide_a_detector(starters: Snapshot) -> None:
    text = 'mode = "shadow"\n[allow]\nnames = ["agentfox.io", "example", "com", "onion"]\n'
    text += '[listen]\nallow_from = ["10.0.0.0/8"]\n[local]\nrecords = ["agentfox.io A 192.0.2.1"]\n'
    assert {outcome.result for outcome in outcomes_of(starters, text).values()} == {"good"}


def test_settings_that_let_the_sample_pass_are_said_to(starters: Snapshot) -> None:
    blunt = "[detect.random_domain]\nflood = 10000\nclient = 10000\n"
    outcome = outcomes_of(starters, blunt)["random_domain"]
    assert (outcome.result, outcome.error, outcome.good_at) == ("insensitive", "", START)


@pytest.mark.parametrize("slug", ["threat_intel", "data_exfiltration", "domain_generation_algorithm"])
@pytest.mark.parametrize("crashes", [True, False])
def test_a_detector_that_is_broken_fails(starters: Snapshot, slug: str, *, crashes: bool) -> None:
    def broken(_subject: object, _context: object) -> None:
        if crashes:
            raise ZeroDivisionError("of its own")

    query = tuple(replace(one, inspect=broken) if one.slug == slug else one for one in inspector.QUERY)
    answer = tuple(replace(one, inspect=broken) if one.slug == slug else one for one in inspector.RESPONSE)
    with mock.patch.multiple("dnsguard.detect.inspector", QUERY=query, RESPONSE=answer):
        outcome = outcomes_of(starters)[slug]
    assert (outcome.result, outcome.good_at) == ("failed", None)
    assert outcome.error == ("ZeroDivisionError: of its own" if crashes else "")


def test_nothing_is_left_behind(starters: Snapshot) -> None:
    made = rules(starters)
    own = SelfTest()
    for behaviour in BEHAVIOURS:
        for _ in own.test(behaviour, made, START):
            pass
    made.inspector.count_judged((counters := Counters()).cells)
    assert set(counters.read().values()) == {0}
    assert len(own._answers) < 1000


async def test_it_goes_on_and_on(starters: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rules(starters)
    for name in ("EVERY", "FIRST", "PAUSE"):
        monkeypatch.setattr(selftest, name, 0.0)
    times = iter(range(10**9))
    own = SelfTest(BEHAVIOURS[:3])
    running = asyncio.ensure_future(own.run(lambda: made, lambda: float(next(times))))
    await until(lambda: all((one.good_at or 0) > 20 for one in own.outcomes.values()))
    running.cancel()


def test_lists_are_let_go_of_without_the_collector(starters: Snapshot) -> None:
    gc.collect()
    gc.disable()
    try:
        for behaviour in BEHAVIOURS:
            trial = Trial(behaviour, rules(starters), None, {}, START)
            for _ in trial.steps():
                pass
            gone = weakref.ref(trial.crash)
            del trial
            assert gone() is None, behaviour.slug
    finally:
        gc.enable()
