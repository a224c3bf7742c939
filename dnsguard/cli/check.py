"""`dnsguard check`: the configuration that holds, or everything that is wrong with it."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from dnsguard.cli.options import ConfigOption
from dnsguard.config import generate, load, missing_files
from dnsguard.config.effective import effective
from dnsguard.config.faults import Fault, FaultyConfigError
from dnsguard.config.toml import written

app = typer.Typer(add_completion=False)


@app.command()
def check(
    *,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Print a config.toml with all keys and defaults.")] = False,
) -> None:
    """Show the configuration that holds, or every fault in it.

    Values that the file sets are bold, defaults are dim, secrets are masked.
    """
    if default:
        if config or as_json:
            raise typer.BadParameter("stands alone", param_hint="--default")
        typer.echo(generate(), nl=False)
        return
    try:
        settings = load(config)
        # a running dnsguard waits for a list that is not there; whoever asks for a check wants to know
        if missing := missing_files(settings):
            raise FaultyConfigError(missing)  # noqa: TRY301 - told as those of the file itself
    except FaultyConfigError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"ok": False, "faults": [_fault(fault) for fault in error.details]}, ensure_ascii=False))
        raise typer.Exit(1) from None
    values = effective(settings)
    if as_json:
        typer.echo(
            json.dumps({"ok": True, "settings": values, "warnings": settings.warnings}, ensure_ascii=False),
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in _document(values, tomllib.loads(settings.text)):
        console.print(line)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in settings.warnings:
        errors.print(Text.assemble(("warning: ", "yellow"), warning))


def _document(values: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Text]:
    """Write the values as TOML, plain keys before sections."""
    tables = {key: value for key, value in values.items() if isinstance(value, dict) or _is_tables(value)}
    yield from _keys({key: value for key, value in values.items() if key not in tables}, given)
    for name, value in tables.items():
        own = given.get(name, {})
        if _is_tables(value):
            starters = len(value) - len(own)
            for index, table in enumerate(value):
                yield from _section(f"[[{name}]]", table, own[index - starters] if index >= starters else {})
        elif name == "detect":
            for slug, section in value.items():
                yield from _section(f"[detect.{slug}]", section, own.get(slug, {}))
        else:
            yield from _section(f"[{name}]", value, own)


def _section(head: str, values: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Text]:
    yield Text()
    yield Text(head, style="cyan")
    yield from _keys(values, given)


def _keys(values: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Text]:
    for key, value in values.items():
        yield Text(f"{key} = {written(value)}", style="bold" if key in given else "dim")


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _fault(fault: Fault) -> dict[str, Any]:
    return {"file": fault.source, "line": fault.line, "key": fault.key, "problem": fault.problem}
