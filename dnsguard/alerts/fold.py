"""The worker's side of folding: a flood of equal findings becomes one frame a second, and none is lost.

The first finding of a (client, zone, slug, action) goes to the hub at once; its repeats are summed, and the sums leave
with each `flush`. Pure: the caller brings the time, and sends what it is given.
"""

import copy
from typing import Final

from dnsguard.alerts.alert import Key, key_of
from dnsguard.model import Detection

CAPACITY: Final = 10_000
"""Keys under watch, about 1 kB each; one more forgets the oldest, whose next finding goes at once again."""


class _Entry:
    __slots__ = ("id", "last", "sum")

    def __init__(self, detection: Detection) -> None:
        self.id = detection.id
        self.last = detection.time
        self.sum: Detection | None = None


class Fold:
    """Sums repeats between flushes."""

    def __init__(self, *, every: float = 1.0, capacity: int = CAPACITY) -> None:
        """Take `every`, how long a key is watched after its last finding [seconds], and `capacity` [keys]."""
        self._entries: dict[Key, _Entry] = {}
        self._every = every
        self._capacity = capacity
        self.evicted = 0
        """Keys forgotten to make room."""

    def __len__(self) -> int:
        return len(self._entries)

    def open_id(self, client: str, zone: str, slug: str, action: str) -> str | None:
        """The id that was told for this key a moment ago: a repeat should carry it. None: it needs its own."""
        entry = self._entries.get((client, zone, slug, action))
        return entry.id if entry else None

    def add(self, detection: Detection) -> list[Detection]:
        """Take one finding; returns what must be sent now (nothing, if it was summed)."""
        key = key_of(detection)
        entry = self._entries.get(key)
        if entry is None:
            told = self._make_room()
            self._entries[key] = _Entry(detection)
            return [*told, detection]
        entry.last = max(entry.last, detection.time)
        if entry.sum is None:
            entry.sum = copy.copy(detection)
        else:
            _sum(entry.sum, detection)
        return []

    def flush(self, now: float) -> list[Detection]:
        """Return the sums since the last flush; forget keys that are quiet. Call each second [Unix seconds]."""
        told: list[Detection] = []
        quiet: list[Key] = []
        for key, entry in self._entries.items():
            if entry.sum is not None:
                told.append(entry.sum)
                entry.sum = None
            # a last sighting in the future means that the clock was set back
            elif not 0 <= now - entry.last < self._every:
                quiet.append(key)
        for key in quiet:
            del self._entries[key]
        return told

    def drain(self) -> list[Detection]:
        """Return all sums and forget everything: before the worker ends."""
        told = [entry.sum for entry in self._entries.values() if entry.sum is not None]
        self._entries.clear()
        return told

    def _make_room(self) -> list[Detection]:
        if len(self._entries) < self._capacity:
            return []
        entry = self._entries.pop(next(iter(self._entries)))
        self.evicted += 1
        return [] if entry.sum is None else [entry.sum]


def _sum(total: Detection, more: Detection) -> None:
    """Add `more` to `total`; the worse of the two is the one that is shown."""
    last = max(total.last or total.time, more.last or more.time)
    time = min(total.time, more.time)
    if more.score > total.score:
        for field in ("name", "qtype", "reason", "score", "threshold", "evidence", "stage", "transport", "technique"):
            setattr(total, field, getattr(more, field))
    total.severity = max(total.severity, more.severity)
    total.count += more.count
    total.time, total.last = time, last
