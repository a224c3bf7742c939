import contextlib
import sqlite3
from pathlib import Path

import msgspec
import pytest

from dnsguard.alerts.database import Database, OutboxError
from dnsguard.alerts.reader import Reader, Wanted
from dnsguard.alerts.schema import STEPS, VERSION
from tests.alerts.made import alert, detection, outbox


def test_a_damaged_file_is_moved_aside_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "alerts.sqlite"
    for number in (1, 2):
        path.write_bytes(b"these are not the pages you are looking for" * 100)
        box = outbox(tmp_path)
        box.record("w", 1, [detection(1)])
        box.close()
        assert (tmp_path / f"alerts.sqlite.damaged-{number}").read_bytes().startswith(b"these are not")
    assert "moved aside" in caplog.text
    assert caplog.records[0].moved_to.endswith("damaged-1")


@pytest.mark.parametrize("keep", [100, 5000])
def test_a_torn_file_is_moved_aside(tmp_path: Path, keep: int) -> None:
    box = outbox(tmp_path)
    for seq in range(1, 30):
        box.record("w", seq, [detection(seq * 100 + n, zone=f"{seq}-{n}.example") for n in range(20)])
    box.close()
    path = tmp_path / "alerts.sqlite"
    path.write_bytes(path.read_bytes()[:keep])
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1)])
    assert box._db.moved_to == tmp_path / "alerts.sqlite.damaged-1"
    assert len(Reader(path).latest(Wanted(), 10)) == 1


def test_damage_found_while_running_is_mended_for_the_next_try(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    for seq in range(1, 30):
        box.record("w", seq, [detection(seq * 100 + n, zone=f"{seq}-{n}.example") for n in range(20)])
    box._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    box._db.execute("PRAGMA cache_size = 0")
    path = tmp_path / "alerts.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(OutboxError):
        box.record("w", 99, [detection(9_999_999)])
    assert (tmp_path / "alerts.sqlite.damaged-1").stat().st_size == size
    box.record("w", 99, [detection(9_999_999)])
    assert len(Reader(path).latest(Wanted(), 10)) == 1


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"{STEPS[0]} PRAGMA user_version = 1;")
        old = alert()
        db.execute(
            "INSERT INTO alerts (id, client, zone, slug, action, open, told, untold, last, turn, record) "
            "VALUES (?, ?, ?, ?, ?, 1, 1000, 0, 1000, 1, ?)",
            (old.id, *old.key, msgspec.msgpack.encode(old)),
        )
        db.commit()
    box = outbox(tmp_path)
    box.record("w", 1, [detection(2), detection(3, zone="b.example")])
    found = {one.alert.worst.zone: one.alert for one in Reader(path).latest(Wanted(), 10)}
    assert (found["listed.example"].count, found["listed.example"].incident) == (2, "")
    assert found["b.example"].incident
    box.close()
    outbox(tmp_path).close()


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    outbox(tmp_path).close()
    path = tmp_path / "alerts.sqlite"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(OutboxError, match="newer dnsguard"):
        outbox(tmp_path)
    assert sorted(one.name for one in tmp_path.glob("*damaged*")) == []


def test_a_place_that_cannot_be_had_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="cannot open"):
        Database(tmp_path / "nowhere" / "alerts.sqlite")


def test_one_of_a_batch_fails_alone(tmp_path: Path) -> None:
    db = Database(tmp_path / "alerts.sqlite")

    def add(worker: str, *, fail: bool = False) -> str:
        db.execute("INSERT INTO worker_seq VALUES (?, 1, 1)", (worker,))
        if fail:
            raise ValueError(worker)
        return worker

    outcomes = db.batch([lambda: add("a"), lambda: add("b", fail=True), lambda: add("a"), lambda: add("c")])
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], ValueError)
    assert isinstance(outcomes[2], sqlite3.IntegrityError)
    assert outcomes[3] == "c"
    assert db.execute("SELECT worker FROM worker_seq ORDER BY 1").fetchall() == [("a",), ("c",)]


def test_a_lock_held_by_another_is_an_error_that_passes(tmp_path: Path) -> None:
    db = Database(tmp_path / "alerts.sqlite")
    db.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "alerts.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutboxError, match="locked"):
        db.once(lambda: None)
    other.execute("ROLLBACK")
    other.close()
    db.once(lambda: None)
