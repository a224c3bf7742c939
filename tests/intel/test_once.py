from dataclasses import replace
from pathlib import Path

import pytest

from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.once import snapshot_once
from dnsguard.intel.snapshot import EMPTY


def config(tmp_path: Path, *names: str) -> list[ListConfig]:
    (tmp_path / "bad.txt").write_text("".join(f"{name}\n" for name in names))
    return [ListConfig(name="mine", category="threat_intel", path="bad.txt")]


def test_without_a_server_s_folder(tmp_path: Path) -> None:
    snapshot, faults = snapshot_once(config(tmp_path, "evil.example"), tmp_path, tmp_path / "none", now=5.0)
    (match,) = snapshot.matches("x.evil.example")  # mapped, though its file is gone
    assert (match.list_name, match.line, match.added, faults) == ("mine", 1, 5.0, ())
    assert not (tmp_path / "none").exists()


def test_the_server_s_snapshot_serves_while_it_says_the_same_and_gives_its_dates_after(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    compile_lists(config(tmp_path, "evil.example"), tmp_path, kept, now=5.0)
    before = sorted(path.name for path in kept.rglob("*"))
    for names in [("evil.example",), ("evil.example", "worse.example")]:
        snapshot, _ = snapshot_once(config(tmp_path, *names), tmp_path, kept, now=9.0)
        assert [m.added for name in names for m in snapshot.matches(name)] == [5.0, 9.0][: len(names)]
    assert sorted(path.name for path in kept.rglob("*")) == before


def test_a_folder_that_may_only_be_read(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    compile_lists(config(tmp_path, "evil.example"), tmp_path, kept, now=5.0)
    kept.chmod(0o500)
    try:
        assert len(snapshot_once(config(tmp_path, "new.example"), tmp_path, kept, now=9.0)[0]) == 1
    finally:
        kept.chmod(0o700)


def test_a_list_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    missing = [*config(tmp_path, "evil.example"), ListConfig(name="gone", category="threat_intel", path="gone.txt")]
    snapshot, faults = snapshot_once(missing, tmp_path, tmp_path / "none", now=5.0)
    assert len(snapshot) == 1
    assert len(faults) == 1
    assert "gone" in faults[0]


def test_a_list_with_a_url_is_what_the_server_has_of_it(tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("evil.example\n")
    lists = [ListConfig(name="feed", category="threat_intel", url="https://lists.example/bad.txt")]
    snapshot, (fault,) = snapshot_once(lists, tmp_path, tmp_path / "none", now=5.0)
    assert len(snapshot) == 0
    assert "`dnsguard lists update` fetches it" in fault
    compile_lists([replace(lists[0], path="copy")], tmp_path, tmp_path / "kept", now=5.0)
    snapshot, faults = snapshot_once(lists, tmp_path, tmp_path / "kept", now=9.0)
    assert [m.added for m in snapshot.matches("evil.example")] == [5.0]
    assert faults == ()


@pytest.mark.parametrize("folder", ["none", "."])
def test_no_lists_need_no_folder(tmp_path: Path, folder: str) -> None:
    assert snapshot_once([], tmp_path, tmp_path / folder, now=1.0) == (EMPTY, ())
