"""`dnsguard alerts suppress` and `suppressions`: what is expected is said once, in config.toml, with a reason."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.reader import Stored
from dnsguard.alerts.trim import safe
from dnsguard.config import amend
from dnsguard.errors import DnsguardError
from dnsguard.model import Duration
from dnsguard.policy.config import SuppressionConfig
from dnsguard.policy.suppressions import ends

SECTION: Final = "suppressions"


def of(alert: Alert, reason: str, lasts: Duration | None, now: float, *, any_client: bool) -> SuppressionConfig:
    """Make the suppression of an alert's like: its type and domain, and its client unless any; DnsguardError."""
    worst = alert.worst
    if is_operational(worst):
        raise DnsguardError("that alert is about dnsguard itself, which no suppression covers; mend its cause")
    if alert.storm is not None:
        raise DnsguardError("that alert tells of many; suppress one of them, with --any-client if that is meant")
    if not any_client and "/" in worst.client:
        raise DnsguardError("that alert's client is masked; say --any-client, or write the section by hand")
    return SuppressionConfig(
        reason=reason,
        type=worst.slug,
        clients=() if any_client else (worst.client,),
        zone=worst.zone,
        expires="" if lasts is None else datetime.fromtimestamp(now + lasts, UTC).date().isoformat(),
    )


def text(one: SuppressionConfig, alert: Alert, now: float) -> str:
    """Write its section."""
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    return amend.section(SECTION, dataclasses.asdict(one), f"alert {alert.id}, suppressed {day}")


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


def told(one: SuppressionConfig) -> str:
    """The reason as alerts have it."""
    return f"{one.reason} (until {one.expires})" if one.expires else one.reason


def counts(found: Sequence[Stored]) -> dict[str, int]:
    """Queries by the reason they were suppressed for."""
    counted: dict[str, int] = {}
    for stored in found:
        worst = stored.alert.worst
        if worst.action == "suppressed":
            reason = str(worst.evidence.get("suppressed", ""))
            counted[reason] = counted.get(reason, 0) + stored.alert.count
    return counted


def as_json(one: SuppressionConfig, counted: Mapping[str, int], now: float) -> dict[str, Any]:
    """One as JSON values."""
    return dataclasses.asdict(one) | {"active": now < ends(one.expires), "covered": counted.get(told(one), 0)}
