"""The last hour, minute by minute: queries, what the cache had of them, what was blocked, findings by detector.

Made of what workers count anyway, so the way of a query knows nothing of it.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from dnsguard.model import ALERT_TYPES
from dnsguard.state import counters as count

MINUTES: Final = 61
"""Kept: an hour that is over, and the minute that runs."""
MINUTE: Final = 60
"""[seconds]"""


class Minute(msgspec.Struct, kw_only=True):
    """What was counted in one minute."""

    start: float
    """[unix seconds]"""
    queries: int = 0
    hits: int = 0
    """Answered from the cache."""
    blocked: int = 0
    alerted: int = 0
    """Told, and let through."""
    shadowed: int = 0
    """Found in shadow mode, and counted only."""
    failed: int = 0
    """Answered with SERVFAIL."""
    findings: dict[str, int] = {}
    """By detector; those without any are left out."""


SLOTS: Final = {
    "queries": (count.QUERIES_UDP, count.QUERIES_TCP),
    "hits": (count.HITS,),
    "blocked": (count.BLOCKED,),
    "alerted": (count.ALERTED,),
    "shadowed": (count.SHADOWED,),
    "failed": (count.SERVFAIL,),
}
"""The counters that each figure is the sum of."""


class Hour:
    """Call `look` every second or so."""

    def __init__(self) -> None:
        self._minutes: Final[deque[Minute]] = deque(maxlen=MINUTES)
        self._before: list[int] | None = None

    def look(self, cells: Sequence[Sequence[int]], now: float) -> None:
        """Add what was counted since the last look to the minute of `now` [unix seconds].

        `cells` are each worker's counters; the first look only learns where they stand.
        """
        totals = [sum(column) for column in zip(*cells, strict=True)]
        # counters only rise; a clock that was set back adds to the minute it had come to
        start = now - now % MINUTE
        if not self._minutes or start > self._minutes[-1].start:
            self._minutes.append(Minute(start=start))
        if self._before is not None and totals:
            _add(self._minutes[-1], [after - before for before, after in zip(self._before, totals, strict=True)])
        self._before = totals or self._before

    def minutes(self, now: float) -> list[Minute]:
        """Give the minutes of the last hour, oldest first; those that nothing looked at are there, and empty."""
        kept = {minute.start: minute for minute in self._minutes}
        if not kept:
            return []
        last = max(now - now % MINUTE, self._minutes[-1].start)
        first = max(self._minutes[0].start, last - (MINUTES - 1) * MINUTE)
        starts = [first + MINUTE * index for index in range(int((last - first) // MINUTE) + 1)]
        return [kept.get(start) or Minute(start=start) for start in starts]


def _add(minute: Minute, differences: Sequence[int]) -> None:
    for name, slots in SLOTS.items():
        setattr(minute, name, getattr(minute, name) + sum(differences[slot] for slot in slots))
    for slug in ALERT_TYPES:
        if found := differences[count.FINDINGS[slug]]:
            minute.findings[slug] = minute.findings.get(slug, 0) + found
