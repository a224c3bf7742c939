"""`dnsguard alerts suppress` and `suppressions`: what is expected is said once, in config.toml, with a reason."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from dnsguard.alerts.trim import safe
from dnsguard.config import amend
from dnsguard.config.suppressing import told
from dnsguard.errors import DnsguardError
from dnsguard.policy.config import SuppressionConfig
from dnsguard.policy.suppressions import ends


def add(config: Path | None, section: str) -> Path:
    """Put it into the configuration; returns the file."""
    if config is None:
        raise DnsguardError("say --config FILE; --dry-run prints what to put into the file that dnsguard serves with")
    amend.append(config, section)
    return config


def table(suppressions: Sequence[SuppressionConfig], counted: Mapping[str, int], now: float) -> Table:
    """Lay them out; `counted` has for each reason how many queries it covered."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("STATE", "TYPE", "CLIENTS", "DOMAIN", "EXPIRES", "COVERED", "REASON"):
        made.add_column(heading, overflow="fold", justify="right" if heading == "COVERED" else "left")
    for one in suppressions:
        active = now < ends(one.expires)
        made.add_row(
            Text("active", "green") if active else Text("expired", "dim"),
            one.type or "all",
            ", ".join(one.clients) or "all",
            safe(one.zone) or "all",
            one.expires or "never",
            str(counted.get(told(one), 0)),
            safe(one.reason),
        )
    return made


def as_json(one: SuppressionConfig, counted: Mapping[str, int], now: float) -> dict[str, Any]:
    """One as JSON values."""
    return dataclasses.asdict(one) | {"active": now < ends(one.expires), "covered": counted.get(told(one), 0)}
