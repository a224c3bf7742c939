"""`dnsguard lists`: what the configured lists hold, and which of them has a name."""

import ipaddress
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dnsguard.cli import feed_view, list_view
from dnsguard.cli.compiling import bars
from dnsguard.cli.list_view import when
from dnsguard.cli.lists_diff import diff
from dnsguard.cli.lists_update import update
from dnsguard.cli.options import ConfigOption
from dnsguard.config import Settings, load
from dnsguard.detect.registry import CONFIGS
from dnsguard.intel.names import canonical
from dnsguard.intel.once import SNAPSHOTS, snapshot_once
from dnsguard.intel.snapshot import Match, Snapshot
from dnsguard.model import Mode
from dnsguard.policy.policy import RANK, Policy
from dnsguard.tasks import clock

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show the lists, fetch them, or look names up in them."
)

JsonOption = Annotated[bool, typer.Option("--json", help="A JSON object for each list, or each name.")]
STYLES = {Mode.OFF: "green", Mode.SHADOW: "dim", Mode.ALERT: "bold yellow", Mode.BLOCK: "bold red"}


@app.command()
def show(*, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Show each list: how many names it has, what was refused, since when, and what a match does."""
    settings = load(config)
    snapshot, faults = _snapshot(settings)
    policy = _policy(settings)
    fetched = feed_view.feeds(settings)
    configs = {(list_.name, list_.category): list_ for list_ in settings.lists}
    rows = [
        list_view.row(meta, configs.get((meta.name, meta.category)), _mode(policy, meta.category))
        for meta in snapshot.meta.lists
    ]
    for row in rows:
        row["path"] = feed_view.origin(row["path"])
        if row["list"] in fetched:
            row["feed"] = feed_view.plain(fetched[row["list"]])
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
    elif rows:
        console = _console()
        console.print(_table(rows))
        for name, feed in fetched.items():
            console.print(*feed_view.lines(name, feed), sep="\n")
        for row in rows:
            for note in list_view.notes(row):
                console.print(note)
    else:
        typer.echo("no lists")
    if faults:
        raise typer.Exit(1)


app.command()(update)
app.command()(diff)


@app.command()
def lookup(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Names and addresses to look up.")],
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say which list has a name or one above it, or an address, on which line, since when, and what that does."""
    wanted = list(map(_wanted, names))
    settings = load(config)
    snapshot, faults = _snapshot(settings)
    policy = _policy(settings)
    console = _console()
    for name in wanted:
        found = _lookup(name, snapshot, settings, policy)
        if as_json:
            typer.echo(msgspec.json.encode(found).decode())
        else:
            for line in _lines(found):
                console.print(line)
    if faults:
        raise typer.Exit(1)


def _snapshot(settings: Settings) -> tuple[Snapshot, tuple[str, ...]]:
    with bars() as on_progress:
        snapshot, faults = snapshot_once(
            settings.lists, settings.base, settings.state_dir / SNAPSHOTS, now=clock(), on_progress=on_progress
        )
    for fault in faults:
        typer.echo(f"dnsguard: {fault}", err=True)
    return snapshot, faults


def _policy(settings: Settings) -> Policy:
    return Policy(mode=settings.mode, detectors=settings.detect, allow=settings.allow, groups=settings.groups)


def _mode(policy: Policy, category: str, group: str = "") -> Mode:
    """Say what a match does; a category that no detector reads does nothing."""
    return policy.mode(category, group) if category in CONFIGS else Mode.OFF


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("list", "category", "match", "names", "refused", "changed", box=None, pad_edge=False)
    table.columns[3].justify = table.columns[4].justify = "right"
    for row in rows:
        mode = Mode(row["mode"])
        refused = row["junk"] + sum(row["reasons"]["quarantined"].values())
        table.add_row(
            Text(row["list"]),
            row["category"],
            Text(mode.value, style=STYLES[mode]),
            f"{row['entries']:,}",
            f"{refused:,}" if refused else "",
            row["changed"][:10] or "never read",
        )
    return table


def _wanted(text: str) -> str:
    """Spell a name or an address as the snapshot knows it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        return canonical(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="NAME") from None


def _matches(name: str, snapshot: Snapshot) -> tuple[Match, ...]:
    try:
        return snapshot.addresses(ipaddress.ip_address(name).packed)
    except ValueError:
        return snapshot.matches(name)


def _lookup(name: str, snapshot: Snapshot, settings: Settings, policy: Policy) -> dict[str, Any]:
    """Join the name's matches with what the policy makes of them, for everyone and for each group that differs."""
    matches = _matches(name, snapshot)
    groups = {}
    everyone = _verdict(name, matches, policy, "")
    for group in settings.groups:
        verdict = _verdict(name, matches, policy, group.name)
        if verdict != everyone:
            groups[group.name] = verdict
    paths = {(meta.category, meta.name): feed_view.origin(meta.origin) for meta in snapshot.meta.lists}
    return {
        "name": name,
        **everyone,
        "groups": groups,
        "matches": [
            {
                "list": match.list_name,
                "category": match.category,
                "entry": match.entry,
                "line": match.line,
                "path": paths[match.category, match.list_name],
                "since": when(match.added),
                "confidence": match.confidence,
                "action": match.action,
                "mode": _mode(policy, match.category).value,
            }
            for match in matches
        ],
    }


def _verdict(name: str, matches: tuple[Match, ...], policy: Policy, group: str) -> dict[str, str]:
    allowed_by = policy.allowed(name, group)
    modes = [_mode(policy, match.category, group) for match in matches]
    worst = Mode.OFF if allowed_by else max(modes, key=RANK.__getitem__, default=Mode.OFF)
    return {"action": worst.value, "allowed_by": allowed_by}


def _lines(found: dict[str, Any]) -> list[Text]:
    """Write one name's look-up for people: the verdict, then a line for each listing."""
    lines = [Text.assemble((found["name"], "bold"), "  ", _effect(found, listed=bool(found["matches"])))]
    for match in found["matches"]:
        entry = "itself" if match["entry"] == found["name"] else match["entry"]
        where = f"{match['list']}, line {match['line']}"
        asks = "" if match["action"] == "block" else f", asks for {match['action']}"
        how = f"confidence {match['confidence']}{asks}"
        lines.append(Text(f"  {entry}: {where} ({match['category']}), since {match['since']}, {how}"))
        lines.append(Text(f"    {match['path']}", style="dim"))
    for group, verdict in found["groups"].items():
        lines.append(Text.assemble(f"  group {group}: ", _effect(verdict, listed=bool(found["matches"]))))
    return lines


def _effect(verdict: dict[str, Any], *, listed: bool) -> Text:
    if verdict["allowed_by"]:
        return Text(f"allowed by {verdict['allowed_by']}", style="bold green")
    if not listed:
        return Text("on no list", style="green")
    mode = Mode(verdict["action"])
    return Text(mode.value, style=STYLES[mode])


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
