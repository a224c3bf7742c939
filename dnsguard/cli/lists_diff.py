"""`dnsguard lists diff`: what the last compilation changed of each list, in numbers and by some names."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from dnsguard.cli.list_view import when
from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.errors import ListError
from dnsguard.intel.compile import latest
from dnsguard.intel.meta import Change
from dnsguard.intel.once import SNAPSHOTS


def diff(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each list that changed.")] = False,
    config: ConfigOption = None,
) -> None:
    """Say what the server's last compilation changed: how many entries of each list are new or gone, and some."""
    directory = load(config).state_dir / SNAPSHOTS
    snapshot = latest(directory)
    if snapshot is None:
        raise ListError(f"{directory}: no server has compiled the lists yet")
    if as_json:
        for change in snapshot.meta.changes:
            typer.echo(msgspec.json.encode(change).decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{when(snapshot.meta.made)}, snapshot {snapshot.generation}"))
    for change in snapshot.meta.changes:
        for line in _lines(change):
            console.print(line)


def _lines(change: Change) -> list[Text]:
    lines = [
        Text.assemble(
            (change.name, "bold"),
            f" ({change.category}): ",
            (f"+{change.added:,}", "red" if change.added else "dim"),
            " ",
            (f"-{change.removed:,}", "green" if change.removed else "dim"),
        )
    ]
    for sign, some, count in (("+", change.new, change.added), ("-", change.gone, change.removed)):
        lines += [Text(f"  {sign} {entry}") for entry in some]
        if some and count > len(some):
            lines.append(Text(f"  {sign} … and {count - len(some):,} more", style="dim"))
    return lines
