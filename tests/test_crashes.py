import pytest

from dnsguard.crashes import Crashes
from dnsguard.state.counters import Counters


def test_every_crash_is_counted_and_some_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    crashes = Crashes(counters)
    for _ in range(9):
        crashes("dark_web", ZeroDivisionError("of its own"))
    crashes("pipeline", ZeroDivisionError("another"))
    assert counters.read()["detector_errors_dark_web"] == 9
    assert [(record.part, record.crashes) for record in caplog.records] == [
        ("dark_web", 1),
        ("dark_web", 2),
        ("dark_web", 4),
        ("dark_web", 8),
        ("pipeline", 1),
    ]
