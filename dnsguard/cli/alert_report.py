"""How `dnsguard alerts report` shows what was found, and what blocking would have done."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from dnsguard.alerts import record
from dnsguard.alerts.feedback import Mark, Score, by_detector, by_list
from dnsguard.alerts.tally import Row
from dnsguard.alerts.trim import safe, shorten
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


def feedback_table(marks: Sequence[Mark]) -> Table:
    """Lay out what people said of each detector and list."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("FEEDBACK ON", overflow="fold")
    for heading in ("TRUE POSITIVES", "FALSE POSITIVES"):
        made.add_column(heading, justify="right", no_wrap=True)
    detectors: dict[str, Score] = {}
    for mark in marks:
        detectors.setdefault(mark.slug, Score()).add(mark.verdict)
    lists = {f'list "{safe(name)}"': score for name, score in sorted(by_list(marks).items())}
    for name, score in (dict(sorted(detectors.items())) | lists).items():
        made.add_row(Text(name), str(score.true_positives or "-"), str(score.false_positives or "-"))
    return made


def as_json(rows: Sequence[Row], marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Detectors and groups as JSON values, then what people said of lists."""
    scores = by_detector(marks)
    return [
        *(
            {
                "detector": row.slug,
                "alertType": ALERT_TYPES[row.slug].id,
                "group": row.group,
                "queries": row.queries,
                "wouldBlock": row.would_block,
                "clients": len(row.clients),
                "domains": len(row.zones),
                "examples": row.examples,
                "lastSeen": record.iso(row.last),
                **_score(scores.get((row.slug, row.group), Score())),
            }
            for row in rows
        ),
        *({"list": name, **_score(score)} for name, score in sorted(by_list(marks).items())),
    ]


def _score(score: Score) -> dict[str, int]:
    return {"truePositives": score.true_positives, "falsePositives": score.false_positives}
