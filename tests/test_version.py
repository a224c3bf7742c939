import tomllib
from pathlib import Path

from typer.testing import CliRunner

from dnsguard import version
from dnsguard.cli.app import app


def test_the_package_has_the_same_version() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert project["version"] == version.VERSION


def test_printed() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"{version.text()}\n")
    assert shown.output in {
        f"dnsguard {version.VERSION} (compiled)\n",
        f"dnsguard {version.VERSION} (interpreted)\n",
    }


def test_hot_files_say_how_they_run() -> None:
    import dnsguard.wire.query as hot

    assert (version.hot_files() == "interpreted") is hot.__file__.endswith(".py")
