"""What becomes of findings, at both stages, for clients of different groups, at first sight and again."""

from dataclasses import replace

import pytest

from dnsguard.state import counters as count
from tests import simulated as simulation
from tests.simulated import CLIENT, Asked, Simulated

BAD = "evil.example"
WWW = "www.a.example"
LEADS = (f"{WWW} 60 CNAME {BAD}.", f"{BAD} 60 A 192.0.2.66")
KIDS = '[[groups]]\nname = "kids"\nclients = ["192.0.2.128/25"]\n'
KID = "192.0.2.200"


def ask(sim: Simulated, stage: str, client: str = CLIENT) -> Asked:
    """Ask for what is found at this stage, and let the upstream answer if it is asked."""
    asked = sim.ask(BAD if stage == "query" else WWW, edns=1232, client=client)
    if sim.forwards:
        sim.answer(*((f"{BAD} 60 A 192.0.2.66",) if stage == "query" else LEADS))
    return asked


def simulated(config: str) -> Simulated:
    return Simulated(config, listed=[BAD], listed_targets=[BAD])


both = pytest.mark.parametrize("stage", ["query", "response"])


@both
@pytest.mark.parametrize(
    ("mode", "rcode", "told", "slot"),
    [
        ("block", "NXDOMAIN", "block", count.BLOCKED),
        ("alert", "NOERROR", "alert", count.ALERTED),
        ("shadow", "NOERROR", "shadow", count.SHADOWED),
        ("off", "NOERROR", "", None),
    ],
)
def test_modes_at_first_sight_and_from_the_cache(
    stage: str, mode: str, rcode: str, told: str, slot: int | None
) -> None:
    sim = simulated(f'[detect.threat_intel]\nmode = "{mode}"')
    name = BAD if stage == "query" else WWW
    for turn in range(1, 4):
        asked = ask(sim, stage)
        assert (asked.rcode, len(asked.records)) == (
            rcode,
            0 if rcode == "NXDOMAIN" else len(LEADS) - (stage == "query"),
        )
        assert sim.told() == ([(name, told, stage)] if told else [])
        assert sim.counted(count.FINDINGS["threat_intel"]) == (turn if slot else 0)
        if slot:
            assert sim.counted(slot) == turn
    # what is blocked as a query leaves nothing outside
    assert len(sim._all) == (0 if (stage, mode) == ("query", "block") else 1)


@both
def test_a_blocked_answer_says_why_and_names_its_alert(stage: str) -> None:
    sim = simulated('mode = "block"')
    asked = ask(sim, stage)
    assert asked.ede == [15]
    assert asked.ede_text == f"threat_intel: listed; alert {sim.teller.drain()[0].id}"


