"""What every `[detect.*]` section of config.toml can say; each detector's own Config extends this one."""

from dataclasses import dataclass

from dnsguard.model import Mode, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """The keys that all detectors have."""

    mode: Mode | None = None
    """"off", "shadow" (count, don't tell), "alert" or "block"; unset: the global mode."""
    severity: Severity | None = None
    """Instead of the alert type's own. [Informational, Low, Medium, High]"""
