import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.config.scalar import MAX_DURATION, MAX_SIZE, scalar
from dnsguard.config.toml import key, quoted, shown, written
from dnsguard.model import Duration, Mode, Severity, Size


def again(value: object) -> object:
    return tomllib.loads(f"k = {written(value)}")["k"]


@settings(deadline=None)
@given(st.text().filter(lambda text: text.isascii() or text.encode("utf-8", "ignore").decode() == text))
def test_text_survives_on_one_line(text: str) -> None:
    assert len(f"k = {quoted(text)}".splitlines()) == 1
    assert again(text) == text
    assert list(tomllib.loads(f"{key(text)} = 1")) == [text]


@settings(deadline=None)
@given(st.floats(0, MAX_DURATION).map(Duration))
def test_durations_survive(value: Duration) -> None:
    assert scalar(Duration, again(value), "") == pytest.approx(value, abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, MAX_SIZE).map(Size))
def test_sizes_survive(value: Size) -> None:
    assert scalar(Size, again(value), "") == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Duration(0), '"0s"'),
        (Duration(1.8), '"1.8s"'),
        (Duration(0.25), '"250ms"'),
        (Duration(90), '"90s"'),
        (Duration(7 * 86400), '"7d"'),
        (Size(0), '"0B"'),
        (Size(1536), '"1536B"'),
        (Size(512 << 10), '"512kB"'),
        (Size(64 << 20), '"64MB"'),
        (Severity.HIGH, '"High"'),
        (Mode.BLOCK, '"block"'),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        (("a", "b"), '["a", "b"]'),
        (frozenset({"b", "a"}), '["a", "b"]'),
        ({"a b": 1, "c": "d"}, '{"a b" = 1, c = "d"}'),
    ],
)
def test_written(value: object, text: str) -> None:
    assert written(value) == text
    tomllib.loads(f"k = {text}")


def test_a_fault_shows_values_short() -> None:
    assert shown("x" * 1000) == f'"{"x" * 59}…'
    assert shown({"a": 1}) == "a table"
    assert shown(10**5000) == "a very long value"
    assert shown("a\u2028b\x7f") == '"a\\U00002028b\\U0000007f"'
