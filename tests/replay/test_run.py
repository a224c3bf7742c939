"""Packets and times by hand; the pipeline, the detector and the fold are the real ones."""

from pathlib import Path

import pytest

from dnsguard import assemble
from dnsguard.alerts.alert import Alert
from dnsguard.config import parse
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.replay.recorded import Recorded
from dnsguard.replay.run import Replay
from dnsguard.state import counters as count
from tests import recordings as rec

CLIENT, SERVER = rec.packed(rec.CLIENT), rec.packed(rec.SERVER)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "bad.txt").write_text("evil.example\nworse.example\n")
    config = [ListConfig(name="mine", category="threat_intel", path="bad.txt")]
    return Snapshot.open(compile_lists(config, folder, folder / "out", now=1.0).path)


@pytest.fixture
def replay(lists: Snapshot):  # type: ignore[no-untyped-def]
    def make(text: str = "", **options: bool) -> Replay:
        settings = parse(text, Path("/"))
        rules = assemble.rules(settings, lists, 1, lambda _slug, error: pytest.fail(repr(error)))
        return Replay(rules, timeout=4.0, repeat_every=3600.0, **options)

    return make


def asked(time: float, message: bytes, *, port: int = 4000, client: bytes = CLIENT, stream: bool = False) -> Recorded:
    return Recorded(time, client, SERVER, False, stream, message, port)


def answered(
    time: float, message: bytes, *, port: int = 4000, client: bytes = CLIENT, stream: bool = False
) -> Recorded:
    return Recorded(time, client, SERVER, True, stream, message, port)


def shown(alerts: list[Alert]) -> list[tuple[str, str, float, int]]:
    return [(a.worst.name, a.worst.stage, a.first, a.count) for a in alerts]


EVIL = rec.query("x.evil.example", number=1)
GOOD = rec.query("good.example", number=2)
ALIAS = rec.response(GOOD, "good.example 60 CNAME c.worse.example", "c.worse.example 60 A 203.0.113.9")
CLEAN = rec.response(GOOD, "good.example 60 A 203.0.113.9")


def test_a_listed_question_is_alerted_on_at_its_recorded_time(replay) -> None:
    run = replay()
    (alert,) = run.alerts([asked(1000.5, EVIL), answered(1000.6, rec.response(EVIL, rcode=3))])
    assert (alert.worst.client, alert.worst.zone, alert.worst.slug) == (rec.CLIENT, "evil.example", "threat_intel")
    assert (alert.first, alert.last, alert.told, alert.count) == (1000.5, 1000.5, 1000.5, 1)
    assert (run.tally.queries, run.tally.responses, run.tally.judged, run.tally.alerts) == (1, 1, 1, 1)


def test_a_recorded_answer_meets_the_response_s_detectors(replay) -> None:
    assert shown(list(replay().alerts([asked(1.0, GOOD), answered(1.1, ALIAS)]))) == [
        ("good.example", "response", 1.0, 1)
    ]
    assert list(replay().alerts([asked(1.0, GOOD), answered(1.1, CLEAN)])) == []


@pytest.mark.parametrize(
    "wrong",
    [
        answered(1.1, ALIAS, port=4001),
        answered(1.1, ALIAS, client=rec.packed("192.0.2.8")),
        answered(1.1, b"\0\7" + ALIAS[2:]),
        answered(1.1, rec.response(rec.query("other.example", number=2), "other.example 60 CNAME worse.example")),
        answered(0.9, ALIAS),
        answered(5.1, ALIAS),
        answered(1.1, ALIAS[:11]),
        answered(1.1, ALIAS[:4] + b"\0\0" + ALIAS[6:]),
        answered(1.1, ALIAS[:-3]),
        answered(1.1, ALIAS[:2] + b"\x01" + ALIAS[3:]),
        answered(1.1, ALIAS[:4] + b"\0\2" + ALIAS[6:]),
    ],
)
def test_an_answer_that_live_would_not_be_believed_is_passed_over(replay, wrong: Recorded) -> None:
    run = replay()
    # that it is malformed may well be told
    told = run.alerts(sorted([asked(1.0, GOOD), wrong], key=lambda m: m.time))
    assert {alert.worst.slug for alert in told} <= {"protocol_anomaly"}
    assert run.tally.judged == 0


def test_letter_case_does_not_part_question_and_answer(replay) -> None:
    mixed = rec.query("gOOd.ExAmple", number=2)
    assert len(list(replay().alerts([asked(1.0, mixed), answered(1.1, ALIAS)]))) == 1


