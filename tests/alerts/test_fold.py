from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.alerts.alert import key_of
from dnsguard.alerts.fold import LONGEST, Fold
from dnsguard.model import Detection, Severity
from tests.alerts.made import detection


def test_the_first_goes_at_once_and_repeats_with_the_flush() -> None:
    fold = Fold()
    first = detection(1, time=10.0)
    assert fold.add(first) == [first]
    assert fold.add(detection(2, time=10.2)) == []
    assert fold.add(detection(3, time=10.4, count=3, last=10.5)) == []
    (total,) = fold.flush(11.0)
    assert (total.id, total.count, total.time, total.last) == (detection(2).id, 4, 10.2, 10.5)
    assert fold.flush(11.1) == []


def test_what_was_given_is_not_changed() -> None:
    fold = Fold()
    repeat = detection(2, time=10.2)
    fold.add(detection(1, time=10.0))
    fold.add(repeat)
    fold.add(detection(3, time=10.4))
    assert repeat.count == 1


def test_different_keys_do_not_fold() -> None:
    fold = Fold()
    keys = [{}, {"client": "192.0.2.8"}, {"zone": "other.example"}, {"slug": "dark_web"}, {"action": "alert"}]
    assert all(len(fold.add(detection(**changes))) == 1 for changes in keys)


def test_a_quiet_key_is_forgotten() -> None:
    fold = Fold(every=1.0)
    fold.add(detection(time=10.0))
    fold.flush(10.5)
    assert len(fold) == 1
    fold.flush(11.0)
    assert len(fold) == 0
    assert len(fold.add(detection(2, time=12.0))) == 1


def test_a_clock_set_back_does_not_keep_a_key_for_ever() -> None:
    fold = Fold()
    fold.add(detection(time=1e9))
    fold.flush(10.0)
    assert len(fold) == 0


def test_a_repeat_may_carry_the_id_that_was_told() -> None:
    fold = Fold()
    fold.add(detection(1))
    one = detection(1)
    ongoing = fold.ongoing(key_of(one))
    assert ongoing is not None and ongoing.id == one.id  # noqa: PT018 - one thought
    assert fold.ongoing((one.client, one.zone, one.slug, "alert")) is None


def test_the_worse_repeat_is_shown() -> None:
    fold = Fold()
    fold.add(detection(1))
    fold.add(detection(2, score=1.0))
    fold.add(detection(3, score=9.0, name="worse.listed.example", evidence={"bytes": 9}))
    (total,) = fold.flush(2000.0)
    assert (total.name, total.score, total.evidence) == ("worse.listed.example", 9.0, {"bytes": 9})


def test_a_full_table_tells_what_it_forgets() -> None:
    fold = Fold(capacity=2)
    fold.add(detection(1, zone="a.example"))
    fold.add(detection(2, zone="a.example"))
    fold.add(detection(3, zone="b.example"))
    told = fold.add(detection(4, zone="c.example"))
    assert [one.id for one in told] == [detection(2).id, detection(4).id]
    assert (fold.evicted, len(fold)) == (1, 2)


def played(fold: Fold, seconds: int, per_second: int = 4, **changes: Any) -> list[tuple[float, Detection]]:
    """A key that goes on for so many seconds; what was told, and when."""
    told: list[tuple[float, Detection]] = []
    for second in range(seconds):
        for part in range(per_second):
            now = second + part / per_second
            told += [(now, one) for one in fold.add(detection(time=now, **changes))]
        told += [(second + 1.0, one) for one in fold.flush(second + 1.0)]
    return told


def test_sums_wait_longer_the_longer_it_goes_on() -> None:
    told = played(Fold(), 160)
    assert [now for now, _ in told] == [0, 1, 3, 7, 15, 31, 63, 95, 127, 159]
    assert sum(one.count for _, one in told) == 159 * 4


