"""The ring: within its bound, the newest kept, and no file so broken that nothing more is written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dnsguard.querylog import segment
from dnsguard.querylog.ring import Ring, path_of, segments
from dnsguard.querylog.segment import COLUMNS, Segment, SegmentError

MAX = 1 << 20


def row(number: int) -> tuple[object, ...]:
    return (float(number), "192.0.2.7", f"name{number}.example", 1, 0, 250, 1, False, *(None,) * 7)


def kept(folder: Path) -> list[int]:
    found = []
    for _, path in segments(folder):
        with closing(sqlite3.connect(path)) as db:
            found += [int(time) for (time,) in db.execute("SELECT time FROM queries ORDER BY rowid")]
    return found


def test_rows_have_a_value_for_each_column() -> None:
    assert len(row(0)) == len(COLUMNS)


def test_it_stays_within_its_bound_and_keeps_the_newest(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", MAX)
    most = 0
    for start in range(0, 60_000, 500):
        ring.write(map(row, range(start, start + 500)))
        most = max(most, ring.size)
    ring.close()
    found = kept(tmp_path / "queries")
    assert found == list(range(found[0], 60_000))
    assert len(found) > 8_000
    # a transaction of these 500 rows has some 40 kB, in the log and in the file
    assert MAX * 3 // 4 < ring.size <= most < MAX + (100 << 10)
    assert (tmp_path / "queries").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for _, path in segments(tmp_path / "queries")} == {0o600}


def test_finished_files_need_no_second_one_to_be_read(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", MAX)
    while len(segments(tmp_path / "queries")) < 2:
        ring.write(map(row, range(500)))
    names = {path.name for path in (tmp_path / "queries").iterdir()}
    assert "00000001.sqlite" in names
    assert "00000001.sqlite-wal" not in names
    ring.close()


def test_a_new_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    for number in range(3):
        ring = Ring(tmp_path / "queries", MAX)
        ring.write([row(number)])
        ring.close()
    assert kept(tmp_path / "queries") == [0, 1, 2]
    assert len(segments(tmp_path / "queries")) == 1


def test_a_smaller_bound_holds_from_the_next_start(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", MAX)
    for _ in range(40):
        ring.write(map(row, range(500)))
    ring.close()
    smaller = Ring(tmp_path / "queries", MAX // 4)
    smaller.write([row(1)])
    smaller.close()
    assert smaller.size <= MAX // 2


def test_a_damaged_file_is_left_behind(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", MAX)
    ring.write([row(1)])
    ring.close()
    path_of(tmp_path / "queries", 1).write_bytes(b"no database" * 1000)
    again = Ring(tmp_path / "queries", MAX)
    again.write([row(2)])
    again.close()
    path_of(tmp_path / "queries", 1).unlink()
    assert kept(tmp_path / "queries") == [2]


def test_a_file_that_breaks_while_it_is_written_is_left_behind(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", MAX)
    ring.write(map(row, range(1000)))
    ring.close()
    path = path_of(tmp_path / "queries", 1)
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(SegmentError, match="malformed"):
        ring.write([row(2)])
    ring.close()
    ring.write([row(2)])
    ring.close()
    assert [number for number, _ in segments(tmp_path / "queries")] == [1, 2]


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    path = path_of(tmp_path / "queries", 7)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other (a)")
        db.execute("PRAGMA user_version = 99")
    ring = Ring(tmp_path / "queries", MAX)
    ring.write([row(1)])
    ring.close()
    assert [number for number, _ in segments(tmp_path / "queries")] == [7, 8]


def test_what_can_not_be_written_says_so_and_leaves_nothing_half(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SegmentError, match="file"):
        Ring(blocked / "queries", MAX).write([row(1)])
    one = Segment(tmp_path / "one.sqlite")
    with pytest.raises(SegmentError):
        one.write([row(1), ("too", "short")])
    one.write([row(2)])
    one.close(finished=True)
    with closing(sqlite3.connect(tmp_path / "one.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM queries").fetchone() == (1,)
    assert segment.size(tmp_path / "nothing") == 0
    segment.delete(tmp_path / "nothing")


def test_strange_files_in_the_folder_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "notes.txt").write_text("mine")
    ring = Ring(tmp_path / "queries", MAX)
    ring.write([row(1)])
    ring.close()
    assert (tmp_path / "queries" / "notes.txt").read_text() == "mine"
    assert segments(tmp_path / "nowhere") == []
