"""`dnsguard simulate` as a person runs it: another process, in an empty folder, while something else has its ports."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dnsguard.behaviours import BEHAVIOURS
from dnsguard.model import ALERT_TYPES
from tests.lab import ROOT


def run(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "dnsguard", "simulate", *args],
        cwd=folder,
        # as on a machine where nobody set anything
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_thirteen_behaviours_thirteen_alerts(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        config = tmp_path / "config.toml"
        config.write_text(f'[listen]\ndns = ["127.0.0.1:{busy.getsockname()[1]}"]\n')
        done = run(tmp_path, "--json", "--config", str(config))
    config.unlink()
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["slug"] for row in rows] == [behaviour.slug for behaviour in BEHAVIOURS]
    assert [row["slug"] for row in rows if not row["arrived"]] == [], done.stderr
    for row in rows:
        assert row["alertType"] == ALERT_TYPES[row["slug"]].id
        assert row["client"] in row["description"]
        assert row["seconds"] >= 0
        assert len(row["systemAlertId"]) == 36
    assert (done.returncode, done.stderr) == (0, "")
    # a folder of its own, and nothing left of it
    assert list(tmp_path.iterdir()) == []


def test_what_a_configuration_keeps_quiet_is_said_to_be_missing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[allow]\nnames = ["agentfox.io"]\n[detect.dark_web]\nmode = "shadow"\n')
    done = run(tmp_path, "--config", str(config))
    assert done.returncode == 1
    *rows, last = done.stdout.splitlines()
    assert sum(row.startswith("✗") for row in rows) == 2
    assert last.startswith("11 of 13 alerts arrived")
    assert done.stderr == "dnsguard: no alert arrived for threat_intel, dark_web\n"


@pytest.mark.parametrize("args", [("--nosuch",), ("--config",)])
def test_wrong_usage(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert run(tmp_path, *args).returncode == 2
