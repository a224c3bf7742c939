"""One alert as it is kept: the detections that folded into it, and when it is told again.

The rule, with R = `repeat_every` and all times the detections' own: an alert is told when it opens, at `told`. What
comes in the window [told, told + R) folds into it. If anything did, it is told again when the window ends, and the next
window begins there; if nothing did, it is closed, and the next detection of its key opens another. The rule reads no
clock and does not care how often a sweep runs, so that a replay, a test and a busy hub come to the same alerts.
"""

import copy
from typing import Final, TypeAlias

import msgspec

from dnsguard.model import Detection, Severity

NAMES_KEPT: Final = 5
"""Different questions an alert shows as examples; a tunnel asks thousands."""

Key: TypeAlias = tuple[str, str, str, str]
"""client, zone, slug, action"""


def key_of(detection: Detection) -> Key:
    """What a detection folds by."""
    return detection.client, detection.zone, detection.slug, detection.action


class Alert(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that is known of one alert; what a delivery carries is a copy of the moment it was told."""

    id: str
    """Microsoft's `systemAlertId`."""
    worst: Detection
    """The detection with the highest score so far, the first of equals: it is shown."""
    severity: Severity
    first: float
    """Unix seconds."""
    last: float
    """Unix seconds."""
    count: int
    """Queries."""
    told: float
    """When it was last told, and its window began. [Unix seconds]"""
    untold: int = 0
    """Queries since then."""
    tellings: int = 1
    names: list[str] = []
    """Different questions, in order of appearance, at most NAMES_KEPT."""

    @classmethod
    def opened_by(cls, detection: Detection, alert_id: str) -> "Alert":
        """Open an alert that is told at the detection's time."""
        return cls(
            id=alert_id,
            worst=detection,
            severity=detection.severity,
            first=detection.time,
            last=detection.last or detection.time,
            count=detection.count,
            told=detection.time,
            names=[detection.name],
        )

    @property
    def key(self) -> Key:
        """What folds into this alert."""
        return key_of(self.worst)

    def add(self, detection: Detection) -> None:
        """Fold a repeat in."""
        self.count += detection.count
        self.untold += detection.count
        self.first = min(self.first, detection.time)
        self.last = max(self.last, detection.last or detection.time)
        self.severity = max(self.severity, detection.severity)
        if detection.score > self.worst.score:
            self.worst = detection
        if len(self.names) < NAMES_KEPT and detection.name not in self.names:
            self.names.append(detection.name)

    def turn(self, now: float, every: float) -> bool:
        """True if it is to be told again: its window is over, and it repeated; the next window begins."""
        if not self.untold or self._within(now, every):
            return False
        # the boundary, not `now`: then it does not matter when, or whether, somebody looked
        self.told = self.told + every if now >= self.told else now
        self.untold = 0
        self.tellings += 1
        return True

    def is_over(self, now: float, every: float) -> bool:
        """Whether a detection at `now` opens another alert; ask after `turn`."""
        return not self._within(now, every)

    def snapshot(self) -> "Alert":
        """A copy that later repeats leave alone."""
        twin = copy.copy(self)
        twin.names = list(self.names)
        return twin

    def _within(self, now: float, every: float) -> bool:
        # far before `told`, the clock was set back: without a lower end an alert would swallow all until it caught up
        return self.told - every <= now < self.told + every
