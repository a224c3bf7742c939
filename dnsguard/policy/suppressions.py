"""Findings that are expected: neither told nor blocked, for the clients, the zone and the type that a person named."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from dnsguard.intel.names import canonical, suffixes
from dnsguard.model import Finding
from dnsguard.policy.config import SuppressionConfig
from dnsguard.wire.networks import Networks


class _Rule:
    """One suppression, made ready."""

    __slots__ = ("networks", "reason", "slug", "until", "zone")

    def __init__(self, config: SuppressionConfig) -> None:
        """Raise ValueError for a client, zone or date that is none."""
        self.slug: Final = config.type
        self.networks: Final = Networks(config.clients)
        self.zone: Final = canonical(config.zone.removeprefix("*.")) if config.zone else ""
        self.until: Final = ends(config.expires)
        self.reason: Final = f"{config.reason} (until {config.expires})" if config.expires else config.reason

    def covers(self, client: bytes, name: str, finding: Finding) -> bool:
        """Whether it holds for a finding."""
        if self.slug and self.slug != finding.slug:
            return False
        if self.zone and not any(self.zone in suffixes(text) for text in (name, finding.zone, finding.subject) if text):
            return False
        return not self.networks or client in self.networks


class Suppressions:
    """All of a configuration."""

    def __init__(self, configs: Sequence[SuppressionConfig]) -> None:
        """Raise ValueError as `ends` and for a client or zone that is none."""
        self._rules: Final = [_Rule(config) for config in configs]

    def reason(self, client: bytes, name: str, finding: Finding, now: float) -> str:
        """Why a finding at `now` [Unix seconds] is not told; empty: no suppression covers it, or it has expired."""
        for rule in self._rules:
            if now < rule.until and rule.covers(client, name, finding):
                return rule.reason
        return ""


def ends(expires: str) -> float:
    """The end of a day, in UTC [Unix seconds]; infinity if there is none. ValueError: it is no date."""
    if not expires:
        return float("inf")
    day = date.fromisoformat(expires) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
