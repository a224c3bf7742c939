import importlib
import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from dnsguard.cli.app import COMMANDS, app


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dnsguard", *args], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "args", [("nosuch",), ("--nosuch",), ("check", "--nosuch"), ("check", "extra"), ("check", "--config")]
)
def test_wrong_usage_is_exit_code_2(args: tuple[str, ...]) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def leaves(command, path: str):
    """Yield the commands that take no further command."""
    subcommands = getattr(command, "commands", {})
    for name, below in subcommands.items():
        yield from leaves(below, f"{path} {name}")
    if not subcommands:
        yield path, command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_a_configuration(name: str) -> None:
    module = importlib.import_module(f"dnsguard.cli.{name}")
    for path, command in leaves(typer.main.get_command(module.app), name):
        options = {option for param in command.params for option in param.opts}
        assert "--config" in options, path
        assert "--install-completion" not in options, f"{path}: typer.Typer(add_completion=False)"
        assert command.help, path


def test_help_names_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert re.findall(r"^│ (\w+) ", shown.output, re.MULTILINE) == list(COMMANDS)


def test_usage_names_the_command() -> None:
    assert "Usage: dnsguard check [OPTIONS]" in run("check", "--help").stdout


def test_check_waits_for_no_web_server() -> None:
    code = (
        "import sys; sys.argv = ['dnsguard', 'check']\n"
        "from dnsguard.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit('aiohttp' in sys.modules or 'uvloop' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False).returncode == 0
