from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.marks import ALL, Marks, tail
from dnsguard.intel.meta import digest
from dnsguard.intel.names import suffixes


@pytest.mark.parametrize(
    ("name", "last"),
    [("a.b.c", "b.c"), ("b.c", "b.c"), ("c", "c"), ("", ""), (r"x\.a.b", "a.b"), (r"a\.b.c", "b.c"), (".a", ".a")],
)
def test_tail(name: str, last: str) -> None:
    assert tail(name) == last


NAMES = st.lists(st.text("ab\\", min_size=1, max_size=3), min_size=2, max_size=5).map(".".join)


@given(st.lists(NAMES, max_size=20), st.lists(st.text("ab", min_size=1), max_size=3))
def test_whatever_stands_below_a_name_has_its_bit(names: list[str], labels: list[str]) -> None:
    marks = Marks(len(names))
    for name in names:
        marks.add(name)
    bits = marks.content()
    assert len(bits).bit_count() == 1
    for name in names:
        mark = crc32(tail(".".join([*labels, name])).encode()) & (8 * len(bits) - 1)
        assert bits[mark >> 3] >> (mark & 7) & 1
        assert tail(name) in suffixes(name) or "\\" in name


def test_most_other_names_have_none() -> None:
    marks = Marks(10_000)
    for i in range(10_000):
        marks.add(f"n{i}.example")
    bits = marks.content()
    others = (digest(str(i).encode()) for i in range(10_000))
    masks = (crc32(f"{other}.example".encode()) & (8 * len(bits) - 1) for other in others)
    assert sum(bits[mark >> 3] >> (mark & 7) & 1 for mark in masks) < 1200


def test_a_single_label_sets_them_all() -> None:
    marks = Marks(1)
    marks.add("zip")
    assert marks.content() == ALL
