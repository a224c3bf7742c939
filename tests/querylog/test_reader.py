"""Searching: each condition by itself, over all files, while they are written, and around what is broken."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.querylog.reader import Logged, Place, Reader, Wanted
from dnsguard.querylog.ring import Ring, path_of, segments
from dnsguard.querylog.segment import SegmentError

FOUND = ("block", "threat_intel", "listed", 0.9, 0.5, "our own", "id")
ROWS = [
    (1.0, "192.0.2.7", "www.example.com", 1, 0, 0, 1, 0, *(None,) * 7),
    (2.0, "192.0.2.8", "example.com", 28, 3, 1500, 4, 1, *(None,) * 7),
    (3.0, "2001:db8::1", "notexample.com", 16, 0, 0, 1, 0, *FOUND),
    (4.0, "192.0.2.0/24", "tracker.ads.net", 1, 0, 0, 1, 0, "shadow", "random_domain", "random", 2.0, 1.0, None, None),
    (5.0, "203.0.113.5", None, None, 1, 0, 1, 0, *(None,) * 7),
    (6.0, "203.0.113.5", "", 2, 0, 0, 1, 0, *(None,) * 7),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("log") / "queries"
    ring = Ring(folder, 8 << 20)
    ring.write(ROWS)
    ring.close()
    return Reader(folder)


def times(found: list[Logged]) -> list[float]:
    return [one.time for one in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"since": 3.0, "until": 4.0}, [4, 3]),
        # a masked record may be any client of its network
        ({"client": "192.0.2.7"}, [4, 1]),
        ({"client": "192.0.2.0/25"}, [4, 2, 1]),
        ({"client": "2001:db8::/32"}, [3]),
        ({"client": "198.51.100.1"}, []),
        ({"name": "Example.COM."}, [2, 1]),
        ({"name": "www.example.com"}, [1]),
        ({"name": "*ads*"}, [4]),
        ({"name": "*e.c?m"}, [3, 2, 1]),
        ({"name": "[a-z]*"}, []),
        ({"qtype": 16}, [3]),
        ({"verdict": "block"}, [3]),
        ({"verdict": "clean"}, [6, 5, 2, 1]),
        ({"detector": "random_domain"}, [4]),
        ({"name": "example.com", "client": "192.0.2.8", "qtype": 28, "verdict": "clean"}, [2]),
        ({"name": "%"}, []),
    ],
)
def test_each_condition(reader: Reader, wanted: dict[str, object], expected: list[float]) -> None:
    assert times(reader.latest(Wanted(**wanted), 100)) == expected  # type: ignore[arg-type]


def test_a_record_comes_back_whole(reader: Reader) -> None:
    (one,) = reader.latest(Wanted(verdict="block"), 1)
    assert one == Logged(
        place=Place(1, 3),
        time=3.0,
        client="2001:db8::1",
        name="notexample.com",
        qtype=16,
        rcode=0,
        took=0,
        count=1,
        stream=False,
        action="block",
        detector="threat_intel",
        reason="listed",
        score=0.9,
        threshold=0.5,
        list="our own",
        alert="id",
    )


@pytest.mark.parametrize(("what", "says"), [({"client": "nobody"}, "192.0.2.7"), ({"verdict": "bad"}, "block, alert")])
def test_a_condition_that_is_none_says_what_would_be_right(what: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Wanted(**what)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_breaks_a_search(reader: Reader, name: str, more: str) -> None:
    assert len(reader.latest(Wanted(name=name + more), 10)) <= 6


def test_files_are_read_from_the_newest_to_the_oldest(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "queries", 1 << 20)
    number = 0
    while len(segments(tmp_path / "queries")) < 3:
        ring.write([(float(number + i), *ROWS[0][1:]) for i in range(500)])
        number += 500
    reader = Reader(tmp_path / "queries")
    everything = times(reader.latest(Wanted(), number))
    assert everything == list(map(float, range(number - 1, -1, -1)))
    assert times(reader.latest(Wanted(), 3)) == everything[:3]
    # what comes later is what `tail` shows, also over a change of files
    place = reader.latest(Wanted(until=everything[-400]), 1)[0].place
    assert times(reader.latest(Wanted(after=place), number)) == everything[:-400]
    assert reader.latest(Wanted(after=reader.end()), 10) == []
    ring.close()


def test_what_is_broken_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ring = Ring(tmp_path / "queries", 8 << 20)
    ring.write(ROWS)
    ring.close()
    path_of(tmp_path / "queries", 2).write_bytes(b"no database" * 1000)
    assert len(Reader(tmp_path / "queries").latest(Wanted(), 100)) == 6
    assert "left out" in caplog.text
    path_of(tmp_path / "queries", 1).unlink()
    with pytest.raises(SegmentError, match=r"00000002\.sqlite"):
        Reader(tmp_path / "queries").latest(Wanted(), 100)


def test_no_log_has_no_records(tmp_path: Path) -> None:
    assert Reader(tmp_path / "nowhere").latest(Wanted(), 100) == []
    assert Reader(tmp_path / "nowhere").end() == Place()
    path_of(tmp_path, 1).touch()  # one that is being made
    assert Reader(tmp_path).latest(Wanted(), 100) == []


def test_a_folder_that_can_not_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "queries").write_text("")
    with pytest.raises(SegmentError, match="queries"):
        Reader(tmp_path / "queries").latest(Wanted(), 1)
