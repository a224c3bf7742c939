import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.hub.feeds.schedule import LONGEST, after_failure, after_success, wait

spans = st.floats(60, 30 * 86400)


@given(spans, st.integers())
def test_a_refresh_is_never_early_and_little_late(refresh: float, seed: int) -> None:
    assert refresh <= after_success(refresh, random.Random(seed)) <= refresh * 1.1


@given(spans, st.integers(1, 10_000), st.integers())
def test_failures_wait_longer_but_no_longer_than_a_refresh(refresh: float, failures: int, seed: int) -> None:
    first = after_failure(1, refresh, None, random.Random(seed))
    assert first <= 12
    assert first * 0.6 <= after_failure(failures, refresh, None, random.Random(seed)) <= min(refresh, 86400) * 1.2


def test_a_server_may_ask_for_more_within_a_bound() -> None:
    assert after_failure(1, 3600, 600.0, random.Random(1)) == 600
    assert after_failure(1, 3600, 1e12, random.Random(1)) == LONGEST


@pytest.mark.parametrize(
    ("due", "expected"),
    [(0.0, 0.0), (999.0, 0.0), (1000.0, 0.0), (1500.0, 500.0), (1000.0 + 86400, 86400.0), (1e9, 0.0)],
)
def test_a_clock_that_jumps_delays_nothing(due: float, expected: float) -> None:
    assert wait(due, 1000.0, 3600.0) == expected


@given(spans, st.integers(1, 50), st.integers())
def test_every_wait_that_is_set_is_kept(refresh: float, failures: int, seed: int) -> None:
    rng = random.Random(seed)
    for pause in (after_success(refresh, rng), after_failure(failures, refresh, 1e12, rng)):
        assert wait(1000.0 + pause, 1000.0, refresh) == pytest.approx(pause)
