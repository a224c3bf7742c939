"""What `dnsguard lists` says of one list: how it was read, what was left out and why, and what is only kept."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from dnsguard.errors import ListError
from dnsguard.intel import signature_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.readers import File, Refused, read
from dnsguard.intel.snapshot import ListMeta
from dnsguard.model import Mode


def row(meta: ListMeta, config: ListConfig | None, mode: Mode) -> dict[str, Any]:
    """Give one list's figures, and the first lines that are no entries, all of signatures, as the file has them now."""
    return {
        "list": meta.name,
        "category": meta.category,
        "mode": mode.value,
        "format": meta.format,
        "entries": meta.entries,
        "networks": meta.networks,
        "exceptions": meta.exceptions,
        "junk": meta.junk,
        "public_suffixes": meta.public_suffixes,
        "changed": when(meta.read) if meta.read else "",
        "path": meta.origin,
        "reasons": {"refused": meta.refused, "quarantined": meta.quarantined, "ignored": meta.ignored},
        "treated_as_block": meta.actions,
        "not_enforced": meta.apart,
        "refused": [{"line": line.line, "text": line.text, "reason": line.reason} for line in _refused(meta, config)],
    }


def _refused(meta: ListMeta, config: ListConfig | None) -> list[Refused]:
    if config is None or not (meta.refused or meta.quarantined):
        return []
    with suppress(OSError, ListError), open(config.path, "rb") as file:  # noqa: PTH123 - its descriptor is wanted
        data = File(file.fileno())
        if not config.format and signature_lists.is_rules(config.category, data):
            return signature_lists.refusals(data)
        return read(data, config.format, believe=frozenset(config.believe)).shown
    return []


def notes(row: dict[str, Any]) -> list[Text]:
    """Write for people what does not fit into the table."""
    told = []
    for key, what in (("refused", "refused"), ("quarantined", "quarantined"), ("ignored", "ignored")):
        reasons = row["reasons"][key]
        if reasons:
            texts = (f"{reason} ({count:,})" for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1]))
            told.append(Text(f"{row['list']}, {what}: {', '.join(texts)}"))
    for action, count in row["treated_as_block"].items():
        told.append(Text(f"{row['list']}: {count:,} entries ask for {action}; treated as block"))
    for trigger, count in row["not_enforced"].items():
        told.append(Text(f"{row['list']}: {count:,} entries are of {trigger}; kept, not enforced"))
    if row["exceptions"]:
        told.append(Text(f"{row['list']}: {row['exceptions']:,} exceptions shield names from its other entries"))
    told += [
        Text(f"{row['list']}, line {refused['line']}: {refused['text']} {refused['reason']}", style="dim")
        for refused in row["refused"]
    ]
    return told


def when(time: float) -> str:
    """Write a time [unix seconds] as UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
