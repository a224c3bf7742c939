import subprocess
import sys
from pathlib import Path


def run(*args: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dnsguard", "docs", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_manual_is_written_with_the_reader_s_values(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[detect.dark_web]\nmode = "block"\n')
    done = run(tmp_path / "manual", "--config", tmp_path / "config.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"35 files; begin with {tmp_path}/manual/index.md\n"
    assert '`"block"`' in (tmp_path / "manual" / "detectors" / "dark_web.md").read_text()


def test_what_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path / "file")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert run().returncode == 2
