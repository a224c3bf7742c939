import pytest

from dnsguard.detect.decay import weight
from dnsguard.intel.snapshot import Match

DAY = 86400.0


def match(confidence: int) -> Match:
    return Match(category="threat_intel", list_name="x", entry="x", line=1, added=1000 * DAY, confidence=confidence)


@pytest.mark.parametrize(
    ("confidence", "days", "half_life", "expected"),
    [
        (100, 0, 365, 1.0),
        (100, 365, 365, 0.5),
        (75, 730, 365, 0.1875),
        (0, 0, 365, 0.0),
        # a recording from before the list knew it
        (80, -500, 365, 0.8),
        # never
        (80, 5000, 0, 0.8),
    ],
)
def test_confidence_halves_with_age(confidence: int, days: float, half_life: float, expected: float) -> None:
    assert weight(match(confidence), (1000 + days) * DAY, half_life * DAY) == pytest.approx(expected)


def test_very_old_is_nothing_and_no_error() -> None:
    assert weight(match(100), 1e15, 1.0) == 0.0
