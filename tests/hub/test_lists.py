"""The compiled lists, and the compiler in its own process."""

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dnsguard.config import parse
from dnsguard.hub import compiler as module
from dnsguard.hub.lists import Lists
from dnsguard.intel.snapshot import Snapshot
from tests.lab import ROOT


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "evil.txt").write_text("evil.example\nworse.example\n")
    text = 'starter_lists = false\n[[lists]]\nname = "evil"\ncategory = "threat_intel"\npath = "evil.txt"\n'
    return parse(text, tmp_path)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


async def test_a_changed_list_makes_a_new_snapshot(settings, tmp_path):
    lists = Lists(tmp_path / "lists")
    assert await lists.compile(settings)
    assert not await lists.compile(settings)
    first = lists.path
    assert [(r.name, r.state, r.entries) for r in lists.reports] == [("evil", "read", 2)]
    assert lists.read["evil", "threat_intel"] > 0
    (tmp_path / "evil.txt").write_text("evil.example\nworse.example\nnew.example\n")
    assert await lists.compile(settings)
    assert lists.path != first
    assert Snapshot.open(lists.path).matches("a.new.example")


async def test_a_list_that_cannot_be_read_keeps_its_last_content_and_is_told(settings, tmp_path):
    lists = Lists(tmp_path / "lists")
    await lists.compile(settings)
    (tmp_path / "evil.txt").unlink()
    await lists.compile(settings)
    assert lists.faults
    assert "evil" in lists.faults[0]
    assert lists.reports[0].state == "kept"
    assert Snapshot.open(lists.path).matches("evil.example")


async def test_a_disk_that_takes_no_snapshot_leaves_the_last_one(settings, tmp_path):
    lists = Lists(tmp_path / "lists")
    await lists.compile(settings)
    kept = lists.path
    again = Lists(tmp_path / "lists")
    (tmp_path / "file").write_text("")
    broken = Lists(tmp_path / "file" / "lists")
    assert not await broken.compile(settings)
    assert broken.error
    assert broken.path is None
    again.take_latest()
    assert again.path == kept
    assert "still being read" in again.error


async def test_a_compiler_that_is_killed_or_hangs_is_an_error(settings, tmp_path, monkeypatch):
    lists = Lists(tmp_path / "lists")
    script = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
    monkeypatch.setattr(module, "COMMAND", (module.COMMAND[0], "-c", script))
    assert not await lists.compile(settings)
    assert "-9" in lists.error
    monkeypatch.setattr(module, "COMMAND", (module.COMMAND[0], "-c", "import time; time.sleep(3600)"))
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    assert not await lists.compile(settings)
    assert "within" in lists.error


def test_the_compiler_gives_way_though_its_session_is_its_own():
    autogroup = Path("/proc/self/autogroup")
    if not autogroup.exists() or not autogroup.read_text():
        pytest.skip("needs Linux's autogroup scheduling")
    program = "from dnsguard.hub import autogroup, compiler; compiler.give_way(); print(autogroup.GROUP.read_text())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, start_new_session=True
    )
    assert done.stdout.split()[-2:] == ["nice", str(module.NICE)]


async def test_relative_paths_hold_from_the_configurations_folder(settings, tmp_path):
    lists = Lists(tmp_path / "lists")
    await lists.compile(dataclasses.replace(settings, base=tmp_path))
    assert lists.reports[0].entries == 2
