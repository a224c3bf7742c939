import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.state.carried import DAY, HOUR, MAX_POINTS, TWO_MINUTES, Carried
from dnsguard.state.saved import number


def test_windows_fade_by_themselves() -> None:
    carried = Carried(0.0)
    carried.add(100.0, 100.0, 0.0)
    carried.fade(TWO_MINUTES)
    assert carried.burst < 0.01
    assert carried.minutes == pytest.approx(100 / math.e)
    assert carried.hour > 95
    assert carried.total == 100


@pytest.mark.parametrize(("window", "of"), [(TWO_MINUTES, "minutes"), (HOUR, "hour"), (DAY, "day")])
def test_a_steady_sender_stands_where_the_docstring_says(window: float, of: str) -> None:
    carried = Carried(0.0)
    for i in range(1001):
        carried.add(1.0, 1.0, i * window / 1000)
    assert getattr(carried, of) == pytest.approx(1000 * (1 - 1 / math.e), rel=0.01)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e5)), max_size=200))
def test_the_curve_rises_and_is_bounded(steps: list[tuple[float, float]]) -> None:
    carried, now = Carried(0.0), 0.0
    for count, gap in steps:
        now += gap
        carried.add(count, count, now)
    assert len(carried.curve) <= MAX_POINTS
    assert [count for _, count in carried.curve] == sorted(count for _, count in carried.curve)
    assert Carried.load(carried.dump()).dump() == carried.dump()


@pytest.mark.parametrize("value", ["1", None, True, -1.0, math.inf, math.nan])
def test_only_counts_are_numbers(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        number(value)
