"""One alert as it is kept: the detections that folded into it, and when it is told again.

The rule, with R = `repeat_every` and all times the detections' own: an alert is told when it opens, at `told`. What
comes in the window [told, told + R) folds into it. If anything did, it is told again when the window ends, and the next
window begins there; if nothing did, it is closed, and the next detection of its key opens another. The rule reads no
clock and does not care how often a sweep runs, so that a replay, a test and a busy hub come to the same alerts.
"""

import copy
from collections.abc import Mapping, Sequence
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


class Storm(msgspec.Struct, kw_only=True):
    """What makes an alert one that tells of many others, see storms.py."""

    about: str
    """What they have in common: `zone:…`, `list:…`, `type:` or `any:`."""
    slug: str
    """Empty: of all types."""
    action: str
    """Empty: whatever was done."""
    clients: int
    """So many different ones."""
    sample: list[str]
    """Some of them, in order of appearance."""

    @property
    def common(self) -> str:
        """What they have in common, in words."""
        kind, _, value = self.about.partition(":")
        match kind:
            case "zone":
                return value or "."
            case "list":
                return f'list "{value}"'
            case "type":
                return "many domains"
            case _:
                return "many kinds"


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
    incident: str = ""
    """The incident it belongs to; empty: none, see incidents.py."""
    incident_severity: Severity | None = None
    """The incident's, when this alert was told."""
    raised: bool = False
    """Whether this alert raised it."""
    storm: Storm | None = None
    """Set: it tells of many others, and `count` counts those."""
    told_in: str = ""
    """The storm that tells of it in its place."""

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
        if self.storm is not None:
            return "", self.storm.about, self.storm.slug, self.storm.action
        return key_of(self.worst)

    @property
    def urgency(self) -> Severity:
        """What receivers choose it by: one that raised its incident is as grave as that."""
        if self.raised and self.incident_severity is not None:
            return max(self.severity, self.incident_severity)
        return self.severity

    def add(self, detection: Detection) -> None:
        """Fold a repeat in."""
        self.count += detection.count
        self.untold += detection.count
        self.first = min(self.first, detection.time)
        self.last = max(self.last, detection.last or detection.time)
        self.severity = max(self.severity, detection.severity)
        if self.would_show(detection):
            self.worst = detection
        if len(self.names) < NAMES_KEPT and detection.name not in self.names:
            self.names.append(detection.name)

    def would_show(self, detection: Detection) -> bool:
        """Say whether a repeat is what will be shown from now on: of any other, no evidence is kept."""
        return detection.score > self.worst.score

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
        twin.storm = copy.deepcopy(self.storm)
        return twin

    def _within(self, now: float, every: float) -> bool:
        # far before `told`, the clock was set back: without a lower end an alert would swallow all until it caught up
        return self.told - every <= now < self.told + every


def listings(evidence: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """The lists that say so: the evidence of detect/listed.py, `{"lists": [{"list", "entry", …}]}`."""
    lists = evidence.get("lists")
    if not isinstance(lists, list | tuple):
        return ()
    return [item for item in lists if isinstance(item, Mapping)]
