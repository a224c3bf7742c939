import os
import stat
import subprocess
import sys

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub.statedir import StateDir, running
from tests.lab import ROOT

HOLD = """
import os, signal, sys
from pathlib import Path
from dnsguard.hub.statedir import StateDir
state = StateDir(Path(sys.argv[1]))
state.publish(["127.0.0.1:53"], "")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_second_hub_is_refused_and_told_who_is_there(tmp_path):
    path = tmp_path / "deep" / "state"
    with StateDir(path) as first:
        first.publish(["127.0.0.1:53"], "127.0.0.1:8053")
        with pytest.raises(DnsguardError, match=rf"another dnsguard, process {os.getpid()}, uses it"):
            StateDir(path)
        assert running(path).dns == ["127.0.0.1:53"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with StateDir(path) as second:
        assert second.previous is None
        assert second.epoch != first.epoch


def test_a_killed_hub_leaves_the_lock_and_a_trace(tmp_path):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", HOLD, tmp_path], env=env, check=False)
    assert killed.returncode == -9
    with StateDir(tmp_path) as state:
        assert state.previous is not None
        assert state.previous.epoch != state.epoch
    assert running(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DnsguardError, match=r"state_dir: .*Not a directory; dnsguard must be able to write there"):
        StateDir(tmp_path / "file" / "state")


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}'])
def test_a_damaged_trace_is_none(tmp_path, text):
    (tmp_path / "hub.json").write_text(text)
    assert running(tmp_path) is None
