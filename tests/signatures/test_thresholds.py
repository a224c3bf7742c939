"""Suricata's thresholds with a clock that the test holds."""

import pytest

from dnsguard.signatures import thresholds
from dnsguard.signatures.parse import parse_rule
from dnsguard.signatures.rule import Rule
from dnsguard.signatures.thresholds import Thresholds
from tests.rules import rule

A, B = b"\xc0\0\2\7", b"\xc0\0\2\x08"


def of(kind: str, count: int, *, track: str = "by_src", seconds: int = 60, sid: int = 1) -> Rule:
    start = "detection_filter:" if kind == "detection_filter" else f"threshold:type {kind}, "
    return parse_rule(rule(f'{start}track {track}, count {count}, seconds {seconds}; content:"a";', sid=sid))


@pytest.mark.parametrize(
    ("kind", "count", "told"),
    [
        # at times 0, 1, 2, 3, 4, then 60 and 61: another period; None: it holds, but is not told
        ("limit", 1, [True, None, None, None, None, True, None]),
        ("limit", 2, [True, True, None, None, None, True, True]),
        ("threshold", 1, [True] * 7),
        ("threshold", 2, [False, True, False, True, False, False, True]),
        ("threshold", 3, [False, False, True, False, False, False, False]),
        ("both", 1, [True, None, None, None, None, True, None]),
        ("both", 3, [False, False, True, None, None, False, False]),
        ("detection_filter", 1, [False, True, True, True, True, False, True]),
        ("detection_filter", 3, [False, False, False, True, True, False, False]),
    ],
)
def test_kinds(kind: str, count: int, told: list[bool | None]) -> None:
    counts = Thresholds()
    times = (0.0, 1.0, 2.0, 3.0, 4.0, 60.0, 61.0)
    found = of(kind, count)
    assert [counts.reached(found, A, time, response=False) for time in times] == told


@pytest.mark.parametrize(
    ("track", "response", "apart"),
    [
        # the client is a query's source and a response's destination; the other end is one server
        ("by_src", False, True),
        ("by_dst", False, False),
        ("by_src", True, False),
        ("by_dst", True, True),
        ("by_both", False, True),
        ("by_both", True, True),
        ("by_rule", False, False),
    ],
)
def test_what_is_tracked(track: str, response: bool, apart: bool) -> None:
    counts = Thresholds()
    found = of("limit", 1, track=track)
    assert counts.reached(found, A, 0.0, response=response) is True
    assert counts.reached(found, B, 0.0, response=response) is (True if apart else None)


def test_rules_are_counted_apart() -> None:
    counts = Thresholds()
    assert counts.reached(of("limit", 1, sid=1), A, 0.0, response=False) is True
    assert counts.reached(of("limit", 1, sid=2), A, 0.0, response=False) is True
    assert len(counts) == 2


def test_a_rule_without_threshold_is_not_counted() -> None:
    counts = Thresholds()
    assert counts.reached(parse_rule(rule('content:"a";')), A, 0.0, response=False) is True
    assert len(counts) == 0


def test_it_holds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "MAX_ENTRIES", 3)
    counts = Thresholds()
    found = of("limit", 1)
    for number in range(5):
        counts.reached(found, bytes([number]), float(number), response=False)
    assert (len(counts), counts.evicted) == (3, 2)
    # what began last is still known, what began first is not
    assert counts.reached(found, b"\4", 5.0, response=False) is None
    assert counts.reached(found, b"\0", 5.0, response=False) is True


def test_a_period_that_began_anew_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "MAX_ENTRIES", 2)
    counts = Thresholds()
    found = of("limit", 1, seconds=10)
    counts.reached(found, A, 0.0, response=False)
    counts.reached(found, B, 1.0, response=False)
    counts.reached(found, A, 20.0, response=False)
    counts.reached(found, b"c", 21.0, response=False)
    assert counts.reached(found, A, 22.0, response=False) is None
