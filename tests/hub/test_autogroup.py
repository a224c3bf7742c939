from pathlib import Path

import pytest

from dnsguard.hub.autogroup import give_way


@pytest.mark.parametrize(
    ("before", "after"),
    [("/autogroup-7 nice 0\n", "10"), ("/autogroup-7 nice 5\n", "/autogroup-7 nice 5\n"), ("", "")],
)
def test_a_group_that_nobody_chose_for_is_made_nicer(tmp_path: Path, before: str, after: str) -> None:
    group = tmp_path / "autogroup"
    group.write_text(before)
    give_way(10, group)
    assert group.read_text() == after


def test_nothing_happens_where_there_is_no_such_group(tmp_path: Path) -> None:
    give_way(10, tmp_path / "missing")
    assert not list(tmp_path.iterdir())
