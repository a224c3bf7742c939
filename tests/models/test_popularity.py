from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models import make_popularity, popularity

KNOWN = dict(popularity.ranked())


def test_every_name_has_its_bucket() -> None:
    assert all(popularity.rank(name) == bucket for name, bucket in KNOWN.items())


def test_buckets_are_of_the_sizes_they_say() -> None:
    sizes = [list(KNOWN.values()).count(bucket) for bucket in range(1, popularity.BUCKETS + 1)]
    assert sizes[:4] == [1_000, 9_000, 20_000, 70_000]
    assert len(KNOWN) > 200_000


def test_the_table_is_small() -> None:
    assert popularity.TABLE.stat().st_size <= 1 << 20


@pytest.mark.parametrize(
    ("name", "bucket"),
    [("google.com", 1), ("paypal.com", 1), ("bbc.co.uk", 1), ("google.com.evil.test", 0), ("", 0)],
)
def test_rank(name: str, bucket: int) -> None:
    assert popularity.rank(name) == bucket


@given(st.from_regex(r"[a-z0-9-]{1,20}\.[a-z]{2,5}", fullmatch=True))
def test_what_is_not_in_the_table_has_no_rank(name: str) -> None:
    assert popularity.rank(name) == KNOWN.get(name, 0)


def test_written_is_what_is_read(tmp_path: Path) -> None:
    names = [f"name{number}.{suffix}" for number in range(1500) for suffix in ("com", "co.uk")]
    table = tmp_path / "table.xz"
    table.write_bytes(make_popularity.lzma.compress(make_popularity.written(names).encode()))
    read = dict(popularity.ranked(table))
    assert [read[name] for name in names] == [1] * 1000 + [2] * 2000
    assert len(read) == 3000
