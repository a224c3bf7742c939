from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.alerts.alert import NAMES_KEPT, Alert
from dnsguard.model import Severity
from tests.alerts.made import alert, detection

EVERY = 100.0


def test_a_repeat_adds_up() -> None:
    one = alert(time=10, count=2, last=11)
    one.add(detection(2, time=12, count=5, last=15))
    assert (one.count, one.untold, one.first, one.last, one.told) == (7, 5, 10, 15, 10)


def test_the_worst_is_shown_and_the_first_of_equals_stays() -> None:
    one = alert(time=10, score=2.0)
    one.add(detection(2, score=2.0, name="equal.listed.example"))
    assert one.worst.name == "www.listed.example"
    one.add(detection(3, score=3.0, name="worse.listed.example", severity=Severity.HIGH))
    assert (one.worst.name, one.severity) == ("worse.listed.example", Severity.HIGH)


def test_examples_are_bounded() -> None:
    one = alert()
    for number in range(50):
        one.add(detection(name=f"{number}.listed.example"))
    assert len(one.names) == NAMES_KEPT


def test_told_again_at_the_end_of_a_window_in_which_it_repeated() -> None:
    one = alert(time=10)
    one.add(detection(time=20))
    assert not one.turn(109, EVERY)
    assert one.turn(500, EVERY)
    assert (one.told, one.untold, one.tellings) == (110, 0, 2)
    assert one.is_over(500, EVERY)


def test_not_told_again_if_it_did_not_repeat() -> None:
    one = alert(time=10)
    assert not one.turn(110, EVERY)
    assert one.is_over(110, EVERY)
    assert not one.is_over(109, EVERY)


def test_a_clock_set_back_ends_the_window() -> None:
    one = alert(time=10_000)
    assert one.is_over(10_000 - 2 * EVERY, EVERY)
    one.add(detection(time=9_990))
    assert one.turn(10, EVERY)
    assert (one.told, one.is_over(10, EVERY)) == (10, False)


def test_a_snapshot_does_not_change() -> None:
    one = alert()
    kept = one.snapshot()
    one.add(detection(name="other.listed.example"))
    assert (kept.count, kept.names) == (1, ["www.listed.example"])


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30), st.integers(0, 3000))
def test_looking_in_between_changes_nothing(times: list[int], look: int) -> None:
    """The same alerts and tellings, whether somebody sweeps at `look` or not."""
    assert history(sorted(times), None) == history(sorted(times), look)


def history(times: list[int], look: int | None) -> list[tuple[float, int, int]]:
    """All tellings as (window's begin, count, number), to the end of all windows."""
    told: list[tuple[float, int, int]] = []
    one: Alert | None = None

    def turn(now: float) -> None:
        if one and one.turn(now, EVERY):
            told.append((one.told, one.count, one.tellings))

    steps = [(time, True) for time in times] + ([(look, False)] if look is not None else [])
    for time, found in sorted(steps):
        turn(time)
        if not found:
            continue
        if one is None or one.is_over(time, EVERY):
            one = alert(time=time)
            told.append((one.told, 1, 1))
        else:
            one.add(detection(time=time))
    turn(10_000)
    assert all(b[0] - a[0] >= EVERY for a, b in pairwise(told))
    return told
