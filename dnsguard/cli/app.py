"""The commands, joined. Each is a module of this folder, loaded only when it is run.

A module has `app = typer.Typer(add_completion=False)`: with one command it is that command, with more a group of them.
"""

import importlib
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from dnsguard import version

COMMANDS: Final = {
    # in the order of a newcomer's days: run it, mend its configuration, ask it, look at what it told
    "serve": "Answer queries, and raise alerts.",
    "check": "Show the configuration that holds, or every fault in it.",
    "explain": "Say what would be made of a name, and why.",
    "replay": "Say what alerts recorded traffic would have raised.",
    "simulate": "Show thirteen behaviours, and the alert that each raises.",
    "lists": "Show the lists that names are looked up in.",
    "alerts": "Show the alerts that were raised.",
    "incidents": "Show the alerts of a client that belong together.",
    "allow": "Let a client reach a name for a while.",
    "log": "Search the query log: who asked for what, and what came of it.",
    "docs": "Write the manual: pages, runbooks, a dashboard.",
    "console": "Sign in to the console and the API.",
}
"""Modules of dnsguard.cli, with what --help says of them."""


class Command(TyperCommand):
    """Stands for a command until it is run, so that `check` and `--help` do not wait for a web server's imports."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Load the command, and let it read its arguments: from here on it takes this one's place."""
        module = importlib.import_module(f"dnsguard.cli.{self.name}")
        return typer.main.get_command(module.app).make_context(info_name, args, *rest, **extra)


class Commands(TyperGroup):
    """The commands of COMMANDS, in its order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: Command(name, help=text) for name, text in COMMANDS.items()}


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version.text())
        raise typer.Exit


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    # a bug's traceback goes to the log as Python writes it; drawn boxes and local variables (secrets among them) do not
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def dnsguard(
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """A forwarding DNS resolver that detects, alerts and blocks."""
