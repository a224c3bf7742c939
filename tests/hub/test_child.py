"""A folder named dnsguard in the working directory must not run in our place."""

import subprocess
from pathlib import Path

import dnsguard
from dnsguard.hub import child


def test_the_working_directory_is_not_looked_into(tmp_path: Path) -> None:
    other = tmp_path / "dnsguard"
    other.mkdir()
    (other / "__init__.py").write_text("raise SystemExit('the wrong one')")
    done = subprocess.run(
        child.command("dnsguard.version"),
        env=child.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_runs_this_very_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [*child.command("x")[:2], "-c", "import dnsguard; print(dnsguard.__file__)"],
        env=child.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).resolve() == Path(dnsguard.__file__).resolve()


def test_the_users_own_paths_stay(monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/opt/own")
    assert child.environment()["PYTHONPATH"].endswith(":/opt/own")
