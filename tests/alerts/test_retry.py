import random
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from dnsguard.alerts.retry import JITTER, MAX_RETRY_AFTER, MIN_RETRY_AFTER, WAITS, retry_after, wait

NOW = 1_800_000_000.0


@pytest.mark.parametrize("attempt", range(1, 40))
def test_waits_grow_to_a_ceiling_and_vary(attempt: int) -> None:
    base = WAITS[min(attempt, len(WAITS)) - 1]
    waits = {wait(attempt, random.Random(seed)) for seed in range(20)}
    assert len(waits) == 20
    assert all(base * (1 - JITTER) <= one <= base * (1 + JITTER) for one in waits)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", MIN_RETRY_AFTER),
        ("9" * 400, MAX_RETRY_AFTER),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), MIN_RETRY_AFTER),
        (format_datetime(datetime.fromtimestamp(NOW + 1e6, UTC), usegmt=True), MAX_RETRY_AFTER),
        ("Fri, 99 Foo 2027 08:00:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
