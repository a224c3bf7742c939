"""`dnsguard explain`: the verdict on a name, and why."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, BinaryIO, Final

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from dnsguard import assemble
from dnsguard.alerts.record import evidence_rows, number
from dnsguard.cli.options import ConfigOption
from dnsguard.config import Settings, load
from dnsguard.errors import DnsguardError
from dnsguard.explain import CLIENT, Explainer, Explanation, Judged, notes, query_of
from dnsguard.hub import allow_file
from dnsguard.intel.once import SNAPSHOTS, snapshot_once
from dnsguard.model import ALERT_TYPES
from dnsguard.policy.temporary import Temporary
from dnsguard.tasks import clock

app = typer.Typer(add_completion=False)

STDIN: Final = "-"
MAX_LINE: Final = 65536
"""Longest line that is read as a name; of a longer one only this much is kept. [bytes]"""
STYLES: Final = {"allow": "bold green", "alert": "bold yellow", "block": "bold red"}


@app.command()
def explain(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME…", help="Names to judge; - reads one from each line of standard input.")
    ],
    *,
    qtype: Annotated[str, typer.Option("--type", metavar="TYPE", help="What is asked for: A, TXT, TYPE65280 …")] = "A",
    client: Annotated[str, typer.Option(metavar="IP", help="Who asks; groups are told apart by it.")] = CLIENT,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each name, in order.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show what each detector sees in a name, and what the policy makes of it.

    Only what can be judged by the name alone is: nothing is looked up, and nothing is remembered.
    """
    try:
        query_of("example", qtype, client)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--type or --client") from None
    settings = load(config)
    lists, faults = snapshot_once(settings.lists, settings.base, settings.state_dir / SNAPSHOTS, now=clock())
    for fault in faults:
        typer.echo(f"dnsguard: {fault}", err=True)

    def crashed(slug: str, error: Exception) -> None:
        typer.echo(f"dnsguard: detector {slug} crashed: {error!r}", err=True)

    rules = assemble.rules(settings, lists, lists.generation, crashed, temporary=_let_through(settings))
    explainer = Explainer(rules, settings.detect, crashed)
    show = _json() if as_json else _readable(Console(highlight=False, soft_wrap=True))
    failed = False
    for text in _texts(names):
        try:
            explanation = explainer.explain(text, qtype, client, clock())
        except ValueError as error:
            show(text, str(error))
            if STDIN not in names:
                failed = True
                typer.echo(f"dnsguard: {error}", err=True)
        else:
            show(text, explanation)
    if failed:
        raise typer.Exit(1)


def _let_through(settings: Settings) -> Temporary:
    """What a server with this state_dir lets through now."""
    try:
        return Temporary(allow_file.read(settings.state_dir / allow_file.NAME))
    except DnsguardError as error:
        typer.echo(f"dnsguard: {error}", err=True)
        return Temporary()


Show = Callable[[str, Explanation | str], None]


def _texts(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name == STDIN:
            yield from _lines(sys.stdin.buffer)
        else:
            yield name


def _lines(file: BinaryIO) -> Iterator[str]:
    """A text for each line, as soon as it is there."""
    while line := file.readline(MAX_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
            pass
        yield line.decode("utf-8", "replace").strip()


def _json() -> Show:
    encode = msgspec.json.Encoder().encode
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush

    def show(text: str, said: Explanation | str) -> None:
        write(encode({"name": text, "error": said} if isinstance(said, str) else said.record()) + b"\n")
        # whoever sends a name and waits for its line must not wait for a full buffer
        flush()

    return show


def _readable(console: Console) -> Show:
    def show(text: str, said: Explanation | str) -> None:
        if isinstance(said, str):
            # a terminal must not obey what a file of names has in it
            safe = "".join(char if char.isprintable() else "\ufffd" for char in text)
            console.print(Text.assemble((safe or "(empty line)", "bold"), ": no name: ", said))
            return
        console.print(_head(said))
        for judged in said.judged:
            for line in _detector(judged):
                console.print(line)
        for note in notes(said):
            console.print(Text("  ").append(note))

    return show


def _head(said: Explanation) -> Text:
    decoded = f" ({said.unicode})" if said.unicode != said.name else ""
    group = f", group {said.group}" if said.group else ""
    return Text.assemble(
        (said.name, "bold"),
        f"{decoded} {said.qtype}, asked by {said.client}{group}: ",
        (said.verdict, STYLES[said.verdict]),
    )


def _detector(judged: Judged) -> Iterator[Text]:
    finding = judged.finding
    title = ALERT_TYPES[judged.slug].id
    if finding is None:
        yield Text.assemble("  ", ("○", "green"), f" {judged.slug}: nothing found, score {number(judged.score)}")
        return
    assert judged.severity is not None
    yield Text.assemble(
        "  ",
        ("●", "red"),
        f" {judged.slug}: {finding.reason}; score {number(finding.score)}, told from {number(finding.threshold)} on; ",
        f"{title}, {judged.severity.text}, mode {judged.mode.value}",
    )
    for key, value in evidence_rows(finding.evidence):
        yield Text.assemble("      ", (f"{key}: ", "dim"), value)
