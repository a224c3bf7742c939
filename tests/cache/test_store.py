from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.cache.store import Kept, Store


def value(cost: int, *, used: bool = False) -> Kept:
    made = Kept(cost)
    made.used = used
    return made


def told(items: Iterable[tuple[bytes, Kept]]) -> list[tuple[bytes, int, bool]]:
    return [(key, each.cost, each.used) for key, each in items]


class Model:
    """The same store, told plainly: a list of (key, value), the oldest first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.items: list[tuple[bytes, Kept]] = []

    def total(self) -> int:
        return sum(value.cost for _, value in self.items)

    def drop(self, key: bytes) -> None:
        self.items = [item for item in self.items if item[0] != key]

    def put(self, key: bytes, value: Kept) -> None:
        self.drop(key)
        if value.cost <= self.size:
            self.make_room(value.cost)
            self.items.append((key, value))

    def make_room(self, cost: int) -> None:
        while self.total() + cost > self.size:
            key, value = self.items.pop(0)
            if value.used:
                value.used = False
                self.items.append((key, value))


step = st.tuples(
    st.sampled_from(["put", "put", "put", "use", "drop", "resize"]), st.integers(0, 9), st.integers(1, 120)
)


@given(st.integers(0, 200), st.lists(step, max_size=60))
def test_equals_its_model_and_never_exceeds_its_size(size: int, steps: list[tuple[str, int, int]]) -> None:
    store: Store[Kept] = Store(size)
    model = Model(size)
    for action, number, amount in steps:
        key = b"%d" % number
        if action == "put":
            store.put(key, value(amount))
            model.put(key, value(amount))
        elif action == "drop":
            store.drop(key)
            model.drop(key)
        elif action == "resize":
            store.resize(amount)
            model.size = amount
            model.make_room(0)
        elif key in store.entries:
            store.entries[key].used = True
            dict(model.items)[key].used = True
        assert told(store.entries.items()) == told(model.items)
        assert store.bytes == model.total() <= store.size


def test_what_was_used_gets_one_more_round() -> None:
    store: Store[Kept] = Store(30)
    for key in (b"a", b"b", b"c"):
        store.put(key, value(10))
    store.entries[b"a"].used = True
    store.put(b"d", value(10))
    assert list(store.entries) == [b"c", b"a", b"d"]
    store.put(b"e", value(10))
    store.put(b"f", value(10))
    assert list(store.entries) == [b"d", b"e", b"f"]
    assert store.evicted == 3


def test_a_newcomer_stays_when_all_others_are_wanted() -> None:
    store: Store[Kept] = Store(30)
    for key in (b"a", b"b", b"c"):
        store.put(key, value(10, used=True))
    store.put(b"d", value(10))
    assert list(store.entries) == [b"b", b"c", b"d"]


def test_what_is_too_large_pushes_nothing_out_and_takes_its_old_place_away() -> None:
    store: Store[Kept] = Store(30)
    store.put(b"a", value(10))
    store.put(b"b", value(10))
    store.put(b"b", value(31))
    assert (list(store.entries), store.bytes, store.evicted) == ([b"a"], 10, 0)


def test_clear() -> None:
    store: Store[Kept] = Store(30)
    store.put(b"a", value(10))
    store.clear()
    store.put(b"a", value(30))
    assert (len(store.entries), store.bytes) == (1, 30)
