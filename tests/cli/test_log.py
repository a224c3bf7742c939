"""`dnsguard log`, as a person and as a program read it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dnsguard.querylog.record import folder
from dnsguard.querylog.ring import Ring
from dnsguard.tasks import clock
from tests.lab import eventually

CLEAN = (None,) * 7
FOUND = ("block", "threat_intel", "name on a threat intelligence list", 0.75, 0.2, "our own", "721233a4-d0c3")
NOW = 1_767_225_600.25  # 2026-01-01


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('state_dir = "state"\n[query_log]\nmode = "full"\n')
    (tmp_path / "state").mkdir()
    return tmp_path


@pytest.fixture
def filled(state: Path) -> Path:
    write(
        state,
        (NOW, "192.0.2.7", "www.example.com", 1, 0, 12_345, 1, False, *CLEAN),
        (NOW + 1, "192.0.2.8", "x\x1b]0;.evil.com", 16, 3, 0, 5, True, *FOUND),
        (clock() - 60, "192.0.2.7", "", 65280, 12, 0, 1, False, *CLEAN),
        (clock() - 50, "192.0.2.7", None, None, 1, 0, 1, False, *CLEAN),
    )
    return state


def write(state: Path, *rows: tuple[object, ...]) -> None:
    ring = Ring(folder(state / "state"), 8 << 20)
    ring.write(rows)
    ring.close()


def command(state: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "dnsguard", "log", *args, "--config", str(state / "config.toml")]


def run(state: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(state, *args), capture_output=True, text=True, timeout=60, check=False)


def test_a_line_says_who_asked_what_and_what_came_of_it(filled: Path) -> None:
    done = run(filled, "search", "--until", "2026-01-02")
    assert (done.returncode, done.stderr) == (0, "")
    verdict = "blocked: threat_intel: name on a threat intelligence list (list our own), 0.75 of 0.2  721233a4"
    assert done.stdout.splitlines() == [
        rf"2026-01-01T00:00:01.250Z  192.0.2.8        x\x1b]0;.evil.com TXT  NXDOMAIN  at once  x5  {verdict}",
        "2026-01-01T00:00:00.250Z  192.0.2.7        www.example.com A  NOERROR  12.3 ms",
    ]
    recent = run(filled, "search", "--since", "10m").stdout.splitlines()
    assert [line.split("  ", 2)[2].strip() for line in recent] == [
        "(unreadable) -  FORMERR  at once",
        ". TYPE65280  RCODE12  at once",
    ]


def test_programs_read_json(filled: Path) -> None:
    done = run(filled, "search", "--json", "--name", "evil.com", "--verdict", "block", "--type", "txt")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "time": "2026-01-01T00:00:01.250Z",
            "client": "192.0.2.8",
            "name": "x\x1b]0;.evil.com",
            "type": "TXT",
            "rcode": "NXDOMAIN",
            "tookMs": 0.0,
            "count": 5,
            "transport": "tcp",
            "verdict": "block",
            "detector": "threat_intel",
            "reason": "name on a threat intelligence list",
            "score": 0.75,
            "threshold": 0.2,
            "list": "our own",
            "alert": "721233a4-d0c3",
        }
    ]
    clean = json.loads(run(filled, "search", "--json", "--name", "www.*").stdout)
    assert (clean["verdict"], "detector" in clean) == ("clean", False)
    assert len(run(filled, "search", "--json", "-n", "3").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--client", "nobody"), "192.0.2.0/24"),
        (("--verdict", "bad"), "suppressed"),
        (("--detector", "bad"), "threat_intel"),
        (("--type", "bad"), "TYPE65280"),
        (("--since", "bad"), "2026-11-24"),
        (("-n", "0"), "1"),
    ],
)
def test_what_can_not_be_searched_for_says_what_would_be_right(state: Path, args: tuple[str, ...], says: str) -> None:
    done = run(state, "search", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


def test_nothing_found_is_no_fault_and_says_why(state: Path) -> None:
    done = run(state, "search")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no queries\n")
    (state / "config.toml").write_text('state_dir = "state"\n')
    done = run(state, "search")
    assert (done.returncode, done.stdout) == (0, "")
    assert '[query_log] mode = "full"' in done.stderr


def test_a_log_that_can_not_be_read_is_a_fault(state: Path) -> None:
    folder(state / "state").mkdir()
    (folder(state / "state") / "00000001.sqlite").write_bytes(b"no database" * 100)
    done = run(state, "search")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "00000001.sqlite" in done.stderr


def test_tail_shows_what_comes(filled: Path) -> None:
    out = filled / "out"
    with out.open("w") as file:
        process = subprocess.Popen(command(filled, "tail", "-n", "1", "--client", "192.0.2.7"), stdout=file)
    eventually(lambda: "unreadable" in out.read_text(), "the last one")
    write(
        filled,
        (clock(), "192.0.2.7", "new.example", 1, 0, 0, 1, False, *CLEAN),
        (clock(), "192.0.2.9", "other.example", 1, 0, 0, 1, False, *CLEAN),
    )
    eventually(lambda: "new.example" in out.read_text(), "the new one")
    process.send_signal(2)
    assert process.wait(20) == 0
    assert len(out.read_text().splitlines()) == 2