@both
@pytest.mark.parametrize(("mode", "rcode"), [("block", "NXDOMAIN"), ("alert", "NOERROR")])
def test_a_quiet_finding_is_blocked_and_not_told(
    stage: str, mode: str, rcode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = simulation._finding
    monkeypatch.setattr(simulation, "_finding", lambda name: replace(found(name), quiet=True))
    sim = simulated(f'mode = "{mode}"')
    asked = ask(sim, stage)
    assert (asked.rcode, sim.told()) == (rcode, [])
    assert asked.ede_text == ("threat_intel: listed" if mode == "block" else "")


@both
def test_allowed_names_pass_and_are_not_told(stage: str) -> None:
    sim = simulated(f'mode = "block"\n[allow]\nnames = ["{BAD if stage == "query" else WWW}"]')
    assert [ask(sim, stage).rcode for _ in range(3)] == ["NOERROR"] * 3
    assert sim.told() == []


@both
def test_each_who_waits_is_answered_as_its_group_says(stage: str) -> None:
    sim = simulated('mode = "alert"\n' + KIDS + 'mode = "block"')
    name = BAD if stage == "query" else WWW
    adult, kid = sim.ask(name), sim.ask(name, client=KID, edns=1232)
    assert sim.pipeline.waiting == (1 if stage == "query" else 2)
    sim.answer(*((f"{BAD} 60 A 192.0.2.66",) if stage == "query" else LEADS))
    assert (adult.rcode, kid.rcode, kid.ede) == ("NOERROR", "NXDOMAIN", [17])
    for _ in range(2):  # and from the cache
        assert ask(sim, stage).rcode == "NOERROR"
        assert ask(sim, stage, client=KID).rcode == "NXDOMAIN"
    assert {(told.client, told.action, told.group) for told in sim.teller.drain()} == {
        ("192.0.2.7", "alert", ""),
        (KID, "block", "kids"),
    }


def test_a_finding_that_lets_the_query_through_does_not_hide_one_in_its_answer() -> None:
    sim = Simulated(f'mode = "block"\n[allow]\nnames = ["x.example"]\n{KIDS}mode = "alert"', listed=[WWW])
    sim.listed_targets.add(BAD)
    for turn in (1, 2):  # from the upstream, and from the cache
        assert ask(sim, "response", client=KID).rcode == "NOERROR"
        assert sim.told() == [(WWW, "alert", "query"), (WWW, "alert", "response")]
        assert sim.counted(count.FINDINGS["threat_intel"]) == 2 * turn


@both
def test_a_reload_reaches_kept_names_at_once(stage: str) -> None:
    sim = Simulated('mode = "block"')
    for _ in range(3):
        assert ask(sim, stage).rcode == "NOERROR"
    (sim.listed if stage == "query" else sim.listed_targets).add(BAD)
    assert ask(sim, stage).rcode == "NOERROR"  # clean, and of this generation
    sim.configure('mode = "block"')
    assert [ask(sim, stage).rcode for _ in range(2)] == ["NXDOMAIN"] * 2
    sim.listed.clear()
    sim.listed_targets.clear()
    sim.configure('mode = "block"')
    assert [ask(sim, stage).rcode for _ in range(2)] == ["NOERROR"] * 2
    assert len(sim._all) == 1


@both
def test_after_a_reload_a_clean_name_is_judged_once(stage: str) -> None:
    sim = Simulated()
    ask(sim, stage)
    sim.configure()
    sim.crashing |= {"query", "response"}
    ask(sim, stage)
    judged = len(sim.crashes)
    ask(sim, stage)
    assert (judged, len(sim.crashes)) == (2, 2)


def test_an_answer_of_a_question_asked_under_older_lists_is_judged_again() -> None:
    sim = Simulated('mode = "block"')
    sim.ask(BAD)
    sim.listed.add(BAD)
    sim.configure('mode = "block"')
    sim.answer(f"{BAD} 60 A 192.0.2.66")
    assert sim.ask(BAD).rcode == "NXDOMAIN"


@pytest.mark.parametrize("how", ["failure", "timer", "recheck"])
@pytest.mark.parametrize("late", [False, True], ids=["flagged", "listed since"])
def test_stale_answers_are_judged_too(how: str, late: bool) -> None:
    sim = Simulated('mode = "block"', listed_targets=[] if late else [BAD])
    ask(sim, "response")
    if late:
        sim.listed_targets.add(BAD)
        sim.configure('mode = "block"')
    sim.now += 100
    asked = sim.ask(WWW, edns=1232)
    if how == "timer":
        sim.wait(2)
    else:
        sim.fail()
    if how == "recheck":
        asked = sim.ask(WWW, edns=1232)
        assert not sim.forwards
    assert (asked.rcode, asked.ede) == ("NXDOMAIN", [15])


def test_a_prefetched_answer_that_leads_elsewhere_is_judged() -> None:
    sim = Simulated('mode = "block"', listed_targets=[BAD])
    sim.known(WWW)
    sim.now += 55
    sim.ask(WWW)
    sim.answer(*LEADS)
    assert sim.told() == []  # nobody asked for it yet
    sim.now += 1
    assert sim.ask(WWW).rcode == "NXDOMAIN"


def test_a_failure_is_kept_as_flagged() -> None:
    sim = simulated('mode = "alert"')
    sim.ask(BAD)
    sim.fail()
    assert sim.ask(BAD).rcode == "SERVFAIL"
    assert sim.counted(count.ALERTED) == 2


def test_a_local_record_meets_no_detector_and_a_special_name_does() -> None:
    sim = simulated('mode = "block"\n[local]\nrecords = ["evil.example 60 IN A 192.168.1.5"]')
    asked = sim.ask(BAD)
    assert (asked.records, sim.told()) == (["evil.example. 60 IN A 192.168.1.5"], [])
    sim.listed.add("x.onion")
    assert sim.ask("x.onion").rcode == "NXDOMAIN"
    assert sim.told() == [("x.onion", "block", "query")]
    assert sim.forwards == []


# answers that are withheld

REBINDING = "[upstream]\nrebinding_protection = true"
INSIDE = f"{WWW} 60 A 192.168.1.1"


def test_withheld_answers_reach_nobody_and_are_not_kept() -> None:
    sim = Simulated(REBINDING)
    for turn in (1, 2):
        first, second = sim.ask(WWW, edns=1232), sim.ask(WWW)
        assert len(sim.forwards) == 1
        sim.answer(INSIDE)
        assert (first.rcode, first.records, first.ede) == ("NOERROR", [], [17])
        assert first.ede_text == "a public name that points to 192.168.1.1"
        assert second.records == []
        assert (sim.pipeline.waiting, sim.latencies()) == (0, 2 * turn)


def test_a_finding_is_told_and_blocked_before_an_answer_is_withheld() -> None:
    sim = Simulated('mode = "block"\n' + REBINDING, listed_targets=[BAD])
    asked = sim.ask(WWW, edns=1232)
    sim.answer(f"{WWW} 60 CNAME {BAD}.", f"{BAD} 60 A 10.0.0.1")
    assert (asked.rcode, asked.ede, sim.told()) == ("NXDOMAIN", [15], [(WWW, "block", "response")])


def test_protection_switched_on_reaches_kept_answers() -> None:
    sim = Simulated()
    sim.known(WWW, INSIDE)
    sim.ask(WWW)
    sim.configure(REBINDING)
    for _ in range(2):
        asked = sim.ask(WWW, edns=1232)
        assert (asked.records, asked.ede) == ([], [17])
    sim.now += 100
    asked = sim.ask(WWW, edns=1232)
    sim.fail()
    assert asked.records == []


@both
def test_a_suppressed_finding_is_counted_and_reported_but_neither_told_nor_blocked(stage: str) -> None:
    sim = simulated('mode = "block"\n[[suppressions]]\nreason = "ours"\nzone = "evil.example"\n')
    asked = ask(sim, stage)
    assert asked.rcode == "NOERROR"
    (kept,) = sim.teller.drain()
    assert (kept.action, kept.evidence["suppressed"]) == ("suppressed", "ours")
    assert sim.counted(count.FINDINGS["threat_intel"]) == 1
    assert sim.counted(count.BLOCKED) == 0
