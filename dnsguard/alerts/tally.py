"""What each detector found, for each group: told, blocked, counted in shadow mode, or suppressed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.reader import Stored

ACTIONS: Final = ("block", "alert", "shadow", "suppressed")
EXAMPLES: Final = 3
"""Domains shown of each row, those with the most queries."""


@dataclass(slots=True)
class Row:
    """One detector and group."""

    slug: str
    group: str
    """Empty: clients of no group."""
    queries: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACTIONS, 0))
    """By action."""
    clients: set[str] = field(default_factory=set)
    zones: dict[str, int] = field(default_factory=dict)
    """Queries by domain."""
    last: float = 0.0
    """Unix seconds."""

    @property
    def would_block(self) -> int:
        """Queries that `mode = "block"` would have blocked, and that went through."""
        return self.queries["alert"] + self.queries["shadow"]

    @property
    def examples(self) -> list[str]:
        """The domains with the most queries."""
        return sorted(self.zones, key=lambda zone: (-self.zones[zone], zone))[:EXAMPLES]


def tally(found: Iterable[Stored]) -> list[Row]:
    """Sum alerts up; those with the most queries that would have been blocked come first."""
    rows: dict[tuple[str, str], Row] = {}
    for stored in found:
        alert = stored.alert
        worst = alert.worst
        if alert.storm is not None or is_operational(worst) or worst.action not in ACTIONS:
            continue
        row = rows.setdefault((worst.slug, worst.group), Row(worst.slug, worst.group))
        row.queries[worst.action] += alert.count
        row.clients.add(worst.client)
        row.zones[worst.zone] = row.zones.get(worst.zone, 0) + alert.count
        row.last = max(row.last, alert.last)
    return sorted(rows.values(), key=lambda row: (-row.would_block, -sum(row.queries.values()), row.slug, row.group))
