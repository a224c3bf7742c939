"""The worker's side of folding: a flood of equal findings becomes a few frames, and none is lost.

The first finding of a (client, zone, slug, action) goes to the hub at once, whose alert is told when it is on disk.
Its repeats are only counted, and the sums leave with a `flush`: the first within a second, the next after 2, 4, 8 …
and at last after LONGEST seconds, so that what goes on for hours costs the hub next to nothing; soon after its finding
has stopped coming (QUIET). One that is graver than what was told leaves with the next flush. What a killed worker
takes with it is therefore never an alert, only the count of the repeats since the last sum: of no longer than the
flood had lasted by then, and of LONGEST seconds at most.
Pure: the caller brings the time, and sends what it is given.
"""

import copy
from typing import Final

from dnsguard.alerts.alert import Key, key_of
from dnsguard.model import Detection, Severity

CAPACITY: Final = 10_000
"""Keys under watch, about 1 kB each; one more forgets the oldest, whose next finding goes at once again."""
LONGEST: Final = 32.0
"""Most that a sum waits: the count of an alert that goes on is behind by so much. [seconds]"""
QUIET: Final = 3.0
"""A sum waits no longer once its finding has not come for so long: then the count is whole. [seconds]"""
_NEVER: Final = float("-inf")


class Ongoing:
    """A finding that was told, and may repeat; whoever holds it counts a repeat with `again`, and makes nothing."""

    __slots__ = ("id", "last", "over", "severity", "since", "sum", "wait")

    def __init__(self, detection: Detection, wait: float) -> None:
        self.id = detection.id
        self.last = detection.time
        """When it was seen last. [Unix seconds]"""
        self.sum: Detection | None = None
        """The repeats that were not sent yet."""
        self.since = _NEVER
        """When a sum was sent last; never: the next goes with the next flush. [Unix seconds]"""
        self.wait = wait
        """How long the next one waits. [seconds]"""
        self.severity = detection.severity
        """The gravest that was told."""
        self.over = False
        """It was forgotten: the next finding is a first one."""

    def again(self, time: float) -> bool:
        """Count a repeat that is like one counted already; False: it has to be told as a whole, as `Fold.add` does."""
        total = self.sum
        if total is None or self.over:
            return False
        total.count += 1
        if time > self.last:
            self.last = total.last = time
        elif time < total.time:
            total.time = time
        return True

    def covers(self, score: float, severity: Severity) -> bool:
        """Whether a repeat says nothing that the sum does not say: then it need only be counted."""
        total = self.sum
        return total is not None and score <= total.score and severity <= total.severity


class Fold:
    """Sums repeats between flushes."""

    def __init__(self, *, every: float = 1.0, longest: float = LONGEST, capacity: int = CAPACITY) -> None:
        """Take `every`, the seconds between flushes, `longest`, the most a sum waits [seconds], and `capacity` [keys].

        A key is watched for as long after its last finding as its next sum would wait.
        """
        self._ongoing: dict[Key, Ongoing] = {}
        self._every = every
        self._capacity = capacity
        self.longest = longest
        self.evicted = 0
        """Keys forgotten to make room."""

    def __len__(self) -> int:
        return len(self._ongoing)

    def ongoing(self, key: Key) -> Ongoing | None:
        """What was told for this key a moment ago: a repeat should carry its id. None: it needs its own."""
        return self._ongoing.get(key)

    def add(self, detection: Detection) -> list[Detection]:
        """Take one finding; returns what must be sent now (nothing, if it was summed)."""
        key = key_of(detection)
        one = self._ongoing.get(key)
        if one is None:
            told = self._make_room()
            self._ongoing[key] = Ongoing(detection, self._every)
            return [*told, detection]
        one.last = max(one.last, detection.last or detection.time)
        if detection.severity > one.severity:
            one.since = _NEVER
        if one.sum is None:
            one.sum = copy.copy(detection)
        else:
            _sum(one.sum, detection)
        return []

    def flush(self, now: float) -> list[Detection]:
        """Return the sums that have waited long enough; forget keys that are quiet. Call it `every` seconds [Unix]."""
        told: list[Detection] = []
        quiet: list[Key] = []
        early = self._every / 2  # a flush comes when the loop has time: the nearest one counts
        for key, one in self._ongoing.items():
            if one.sum is not None:
                # what was sent in the future means that the clock was set back
                waits = one.since <= now < one.since + one.wait - early and now - one.last < QUIET
                if not waits:
                    told.append(one.sum)
                    one.severity = max(one.severity, one.sum.severity)
                    one.sum = None
                    one.since = now
                    one.wait = max(min(one.wait * 2, self.longest), self._every)
            elif not 0 <= now - one.last < one.wait:
                quiet.append(key)
        for key in quiet:
            self._ongoing.pop(key).over = True
        return told

    def drain(self) -> list[Detection]:
        """Return all sums and forget everything: before the worker ends."""
        told = [one.sum for one in self._ongoing.values() if one.sum is not None]
        for one in self._ongoing.values():
            one.over = True
        self._ongoing.clear()
        return told

    def _make_room(self) -> list[Detection]:
        if len(self._ongoing) < self._capacity:
            return []
        oldest = self._ongoing.pop(next(iter(self._ongoing)))
        oldest.over = True
        self.evicted += 1
        return [] if oldest.sum is None else [oldest.sum]


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
