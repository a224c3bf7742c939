import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.reader import Reader, Wanted
from dnsguard.alerts.schema import STEPS, VERSION
from dnsguard.model import Severity
from tests.alerts.made import HOUR, detection, outbox


def test_the_newest_told_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(n, time=1000 + n, zone=f"{n}.example") for n in range(5)])
    reader = Reader(box.path)
    assert [stored.alert.worst.zone for stored in reader.latest(Wanted(), 2)] == ["4.example", "3.example"]
    box.record("w", 2, [detection(9, time=1000 + HOUR / 2, zone="1.example")])
    box.sweep(1002 + HOUR)
    assert reader.latest(Wanted(), 1)[0].alert.worst.zone == "1.example"


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"severity": Severity.HIGH}, [3]),
        ({"client": "192.0.2.8"}, [2]),
        ({"zone": "evil.example"}, [2, 1]),
        ({"zone": "vil.example"}, []),
        ({"slug": "dark_web"}, [3]),
        ({"since": 1500.0}, [3, 2]),
        ({"after": 2}, [3]),
    ],
)
def test_filters(tmp_path: Path, wanted: dict[str, Any], numbers: list[int]) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000, zone="evil.example")])
    box.record("w", 2, [detection(2, time=2000, zone="a.evil.example", client="192.0.2.8")])
    box.record("w", 3, [detection(3, time=3000, slug="dark_web", severity=Severity.HIGH)])
    found = Reader(box.path).latest(Wanted(**wanted), 10)
    assert [stored.alert.id for stored in found] == [detection(number).id for number in numbers]


def test_find_by_id_beginning_and_alias(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(id="aaaa1111"), detection(id="bbbb2222"), detection(id="aaaa3333", zone="x.example")])
    reader = Reader(box.path)
    assert [stored.alert.id for stored in reader.find("aaaa1111")] == ["aaaa1111"]
    assert [stored.alert.id for stored in reader.find("bbbb")] == ["aaaa1111"]
    assert len(reader.find("aaaa")) == 2
    assert reader.find("zzzz") == reader.find("") == []
    (delivery,) = reader.find("aaaa3")[0].deliveries
    assert (delivery.webhook, delivery.state, delivery.attempts) == ("hook", "pending", 0)


def test_it_reads_while_the_hub_writes_and_after_it_died(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    reader = Reader(box.path)
    box._db.execute("BEGIN IMMEDIATE")
    assert reader.latest(Wanted(), 1) == []
    box._db.execute("COMMIT")
    box.record("w", 1, [detection(1)])
    assert len(reader.latest(Wanted(), 1)) == 1
    box.close()
    assert len(reader.latest(Wanted(), 1)) == 1


def test_no_file_is_no_alerts(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "alerts.sqlite")
    assert reader.latest(Wanted(), 1) == []
    with pytest.raises(OutboxError, match="no alerts yet"):
        reader.find("x")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "alerts.sqlite").touch()
    assert reader.latest(Wanted(), 1) == []


def test_what_is_no_outbox_is_an_error_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    path.write_bytes(b"hello" * 1000)
    with pytest.raises(OutboxError, match="cannot read"):
        Reader(path).latest(Wanted(), 1)
    path.unlink()
    db = sqlite3.connect(path)
    db.executescript(f"{''.join(STEPS)} PRAGMA user_version = {VERSION + 1};")
    db.close()
    with pytest.raises(OutboxError, match="its schema is"):
        Reader(path).latest(Wanted(), 1)
