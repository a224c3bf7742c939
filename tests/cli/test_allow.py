import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dnsguard.cli.app import app
from dnsguard.hub import allow_file
from dnsguard.hub.audit import Audit
from dnsguard.tasks import clock
from tests.policy.test_temporary import allow


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\nstarter_lists = false\n[[lists]]\nname = "l"\n'
        f'category = "threat_intel"\npath = "{tmp_path}/l.txt"\n'
    )
    (tmp_path / "l.txt").write_text("evil.example\n")
    return str(path)


def test_without_a_server_nothing_can_be_let_through(config: str) -> None:
    done = CliRunner().invoke(app, ["allow", "add", "--client", "::1", "--zone", "a.example", "--config", config])
    assert done.exit_code == 1
    assert "no dnsguard runs" in str(done.exception)


def test_a_wrong_time_is_wrong_usage(config: str) -> None:
    command = ["allow", "add", "--client", "::1", "--zone", "a.example", "--for", "soon", "--config", config]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert "no duration" in done.output


def test_history_needs_no_server(config: str, tmp_path: Path) -> None:
    Audit(tmp_path / "audit.jsonl").note("allow.add", "ann\x1b", "a1: evil.example for ::1", 1000.0, "a test")
    Audit(tmp_path / "audit.jsonl").note("alert.feedback", "ann", "an alert", 1000.0)
    done = CliRunner().invoke(app, ["allow", "history", "--config", config])
    assert done.output == "1970-01-01T00:16:40.000Z  allow.add     ann\\x1b  a1: evil.example for ::1 (a test)\n"
    done = CliRunner().invoke(app, ["allow", "history", "--json", "--config", config])
    assert json.loads(done.output)["action"] == "allow.add"


def test_explain_knows_what_is_let_through(config: str, tmp_path: Path) -> None:
    allow_file.save(tmp_path / "allows.json", [allow(until=clock() + 600)])
    ask = ["explain", "x.evil.example", "--config", config, "--client"]
    said = json.loads(CliRunner().invoke(app, [*ask, "192.0.2.7", "--json"]).output)
    assert said["verdict"] == "allow"
    assert said["allowed_by"].startswith("evil.example for 192.0.2.7 until ")
    assert said["allowed_until"] > clock()
    assert "allowed for a while: evil.example for 192.0.2.7" in CliRunner().invoke(app, [*ask, "192.0.2.7"]).output
    other = json.loads(CliRunner().invoke(app, [*ask, "192.0.2.8", "--json"]).output)
    assert (other["verdict"], other["allowed_by"], other["allowed_until"]) == ("alert", "", None)
