import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dnsguard.cli.app import app
from dnsguard.model import Severity
from dnsguard.tasks import clock
from tests.alerts.made import detection, outbox

NOW = clock()
DGA = {"slug": "domain_generation_algorithm", "severity": Severity.INFORMATIONAL, "zone": "kq3v.example"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'state_dir = "{tmp_path}"\n')
    return path


def run(config: Path, *args: str) -> Result:
    return CliRunner().invoke(app, ["incidents", *args, "--config", str(config)])


@pytest.fixture
def attacked(config: Path) -> Path:
    box = outbox(config.parent)
    box.record("w", 1, [detection(1, time=NOW - 90, **DGA), detection(2, time=NOW - 60, name="\x1b[31m.x.example")])
    box.record("w", 2, [detection(3, time=NOW - 7200, client="192.0.2.8")])
    box.close()
    return config


def test_incidents_of_several_alerts_are_listed(attacked: Path) -> None:
    lines = run(attacked, "list").output.splitlines()
    assert len(lines) == 2
    assert lines[1].split()[2:4] == ["High", "192.0.2.7"]
    assert "search > control" in lines[1]
    assert len(run(attacked, "list", "--all").output.splitlines()) == 3
    assert len(run(attacked, "list", "--all", "--since", "1h").output.splitlines()) == 2
    assert "no incidents" in run(attacked, "list", "--client", "192.0.2.8").output


def test_one_is_shown_with_its_timeline(attacked: Path) -> None:
    identity = run(attacked, "list").output.split()[-1]
    shown = run(attacked, "show", identity).output
    assert shown.startswith("HIGH  192.0.2.7: 2 alerts\n")
    assert "2 stages of an attack (search, then control), which raises Medium to High" in shown
    rows = [line for line in shown.splitlines() if "  search  " in line or "  control  " in line]
    assert ["search" in row for row in rows] == [True, False]
    assert "\x1b" not in shown


def test_json(attacked: Path) -> None:
    listed = [json.loads(line) for line in run(attacked, "list", "--json", "--all").output.splitlines()]
    assert [(one["compromisedEntity"], one["alerts"]) for one in listed] == [("192.0.2.7", 2), ("192.0.2.8", 1)]
    shown = json.loads(run(attacked, "show", listed[0]["incident"], "--json").output)
    assert [one["productComponentName"] for one in shown["timeline"]] == ["domain_generation_algorithm", "threat_intel"]
    assert {one["extendedProperties"]["incident"] for one in shown["timeline"]} == {listed[0]["incident"]}


@pytest.mark.parametrize("text", ["zz", ""])
def test_what_is_none_is_said(attacked: Path, text: str) -> None:
    done = run(attacked, "show", text)
    assert done.exit_code == 1
    assert "is no incident's id" in str(done.exception)


def test_nothing_yet(config: Path) -> None:
    assert "no incidents" in run(config, "list").output
    assert run(config, "list", "--since", "soon").exit_code == 2
