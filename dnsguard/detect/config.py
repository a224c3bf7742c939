"""What every `[detect.*]` section of config.toml can say; each detector's own Config extends this one."""

from collections.abc import Mapping
from dataclasses import dataclass

from dnsguard.model import Mode, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """The keys that all detectors have."""

    mode: Mode | None = None
    """"off", "shadow" (count, don't tell), "alert" or "block"; unset: the global mode."""
    severity: Severity | None = None
    """Instead of the alert type's own. [Informational, Low, Medium, High]"""

    def refuse_below(self, least: Mapping[str, int]) -> None:
        """Raise ValueError if one of these keys, all sizes in bytes, is below its least."""
        for key, limit in least.items():
            if getattr(self, key) < limit:
                raise ValueError(f"{key} must be {limit}B or more, not {getattr(self, key)}B")
