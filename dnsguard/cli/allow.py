"""`dnsguard allow`: let a client reach a name for a while, on a running server."""

from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table

from dnsguard.alerts.record import iso, moment
from dnsguard.alerts.trim import safe
from dnsguard.cli.alert_view import console
from dnsguard.cli.options import ConfigOption, who
from dnsguard.config import load
from dnsguard.hub import audit
from dnsguard.hub.commands import AllowAdd, AllowAnswer, AllowList, AllowRemove
from dnsguard.hub.control import demand
from dnsguard.model import Duration
from dnsguard.policy.temporary import TemporaryAllow
from dnsguard.tasks import clock

app = typer.Typer(no_args_is_help=True, add_completion=False)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
HISTORY: Final = ("allow.add", "allow.remove", "allow.end")


@app.callback()
def allow() -> None:
    """Let a client reach a name for a while, whatever the detectors say."""


@app.command()
def add(
    *,
    config: ConfigOption = None,
    client: Annotated[str, typer.Option("--client", metavar="ADDRESS", help="Who; an address or a CIDR.")],
    zone: Annotated[str, typer.Option("--zone", metavar="NAME", help="This domain, and all below it.")],
    lasts: Annotated[str, typer.Option("--for", metavar="TIME", help='Such as "10m", "8h"; at most "30d".')] = "10m",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Let a client reach a domain from now on; it ends by itself, and outlives a restart."""
    try:
        seconds = float(Duration.parse(lasts))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None
    asked = AllowAdd(client=client, zone=zone, lasts=seconds, reason=reason, by=who())
    _say("allowed", demand(load(config).state_dir, asked, AllowAnswer), as_json=as_json)


@app.command()
def remove(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Its id, also its beginning.")],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End one before its time."""
    asked = AllowRemove(id=identity, by=who())
    _say("no longer allowed", demand(load(config).state_dir, asked, AllowAnswer), as_json=as_json)


@app.command("list")
def list_(*, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List what is let through now."""
    answer = demand(load(config).state_dir, AllowList(), AllowAnswer)
    if as_json:
        for one in answer.allows:
            typer.echo(_json(one))
        return
    if not answer.allows:
        typer.echo("nothing is let through", err=True)
        return
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("ID", "CLIENT", "DOMAIN", "ENDS (UTC)", "LEFT", "BY", "REASON"):
        made.add_column(heading, overflow="fold")
    for one in answer.allows:
        left = max(0, round(one.until - clock()))
        made.add_row(one.id, one.client, one.zone, moment(one.until), _span(left), safe(one.by), safe(one.reason))
    console().print(made)


@app.command()
def history(
    *,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Show who let whom reach what, the newest first; it works whether dnsguard runs or not."""
    found = audit.read(load(config).state_dir / audit.NAME, limit, HISTORY)
    if not found and not as_json:
        typer.echo("nothing was let through", err=True)
    for entry in found:
        if as_json:
            typer.echo(msgspec.json.encode(entry).decode())
            continue
        why = f" ({safe(entry.reason)})" if entry.reason else ""
        typer.echo(f"{entry.time}  {entry.action:<12}  {safe(entry.by)}  {safe(entry.about)}{why}")


def _say(what: str, answer: AllowAnswer, *, as_json: bool) -> None:
    (one,) = answer.allows
    if as_json:
        typer.echo(_json(one))
        return
    typer.echo(f"{what}: {one.text} (id {one.id})")
    if answer.took < answer.workers:
        typer.echo(f"{answer.took} of {answer.workers} workers hold it; the others are busy and follow", err=True)


def _json(one: TemporaryAllow) -> str:
    values = msgspec.to_builtins(one) | {"beganUtc": iso(one.began), "untilUtc": iso(one.until)}
    return msgspec.json.encode(values).decode()


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"
