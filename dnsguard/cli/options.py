"""Options that several commands have, and who gives them."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The config.toml to use; without it the built-in defaults hold."),
]


def who() -> str:
    """The person at the terminal, also behind sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()