def test_the_cache_answers_in_between_and_what_it_flagged_is_told_for_each_client(replay) -> None:
    run = replay()
    other = rec.packed("192.0.2.8")
    alerts = list(
        run.alerts([
            asked(1.0, GOOD), answered(1.1, ALIAS),
            asked(2.0, GOOD, client=other), answered(2.1, ALIAS, client=other),
            asked(100.0, GOOD), answered(100.1, CLEAN),
        ])
    )  # fmt: skip
    assert [(a.worst.client, a.first) for a in alerts] == [(rec.CLIENT, 1.0), ("192.0.2.8", 2.0)]
    assert run.tally.judged == 2


def test_equal_questions_under_way_share_the_first_answer_that_comes(replay) -> None:
    run = replay()
    other = rec.packed("192.0.2.8")
    messages = [asked(1.0, GOOD), asked(1.05, GOOD, client=other, port=7), answered(1.2, ALIAS, client=other, port=7)]
    assert sorted(a.worst.client for a in run.alerts(messages)) == [rec.CLIENT, "192.0.2.8"]
    assert run.counters.cells[count.COALESCED] == 1


def test_a_truncated_answer_waits_for_the_one_over_tcp(replay) -> None:
    truncated = bytearray(rec.response(GOOD))
    truncated[2] |= 2
    run = replay()
    messages = [
        asked(1.0, GOOD), answered(1.1, bytes(truncated)),
        asked(1.2, GOOD, stream=True, port=5), answered(1.3, ALIAS, stream=True, port=5),
    ]  # fmt: skip
    assert shown(list(run.alerts(messages))) == [("good.example", "response", 1.0, 2)]
    assert run.tally.judged == 1


def test_a_truncated_answer_that_nobody_asked_again_for_is_judged_as_it_is(replay) -> None:
    truncated = bytearray(ALIAS)
    truncated[2] |= 2
    assert len(list(replay().alerts([asked(1.0, GOOD), answered(1.1, bytes(truncated))]))) == 1


def test_a_block_needs_no_recorded_answer(replay) -> None:
    run = replay('mode = "block"')
    (alert,) = run.alerts([asked(1.0, EVIL), answered(1.1, rec.response(EVIL, "x.evil.example 60 A 203.0.113.9"))])
    assert alert.worst.action == "block"
    assert run.tally.judged == 0


def test_an_answer_never_recorded_is_a_failure_after_the_upstream_s_time(replay) -> None:
    run = replay()
    other = rec.packed("192.0.2.8")
    messages = [asked(1.0, GOOD), asked(6.0, GOOD, client=other), asked(11.0, GOOD), answered(11.1, ALIAS)]
    assert shown(list(run.alerts(messages))) == [("good.example", "response", 11.0, 1)]
    assert run.counters.cells[count.SERVFAIL] == 1


def test_whoever_was_recorded_is_judged_whatever_allow_from_says(replay) -> None:
    run = replay('[listen]\nallow_from = ["198.51.100.0/24"]')
    assert len(list(run.alerts([asked(1.0, EVIL, client=rec.packed("203.0.113.200"))]))) == 1


def test_repeats_fold_and_a_quiet_hour_parts_alerts(replay) -> None:
    times = [0.0, 0.5, 30.0, 3000.0, 9000.0]
    alerts = list(replay().alerts([asked(t, EVIL, port=int(t)) for t in times]))
    assert [(a.first, a.last, a.count) for a in alerts] == [(0.0, 3000.0, 4), (9000.0, 9000.0, 1)]


def test_clients_are_masked_where_configured(replay) -> None:
    (alert,) = replay(mask_clients=True).alerts([asked(1.0, EVIL)])
    assert alert.worst.client == "192.0.2.0/24"


def test_time_that_goes_back_does_no_harm(replay) -> None:
    run = replay()
    assert len(list(run.alerts([asked(100.0, GOOD), asked(99.0, EVIL), answered(99.5, ALIAS)]))) == 2


def test_nothing_is_left_behind(replay) -> None:
    run = replay()
    messages = []
    for n in range(500):
        query = rec.query(f"n{n}.example", number=n)
        messages.append(asked(n * 0.01, query, port=n))
        if n % 3:
            messages.append(answered(n * 0.01 + 0.005, rec.response(query), port=n))
    assert list(run.alerts(messages)) == []
    assert not any((run._flights, run._expected, run._asked, run._pipeline.pending, run._pipeline.replies))


def test_garbage_as_queries_and_responses_never_raises(replay) -> None:
    run = replay()
    junk = [b"", b"\0" * 11, b"\xff" * 40, EVIL[:-1], EVIL[:12], ALIAS, b"\0\1\0\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"]
    messages = [make(float(n), data) for n, data in enumerate(junk) for make in (asked, answered)]
    assert {alert.worst.slug for alert in run.alerts(messages)} <= {"protocol_anomaly", "threat_intel"}
