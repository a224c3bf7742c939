"""Suppressions made of alerts, and how much each covered; for the commands and the API."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.reader import Stored
from dnsguard.config import amend
from dnsguard.errors import DnsguardError
from dnsguard.model import Duration
from dnsguard.policy.config import SuppressionConfig

SECTION: Final = "suppressions"


def last_day(lasts: Duration | None, now: float) -> str:
    """The day a suppression ends that begins `now` [Unix seconds], as config.toml has it; empty: never."""
    return "" if lasts is None else datetime.fromtimestamp(now + lasts, UTC).date().isoformat()


def of(alert: Alert, reason: str, expires: str, *, any_client: bool) -> SuppressionConfig:
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
        expires=expires,
    )


def text(one: SuppressionConfig, now: float, alert: Alert | None = None) -> str:
    """Write its section; `alert` is what it was made of, `now` Unix seconds."""
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    origin = f"alert {alert.id}, suppressed {day}" if alert else f"suppressed {day}"
    return amend.section(SECTION, dataclasses.asdict(one), origin)


def told(one: SuppressionConfig) -> str:
    """The reason as alerts have it."""
    return f"{one.reason} (until {one.expires})" if one.expires else one.reason


def counts(found: Iterable[Stored]) -> dict[str, int]:
    """Queries by the reason they were suppressed for."""
    counted: dict[str, int] = {}
    for stored in found:
        worst = stored.alert.worst
        if worst.action == "suppressed":
            reason = str(worst.evidence.get("suppressed", ""))
            counted[reason] = counted.get(reason, 0) + stored.alert.count
    return counted
