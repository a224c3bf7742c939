"""A simulated clock, and counters as workers share them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.hub.hour import MINUTES, Hour
from dnsguard.state import counters as count


def cells(**counted: int) -> list[int]:
    values = [0] * len(count.FIELDS)
    for name, number in counted.items():
        values[count.SLOTS[name]] = number
    return values


def test_each_minute_has_what_was_counted_in_it():
    hour = Hour()
    hour.look([cells(queries_udp=100)], 600.0)
    hour.look([cells(queries_udp=107, queries_tcp=1, hits=5, findings_threat_intel=2)], 630.0)
    hour.look([cells(queries_udp=110, queries_tcp=1, hits=5, blocked=1, findings_threat_intel=3)], 661.0)
    first, second = hour.minutes(661.0)
    # what was counted before the first look is not of this hour
    assert (first.start, first.queries, first.hits, first.findings) == (600.0, 8, 5, {"threat_intel": 2})
    assert (second.start, second.queries, second.blocked, second.findings) == (660.0, 3, 1, {"threat_intel": 1})


def test_workers_are_summed_up():
    hour = Hour()
    hour.look([cells(), cells()], 0.0)
    hour.look([cells(queries_udp=2), cells(queries_udp=3, servfail=1)], 1.0)
    (minute,) = hour.minutes(1.0)
    assert (minute.queries, minute.failed) == (5, 1)


def test_minutes_that_nobody_looked_at_are_there():
    hour = Hour()
    hour.look([cells()], 0.0)
    hour.look([cells(queries_udp=1)], 240.0)
    assert [minute.queries for minute in hour.minutes(305.0)] == [0, 0, 0, 0, 1, 0]


def test_a_clock_set_back_loses_nothing():
    hour = Hour()
    hour.look([cells()], 600.0)
    hour.look([cells(queries_udp=4)], 30.0)
    assert sum(minute.queries for minute in hour.minutes(30.0)) == 4


def test_before_the_first_look_there_is_nothing():
    assert Hour().minutes(600.0) == []


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9)), max_size=50))
def test_an_hour_is_kept_and_all_of_it(steps: list[tuple[int, int]]):
    hour, now, total, when = Hour(), 0.0, 0, []
    hour.look([cells()], now)
    for seconds, queries in steps:
        now, total = now + seconds, total + queries
        hour.look([cells(queries_udp=total)], now)
        when.append((now - now % 60, queries))
    minutes = hour.minutes(now)
    assert len(minutes) <= MINUTES
    oldest = minutes[0].start
    assert sum(m.queries for m in minutes) == sum(queries for start, queries in when if start >= oldest)
    assert [b.start - a.start for a, b in pairwise(minutes)] == [60.0] * (len(minutes) - 1)
