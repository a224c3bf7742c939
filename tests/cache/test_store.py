from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.cache.store import Store


@dataclass
class Value:
    cost: int
    used: bool = False


class Model:
    """The same store, told plainly: a list of (key, value), the oldest first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.items: list[tuple[bytes, Value]] = []

    def total(self) -> int:
        return sum(value.cost for _, value in self.items)

    def drop(self, key: bytes) -> None:
        self.items = [item for item in self.items if item[0] != key]

    def put(self, key: bytes, value: Value) -> None:
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
    store: Store[Value] = Store(size)
    model = Model(size)
    for action, number, amount in steps:
        key = b"%d" % number
        if action == "put":
            store.put(key, Value(amount))
            model.put(key, Value(amount))
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
        assert list(store.entries.items()) == model.items
        assert store.bytes == model.total() <= store.size


def test_what_was_used_gets_one_more_round() -> None:
    store: Store[Value] = Store(30)
    for key in (b"a", b"b", b"c"):
        store.put(key, Value(10))
    store.entries[b"a"].used = True
    store.put(b"d", Value(10))
    assert list(store.entries) == [b"c", b"a", b"d"]
    store.put(b"e", Value(10))
    store.put(b"f", Value(10))
    assert list(store.entries) == [b"d", b"e", b"f"]
    assert store.evicted == 3


def test_a_newcomer_stays_when_all_others_are_wanted() -> None:
    store: Store[Value] = Store(30)
    for key in (b"a", b"b", b"c"):
        store.put(key, Value(10, used=True))
    store.put(b"d", Value(10))
    assert list(store.entries) == [b"b", b"c", b"d"]


def test_what_is_too_large_pushes_nothing_out_and_takes_its_old_place_away() -> None:
    store: Store[Value] = Store(30)
    store.put(b"a", Value(10))
    store.put(b"b", Value(10))
    store.put(b"b", Value(31))
    assert (list(store.entries), store.bytes, store.evicted) == ([b"a"], 10, 0)


def test_clear() -> None:
    store: Store[Value] = Store(30)
    store.put(b"a", Value(10))
    store.clear()
    store.put(b"a", Value(30))
    assert (len(store.entries), store.bytes) == (1, 30)
