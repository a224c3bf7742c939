"""`dnsguard console`: what signs one in to the console and the API."""

from typing import Annotated

import typer

from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.hub.signin.token import Token

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def console() -> None:
    """Sign in to the console and the API."""


@app.command()
def token(
    *,
    config: ConfigOption = None,
    new: Annotated[bool, typer.Option("--new", help="Make another; all browsers are signed out.")] = False,
) -> None:
    """Print the token that signs one in, made when `dnsguard serve` first started."""
    own = Token(load(config).state_dir)
    typer.echo(own.renew() if new else own.read())
