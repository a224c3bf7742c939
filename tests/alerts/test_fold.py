from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.alerts.fold import Fold
from dnsguard.model import Detection
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
    assert fold.open_id(one.client, one.zone, one.slug, one.action) == one.id
    assert fold.open_id(one.client, one.zone, one.slug, "alert") is None


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
