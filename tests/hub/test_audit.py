import json
import stat
from pathlib import Path

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import audit
from dnsguard.hub.audit import Audit, read


def test_deeds_are_lines_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    Audit(path).note("allow.add", "ann", "evil.example\nfor all", 1000.0, "a test")
    assert json.loads(path.read_text()) == {
        "time": "1970-01-01T00:16:40.000Z",
        "action": "allow.add",
        "by": "ann",
        "about": "evil.example\nfor all",
        "reason": "a test",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_newest_come_first_and_some_actions_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for number in range(5):
        Audit(path).note("a" if number % 2 else "b", "ann", str(number), 1000.0)
    assert [entry.about for entry in read(path, 2)] == ["4", "3"]
    assert [entry.about for entry in read(path, 9, {"a"})] == ["3", "1"]
    assert read(tmp_path / "none", 9) == []


def test_its_size_is_bounded_and_the_file_before_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MAX_SIZE", 1000)
    path = tmp_path / "audit.jsonl"
    for number in range(100):
        Audit(path).note("a", "ann", str(number), 1000.0)
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 2200
    found = [int(entry.about) for entry in read(path, 1000)]
    assert found == list(range(99, 99 - len(found), -1))
    assert len(found) > 8


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    Audit(path).note("a", "ann", "1", 1000.0)
    with path.open("ab") as file:
        file.write(b'{"time": "2026\n\xff\n')
    Audit(path).note("a", "ann", "2", 1000.0)
    assert [entry.about for entry in read(path, 9)] == ["2", "1"]


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    Audit(tmp_path / "audit.jsonl").note("allow.add", "ann", "evil.example", 1000.0)
    assert "cannot be audited" in caplog.text
    with pytest.raises(DnsguardError, match="cannot read"):
        read(tmp_path / "audit.jsonl", 9)
