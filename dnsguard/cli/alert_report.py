"""How `dnsguard alerts report` shows what was found, and what blocking would have done."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from dnsguard.alerts import record
from dnsguard.alerts.tally import Row
from dnsguard.alerts.trim import shorten
from dnsguard.cli.alert_view import safe
from dnsguard.model import ALERT_TYPES


def table(rows: Sequence[Row]) -> Table:
    """Lay the rows out."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("DETECTOR", no_wrap=True)
    made.add_column("GROUP", overflow="fold")
    for heading in ("BLOCKED", "ALERTED", "SHADOW", "SUPPRESSED", "CLIENTS", "DOMAINS"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("MOSTLY", overflow="fold")
    for row in rows:
        made.add_row(
            row.slug,
            Text(safe(row.group) or "-"),
            *(
                Text(str(row.queries[action]) if row.queries[action] else "-", style)
                for action, style in (
                    ("block", "green"),
                    ("alert", "yellow"),
                    ("shadow", "cyan"),
                    ("suppressed", "dim"),
                )
            ),
            str(len(row.clients)),
            str(len(row.zones)),
            Text(", ".join(safe(shorten(zone or ".", 40)) for zone in row.examples), "dim"),
        )
    return made


def summary(rows: Sequence[Row], since: str) -> str:
    """Say what `mode = "block"` would have changed."""
    total = sum(row.would_block for row in rows)
    when = f"in the last {since}"
    if not total:
        return f'mode = "block" would have blocked nothing more {when}'
    clients = len(set[str]().union(*(row.clients for row in rows if row.would_block)))
    first = max(rows, key=lambda row: row.would_block)
    return (
        f'mode = "block" would have blocked {_many(total, "query", "queries")} more {when}, '
        f"of {_many(clients, 'client', 'clients')}; "
        f"most of them {first.slug}: `dnsguard alerts list --all --type {first.slug}` shows them"
    )


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def as_json(row: Row) -> dict[str, Any]:
    """One row as JSON values."""
    return {
        "detector": row.slug,
        "alertType": ALERT_TYPES[row.slug].id,
        "group": row.group,
        "queries": row.queries,
        "wouldBlock": row.would_block,
        "clients": len(row.clients),
        "domains": len(row.zones),
        "examples": row.examples,
        "lastSeen": record.iso(row.last),
    }