def test_a_count_is_never_behind_by_more_than_it_lasts_or_the_longest_wait() -> None:
    fold = Fold()
    known = 0
    for second in range(200):
        for _ in range(4):
            known += sum(one.count for one in fold.add(detection(time=float(second))))
        known += sum(one.count for one in fold.flush(second + 1.0))
        behind = (second + 1) * 4 - known
        assert behind <= 4 * min(LONGEST, second + 1)


def test_the_count_is_whole_soon_after_the_finding_stops_coming() -> None:
    fold = Fold()
    told = fold.add(detection(time=0.0))
    for second in range(1, 21):
        told += [*fold.add(detection(second, time=second - 0.5)), *fold.flush(float(second))]
    assert sum(one.count for one in told) < 21
    for second in range(21, 24):
        told += fold.flush(float(second))
    assert sum(one.count for one in told) == 21


def test_flushes_that_come_a_little_late_or_early_skip_no_turn() -> None:
    fold = Fold()
    fold.add(detection(time=0.0))
    told = []
    for number in range(1, 32):
        fold.add(detection(time=float(number) - 0.5))
        if fold.flush(number + (0.05 if number % 2 else -0.05)):
            told.append(number)
    assert told == [1, 3, 7, 15, 31]


def test_a_pause_shorter_than_the_wait_begins_nothing_anew() -> None:
    fold = Fold()
    played(fold, 7)
    assert fold.add(detection(time=13.0)) == []
    assert fold.flush(13.5) == []
    assert [one.count for one in fold.flush(15.0)] == [1]
    for second in range(16, 29):
        assert fold.flush(float(second)) == []
        assert len(fold) == 1
    fold.flush(29.0)
    assert len(fold) == 0


def test_what_gets_graver_leaves_with_the_next_flush() -> None:
    fold = Fold()
    played(fold, 7)
    fold.add(detection(time=7.5, severity=Severity.HIGH))
    (graver,) = fold.flush(8.0)
    assert graver.severity is Severity.HIGH
    fold.add(detection(time=8.5, severity=Severity.HIGH))
    assert fold.flush(9.0) == []


def test_a_clock_set_back_holds_no_sum_for_ever() -> None:
    fold = Fold()
    fold.add(detection(time=1e9))
    fold.add(detection(time=1e9))
    fold.flush(1e9)
    fold.add(detection(time=1e9 + 1))
    assert len(fold.flush(10.0)) == 1


def test_a_repeat_counts_by_itself_once_there_is_a_sum() -> None:
    fold = Fold()
    fold.add(detection(1, time=10.0))
    ongoing = fold.ongoing(key_of(detection()))
    assert ongoing is not None
    assert not ongoing.again(10.1)
    fold.add(detection(1, time=10.2))
    assert ongoing.again(10.3)
    assert ongoing.again(10.1)
    (total,) = fold.flush(11.0)
    assert (total.count, total.time, total.last) == (3, 10.1, 10.3)
    assert not ongoing.again(11.1)
    assert total.count == 3


def test_what_was_forgotten_counts_nothing() -> None:
    for forget in (Fold.drain, lambda fold: fold.add(detection(zone="other.example"))):
        fold = Fold(capacity=1)
        fold.add(detection(1, time=10.0))
        fold.add(detection(1, time=10.1))
        ongoing = fold.ongoing(key_of(detection()))
        forget(fold)
        assert ongoing is not None and not ongoing.again(10.2)  # noqa: PT018 - one thought


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from(["add", "flush"])), max_size=80),
    st.integers(1, 4),
)
def test_nothing_is_lost_or_doubled(steps: list[tuple[int, int, str]], capacity: int) -> None:
    fold = Fold(capacity=capacity)
    put: Counter[str] = Counter()
    told: list[Detection] = []
    for number, (zone, count, step) in enumerate(steps):
        if step == "add":
            one = detection(number, time=float(number), zone=f"{zone}.example", count=count)
            put[one.zone] += count
            told += fold.add(one)
        else:
            told += fold.flush(float(number))
        assert len(fold) <= capacity
    told += fold.drain()
    got: Counter[str] = Counter()
    for one in told:
        got[one.zone] += one.count
    assert got == put
