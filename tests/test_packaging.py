"""What a newcomer follows to the letter: the README, the lock, the unit, the files in the wheel."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from dnsguard.config import parse
from tests.needs import need

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("text", blocks("toml"))
def test_readme_configurations_are_good(text: str) -> None:
    assert parse(text, ROOT)


def test_readme_has_the_line_that_ci_runs() -> None:
    pattern = re.search(r"grep -m1 -E '(.*)' README", (ROOT / ".ci" / "run").read_text())
    assert pattern
    assert len([line for line in README.splitlines() if re.search(pattern[1], line)]) == 1


def test_lock_names_every_dependency_with_its_hashes() -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)(?=.*\\$)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = [
        re.match(r"[\w-]+", line) for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["quic"])
    ]
    assert {name[0] for name in wanted if name} <= locked.keys()
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_package_reaches_the_blocklists() -> None:
    assert (ROOT / "dnsguard" / "blocklists").resolve() == ROOT / "blocklists"


def test_unit_is_one_that_systemd_reads(tmp_path: Path) -> None:
    need("systemd-analyze")
    unit = (ROOT / "dnsguard" / "data" / "dnsguard.service").read_text()
    copy = tmp_path / "dnsguard.service"
    # the program need not be installed for this
    copy.write_text(unit.replace("/opt/dnsguard/bin/dnsguard", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
