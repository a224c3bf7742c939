"""Bytes carried one way through one zone, as they fade: the last seconds, minutes, hours and the day.

Each window forgets exponentially, so that it costs one number: what came a window's length ago counts 37 %. A sender of
`r` bytes a second stands at `r * WINDOW * (1 - exp(-t / WINDOW))` after `t` seconds.
"""

import math
from typing import Final

from dnsguard.state.saved import number

TEN_SECONDS: Final = 10.0
TWO_MINUTES: Final = 120.0
HOUR: Final = 3600.0
DAY: Final = 86400.0
MAX_POINTS: Final = 24
"""Of the curve: from 16 bytes to 10 MB by factors of two in steps of 1.8."""
FIRST_POINT: Final = 16.0
STEP: Final = 1.8


class Carried:
    """Bytes by window. `dense` is what only an encoding explains; the longer windows count all of it."""

    __slots__ = ("burst", "curve", "day", "hour", "last", "minutes", "point", "total")

    def __init__(self, now: float) -> None:
        self.burst: float = 0.0
        """Dense bytes, over ten seconds."""
        self.minutes: float = 0.0
        """Dense bytes, over two minutes."""
        self.hour: float = 0.0
        self.day: float = 0.0
        self.total: float = 0.0
        """Since the zone was first seen; never fades."""
        self.last: float = now
        self.point: float = FIRST_POINT
        self.curve: list[tuple[float, float]] = []
        """(Unix seconds, bytes so far), a point whenever they have nearly doubled."""

    def add(self, dense: float, weighed: float, now: float) -> None:
        """Let the windows fade to `now` (Unix seconds), then count bytes; time that goes back stands still."""
        if now > self.last:
            self.fade(now)
        self.burst += dense
        self.minutes += dense
        self.hour += weighed
        self.day += weighed
        self.total += weighed
        if self.total >= self.point and len(self.curve) < MAX_POINTS:
            self.curve.append((now, self.total))
            while self.point <= self.total:
                self.point *= STEP

    def fade(self, now: float) -> None:
        """Let the windows forget."""
        gone = now - self.last
        if gone <= 0.0:
            return
        self.last = now
        if self.minutes > 0.0:
            # most zones never have dense bytes
            self.burst *= math.exp(-gone / TEN_SECONDS)
            self.minutes *= math.exp(-gone / TWO_MINUTES)
        self.hour *= math.exp(-gone / HOUR)
        self.day *= math.exp(-gone / DAY)

    def weight(self, now: float) -> float:
        """What would be lost with it: the day's bytes, faded."""
        gone = now - self.last
        return self.day * math.exp(-gone / DAY) if gone > 0.0 else self.day

    def dump(self) -> list[object]:
        """As JSON-like values, for `load`."""
        return [
            self.burst,
            self.minutes,
            self.hour,
            self.day,
            self.total,
            self.last,
            self.point,
            [[time, count] for time, count in self.curve],
        ]

    @staticmethod
    def load(saved: list[object]) -> "Carried":
        """What `dump` gave; ValueError or TypeError for anything else."""
        burst, minutes, hour, day, total, last, point, curve = saved
        made = Carried(number(last))
        made.burst = number(burst)
        made.minutes = number(minutes)
        made.hour = number(hour)
        made.day = number(day)
        made.total = number(total)
        made.point = number(point)
        if not isinstance(curve, list):
            raise TypeError("a curve is a list of points")
        for time, count in curve[:MAX_POINTS]:
            made.curve.append((number(time), number(count)))
        return made
