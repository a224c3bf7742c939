"""When to try again: quickly at first, so that a restart of the receiver is hardly felt, then ever more rarely."""

import random
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

WAITS: Final = (1.0, 5.0, 30.0, 120.0, 300.0, 600.0, 1200.0, 1800.0)
"""After the first, second … failed attempt; the last holds from there on. [seconds]"""
JITTER: Final = 0.2
"""Waits vary by this part, so that many messages that failed together do not come back together."""
MAX_RETRY_AFTER: Final = 3600.0
"""A receiver can't put us off for longer at a time. [seconds]"""
MIN_RETRY_AFTER: Final = 1.0
"""Nor can "Retry-After: 0" make us ask in a tight loop. [seconds]"""
MAX_WAIT: Final = max(WAITS[-1] * (1 + JITTER), MAX_RETRY_AFTER)


def wait(attempts: int, rng: random.Random) -> float:
    """Seconds to wait after the `attempts`-th failed attempt (from 1)."""
    return WAITS[min(attempts, len(WAITS)) - 1] * rng.uniform(1 - JITTER, 1 + JITTER)


def retry_after(value: str | None, now: float) -> float | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3): seconds from `now`, within the bounds above.

    None if there is none, or none that can be read.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(max(float(value[:10]), MIN_RETRY_AFTER), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment.timestamp() - now, MIN_RETRY_AFTER), MAX_RETRY_AFTER)
