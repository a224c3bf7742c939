"""`dnsguard docs`: the manual of this very version, written into a folder."""

from pathlib import Path
from typing import Annotated

import typer

from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.docs.site import write

app = typer.Typer(add_completion=False)


@app.command()
def docs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the pages go; it is made if it is not there.")],
    *,
    config: ConfigOption = None,
) -> None:
    """Write the manual: a page and a runbook for each alert, guides, metrics, a dashboard, alert rules.

    Markdown, JSON and YAML. With --config the pages show your values beside the defaults.
    """
    written = write(folder, load(config))
    typer.echo(f"{len(written)} files; begin with {folder / 'index.md'}")
