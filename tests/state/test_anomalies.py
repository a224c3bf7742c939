import pytest

from dnsguard.anomaly.checks import CHECKS
from dnsguard.state.anomalies import (
    DAY,
    HANDFUL,
    MAX_OWN,
    MAX_RECORDS,
    MAX_TIMES,
    MAX_WATCHED,
    Anomalies,
    repeats,
    tells,
)

Z_FLAG = CHECKS["z_flag"]


def client(number: int) -> bytes:
    return number.to_bytes(4, "big")


def test_records_are_bounded_and_the_one_unseen_for_longest_makes_room() -> None:
    kept = Anomalies()
    for number in range(1, MAX_RECORDS + 50):
        kept.note(client(number), "z_flag", 1.0)
        kept.note(client(0), "z_flag", 1.0)
    assert len(kept) == MAX_RECORDS
    assert kept.evicted == 50
    assert kept.note(client(0), "z_flag", 1.0).total == MAX_RECORDS + 50
    assert kept.note(client(1), "z_flag", 1.0).total == 1


def test_times_are_bounded_and_counted_within_the_window() -> None:
    kept = Anomalies()
    for now in range(100):
        seen = kept.note(client(1), "z_flag", float(now))
    assert len(seen.times) == MAX_TIMES
    assert repeats(seen, 99.0, 4.0) == 5
    assert repeats(seen, 50.0, 600.0) == 0  # a clock set back


def test_the_share_is_of_others_and_starts_from_what_is_usual() -> None:
    kept = Anomalies()
    seen = kept.note(client(1), "z_flag", 0.0)
    assert kept.share(Z_FLAG, seen) == pytest.approx(Z_FLAG.usual)
    for number in range(2, 12):
        for _ in range(50):
            kept.note(client(number), "z_flag", 0.0)
    kept.queries = 900_000
    assert kept.share(Z_FLAG, seen) == pytest.approx((0.1 + 10 * MAX_OWN) / 1e6)


def test_clients_that_show_it_day_by_day_keep_it_ordinary() -> None:
    kept, usual = Anomalies(), CHECKS["type_any"]
    assert not kept.ordinary(usual)
    for day in range(9):
        for number in range(HANDFUL + 1):
            kept.note(client(number), usual.id, day * DAY)
        assert kept.ordinary(usual)
    kept.note(client(1), usual.id, 20 * DAY)
    assert not kept.ordinary(usual)
    for number in range(99):
        kept.note(client(number), "z_flag", 20 * DAY)
    assert not kept.ordinary(Z_FLAG)


def test_days_halve_queries_counts_and_own_parts() -> None:
    kept = Anomalies()
    kept.queries = 1000
    for _ in range(8):
        seen = kept.note(client(1), "z_flag", 0.0)
        kept.note(client(2), "z_flag", 0.0)
    again = kept.note(client(1), "z_flag", 3 * DAY)
    assert again is seen
    assert kept.queries == 125
    assert seen.own == 2  # 8 halved three times, and one more
    assert kept.share(Z_FLAG, seen) == pytest.approx((0.1 + 2 - 2 + 1) / (1e5 + 125), rel=0.2)
    kept.note(client(1), "z_flag", 1e12)
    assert kept.queries == 0


def test_unreadable_messages_of_a_second_are_bounded_by_client_and_in_all() -> None:
    kept = Anomalies()
    assert [kept.admit(client(1), 5.1) for _ in range(51)] == [True] * 50 + [False]
    assert kept.admit(client(2), 5.9)
    assert kept.admit(client(1), 6.0)
    taken = sum(kept.admit(client(number), 7.0) for number in range(10, 20_000))
    assert taken == MAX_WATCHED
    assert kept.skipped == 1 + 19_990 - taken


def test_it_is_told_once_in_a_while_and_where_it_joins_what_was_told() -> None:
    seen = Anomalies().note(client(1), "z_flag", 0.0)
    assert tells(seen, "a.example", 0.0, 3600)
    assert tells(seen, "a.example", 10.0, 3600)
    assert not tells(seen, "b.example", 10.0, 3600)
    assert tells(seen, "b.example", 3600.0, 3600)
    assert not tells(seen, "a.example", 3601.0, 3600)
    assert tells(seen, "a.example", 1.0, 3600)  # a clock set back forgets
