"""When a feed is fetched next: never more often than its author may expect, and soon again after a failure."""

import random
from typing import Final

JITTER: Final = 0.1
"""A refresh comes up to this part later than told, never sooner: thousands of installations must not come at once."""
WAITS: Final = (10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0, 86400.0)
"""After the first, second … failure in a row, but never longer than `refresh`. [seconds]
The first is short: at a machine's start the network often comes a little later than dnsguard."""
SHAKE: Final = 0.2
"""Waits after failures vary by this part."""
LONGEST: Final = 86400.0
"""A server's Retry-After can't put us off for longer. [seconds]"""


def after_success(refresh: float, rng: random.Random) -> float:
    """Seconds until the next refresh."""
    return refresh * rng.uniform(1.0, 1.0 + JITTER)


def after_failure(failures: int, refresh: float, retry_after: float | None, rng: random.Random) -> float:
    """Seconds to wait after the `failures`-th failure in a row (from 1)."""
    wait = min(WAITS[min(failures, len(WAITS)) - 1], refresh)
    return max(wait * rng.uniform(1.0 - SHAKE, 1.0 + SHAKE), min(retry_after or 0.0, LONGEST))


def wait(due: float, now: float, refresh: float) -> float:
    """Seconds from `now` until `due` [Unix seconds]; a moment further off than any that is set is a clock set back."""
    longest = max(refresh * (1.0 + SHAKE), LONGEST)
    return due - now if 0.0 < due - now <= longest else 0.0
