import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from dnsguard.hub import launch as module
from dnsguard.hub.launch import COMMAND, launch
from dnsguard.link import Arguments
from tests.lab import ROOT
from tests.waiting import until

SCRIPT = """
import json, os, pathlib, sys

def prepare():
    yield
    pathlib.Path(os.environ["PREPARED"]).touch()

def main():
    a = json.loads(sys.argv[1])
    for fd in [*a["udp"], *a["tcp"], a["counters"]]:
        os.write(fd, f"{fd}\\n".encode())
    assert os.read(0, 1) == b""
    assert sorted(a) == ["counters", "epoch", "hub", "index", "tcp", "udp"]
    raise SystemExit(a["index"])
"""


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture
def command(tmp_path, monkeypatch):
    (tmp_path / "script_worker.py").write_text(SCRIPT)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")
    monkeypatch.setenv("PREPARED", str(tmp_path / "prepared"))
    return (*COMMAND[:-1], "script_worker")


async def test_a_process_gets_its_work_and_descriptors_later(command, tmp_path):
    launched = await launch(command)
    assert launched.alive
    out = os.open(tmp_path / "out", os.O_CREAT | os.O_WRONLY)
    launched.assign(Arguments(7, "e", "/hub.sock", [out], [out], out))
    os.close(out)
    assert await asyncio.wait_for(launched.process.wait(), 30) == 7
    assert not launched.alive
    # three descriptors of its own, whatever they were here
    assert len(set((tmp_path / "out").read_text().split())) == 3


async def test_one_that_waits_prepares_itself(command, tmp_path):
    launched = await launch(command)
    await until((tmp_path / "prepared").exists)
    assert launched.alive
    out = os.open(tmp_path / "out", os.O_CREAT | os.O_WRONLY)
    launched.assign(Arguments(7, "e", "/hub.sock", [out], [out], out))
    os.close(out)
    assert await asyncio.wait_for(launched.process.wait(), 30) == 7


async def test_one_that_is_not_needed_ends(command):
    launched = await launch(command)
    launched.dismiss()
    assert await asyncio.wait_for(launched.process.wait(), 30) == 0


async def test_a_command_that_cannot_start_leaves_nothing_open(tmp_path):
    before = descriptors()
    with pytest.raises(OSError, match="missing"):
        await launch((str(tmp_path / "missing"),))
    assert descriptors() == before


async def test_assigning_to_the_dead_is_an_error(command):
    launched = await launch(command)
    launched.process.kill()
    await launched.process.wait()
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        launched.assign(Arguments(0, "e", "", [], [], 0))


def test_a_hub_that_ended_is_no_work():
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        assert module.receive(theirs) is None


def test_the_worker_is_started_by_this_interpreter():
    assert COMMAND[0] == sys.executable
    assert COMMAND[-1] == "dnsguard.worker"
