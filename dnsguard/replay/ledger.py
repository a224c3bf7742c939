"""Alerts of a replay: folded by the outbox's rule (alerts/alert.py) at recorded time, each given once, when it is over.

A live outbox tells an alert when it opens and again while it goes on; here the whole of it is known soon enough.
"""

import uuid
from collections.abc import Iterator
from typing import Final

import msgspec

from dnsguard.alerts.alert import Alert, Key, key_of
from dnsguard.alerts.trim import trim
from dnsguard.model import Detection

MAX_OPEN: Final = 50_000
"""Alerts that still may grow, some 2 kB each; beyond, the oldest is given as it stands."""
SWEEP_EVERY: Final = 60.0
"""[seconds of recorded time]"""
_NAMESPACE: Final = uuid.UUID("7b0ff7e1-7d0c-5a6e-9f43-6a1c7a6f2d53")
"""Ids depend on what was recorded alone: the same file replayed twice gives the same alerts."""


class Ledger:
    """Open alerts; `every` is `alerts.repeat_every` [seconds]."""

    def __init__(self, every: float) -> None:
        self._every: Final = every
        self._open: Final[dict[Key, Alert]] = {}
        self._swept = float("-inf")

    def add(self, detection: Detection) -> Iterator[Alert]:
        """Take a detection; gives the alerts that are over because of it."""
        detection = msgspec.structs.replace(detection, evidence=trim(detection.evidence))
        key = key_of(detection)
        alert = self._open.get(key)
        if alert is not None:
            alert.turn(detection.time, self._every)
            if not alert.is_over(detection.time, self._every):
                alert.add(detection)
                return
            yield self._open.pop(key)
        if len(self._open) >= MAX_OPEN:
            yield self._open.pop(next(iter(self._open)))
        self._open[key] = Alert.opened_by(detection, str(uuid.uuid5(_NAMESPACE, repr((key, detection.time)))))

    def sweep(self, now: float) -> Iterator[Alert]:
        """Give the alerts that have been quiet long enough; does nothing until some time has gone by."""
        if now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        for key, alert in list(self._open.items()):
            alert.turn(now, self._every)
            if alert.is_over(now, self._every):
                yield self._open.pop(key)

    def close(self) -> Iterator[Alert]:
        """Give all others, by the time they began."""
        alerts = sorted(self._open.values(), key=lambda alert: alert.first)
        self._open.clear()
        yield from alerts
