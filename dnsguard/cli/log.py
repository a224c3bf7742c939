"""`dnsguard log`: the query log, read from the disk; it works whether the hub runs or not."""

import dataclasses
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from dnsguard.cli import log_view as view
from dnsguard.cli.options import ConfigOption
from dnsguard.config import Settings, load
from dnsguard.model import ALERT_TYPES, Duration
from dnsguard.querylog.reader import VERDICTS, Logged, Reader, Wanted
from dnsguard.querylog.record import folder
from dnsguard.tasks import clock
from dnsguard.wire.rrtypes import type_number

FOLLOW: Final = 0.5
"""How often `tail` looks. [seconds]"""
BURST: Final = 10_000
"""Most that `tail` shows of what came between two looks; the rest stays in the log."""
app = typer.Typer(no_args_is_help=True, add_completion=False)

ClientOption = Annotated[
    str, typer.Option("--client", metavar="ADDRESS", help="Asked by this client, or one of this network.")
]
NameOption = Annotated[
    str, typer.Option("--name", metavar="NAME", help='This name and all below it; or a pattern, such as "*track*".')
]
TypeOption = Annotated[str, typer.Option("--type", metavar="TYPE", help="Such as TXT.")]
VerdictOption = Annotated[str, typer.Option("--verdict", metavar="VERDICT", help=f"One of {', '.join(VERDICTS)}.")]
DetectorOption = Annotated[str, typer.Option("--detector", metavar="NAME", help="Such as threat_intel.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def log() -> None:
    """Search the query log. It is off unless config.toml has `mode = "full"`, or "masked", in section `query_log`."""


@app.command()
def search(
    *,
    config: ConfigOption = None,
    client: ClientOption = "",
    name: NameOption = "",
    type_: TypeOption = "",
    verdict: VerdictOption = "",
    detector: DetectorOption = "",
    since: Annotated[
        str, typer.Option("--since", metavar="AGE", help='"10m", "7d", or a time like "2026-11-24".')
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="AGE", help="Likewise.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Find queries, the newest first."""
    now = clock()
    wanted = _wanted(
        client, name, type_, verdict, detector, _moment(since, now, "--since"), _moment(until, now, "--until")
    )
    settings = load(config)
    found = Reader(folder(settings.state_dir)).latest(wanted, limit)
    if not found:
        _explain_nothing(settings)
    _show(found, as_json=as_json)


@app.command()
def tail(
    *,
    config: ConfigOption = None,
    client: ClientOption = "",
    name: NameOption = "",
    type_: TypeOption = "",
    verdict: VerdictOption = "",
    detector: DetectorOption = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many to begin with.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Show queries as they are answered, until interrupted."""
    settings = load(config)
    reader = Reader(folder(settings.state_dir))
    wanted = _wanted(client, name, type_, verdict, detector)
    place = reader.end()
    found = reader.latest(wanted, limit) if limit else []
    if not found:
        _explain_nothing(settings)
    try:
        while True:
            _show(found[::-1], as_json=as_json)
            place = max([place, *(one.place for one in found)])
            time.sleep(FOLLOW)
            found = reader.latest(dataclasses.replace(wanted, after=place), BURST)
    except KeyboardInterrupt:
        return


def _wanted(
    client: str,
    name: str,
    qtype: str,
    verdict: str,
    detector: str,
    since: float | None = None,
    until: float | None = None,
) -> Wanted:
    if detector and detector not in ALERT_TYPES:
        raise typer.BadParameter(f"is none of {', '.join(ALERT_TYPES)}", param_hint="--detector")
    try:
        number = type_number(qtype) if qtype else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--type") from None
    try:
        return Wanted(
            client=client, name=name, qtype=number, verdict=verdict, detector=detector, since=since, until=until
        )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--client or --verdict") from None


def _moment(text: str, now: float, option: str) -> float | None:
    if not text:
        return None
    try:
        return now - Duration.parse(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f'{text!r} is no age such as "1h" or "7d", and no time such as "2026-11-24T10:00"', param_hint=option
        ) from None
    return moment.timestamp()


def _show(found: list[Logged], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            typer.echo(msgspec.json.encode(view.as_json(one)).decode())
        return
    console = view.console()
    for one in found:
        console.print(view.line(one), soft_wrap=True)


def _explain_nothing(settings: Settings) -> None:
    where: Path | str = settings.source or "config.toml"
    if settings.query_log.mode == "off":
        typer.echo(f'no queries: the query log is off; write [query_log] mode = "full" into {where}', err=True)
    else:
        typer.echo("no queries", err=True)
