from pathlib import Path

from typer.testing import CliRunner

from dnsguard.cli import console
from dnsguard.hub.signin.token import Token


def run(tmp_path: Path, *arguments: str):
    (tmp_path / "config.toml").write_text('state_dir = "state"\n')
    return CliRunner().invoke(console.app, [*arguments, "--config", str(tmp_path / "config.toml")])


def test_it_prints_the_token_that_the_hub_made(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    own = Token(tmp_path / "state")
    own.ensure()
    assert run(tmp_path, "token").stdout == f"{own.read()}\n"


def test_a_new_one_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    own = Token(tmp_path / "state")
    own.ensure()
    old = own.read()
    new = run(tmp_path, "token", "--new").stdout.strip()
    assert old != new == own.read()


def test_before_the_first_start_it_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "token")
    assert done.exit_code
    assert "dnsguard serve" in str(done.exception)
