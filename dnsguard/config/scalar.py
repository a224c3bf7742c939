"""One plain TOML value read as one of the types that Configs are made of."""

import math
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from dnsguard.config.toml import quoted
from dnsguard.model import Duration, Severity, Size

MAX_DURATION: Final = 3650 * 86400.0
"""Seconds. Ten years: nothing here is meant to last longer, and clocks and timers can still add it up."""
MAX_SIZE: Final = 1 << 50
"""Bytes."""
MAX_NUMBER: Final = 1e15
"""Whole numbers up to here are exact as floats, and no bound or score needs more. Keeps TOML's nan and inf out."""


def scalar(hint: Any, value: object, shown: str) -> Any:
    """Read `value`, which a fault shows as `shown`, as the type `hint`; ValueError says what would be right."""
    if get_origin(hint) is Literal:
        return _choice(value, get_args(hint), shown)
    if issubclass(hint, StrEnum):
        return hint(_choice(value, tuple(member.value for member in hint), shown))
    if hint is Severity:
        word = value.capitalize() if isinstance(value, str) else value
        return Severity.parse(_choice(word, tuple(severity.text for severity in Severity), shown))
    if hint is Duration:
        return _duration(value, shown)
    if hint is Size:
        return _size(value, shown)
    if hint is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"must be true or false, not {shown}")
    if hint is int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_NUMBER:
            return value
        raise ValueError(f"must be a whole number, not {shown}")
    if hint is float:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_NUMBER:
            return float(value)
        raise ValueError(f"must be a number, not {shown}")
    if isinstance(value, str):
        if hint is Path:
            return Path(value)
        if hint is str:
            return value
        raise TypeError(f"config.toml has no values of type {hint!r}")
    raise ValueError(f"must be text, in quotes, not {shown}")


def _choice(value: object, choices: tuple[str, ...], shown: str) -> str:
    if isinstance(value, str) and value in choices:
        return value
    lowered = {choice.lower(): choice for choice in choices}
    near = get_close_matches(value.lower(), lowered, 1) if isinstance(value, str) else []
    hint = f"; did you mean {quoted(lowered[near[0]])}?" if near else ""
    raise ValueError(f"{shown} is none of {', '.join(map(quoted, choices))}{hint}")


def _duration(value: object, shown: str) -> Duration:
    problem = f'{shown} is no duration; write "250ms", "10s", "5m", "1h", "7d" or a number of seconds'
    if not isinstance(value, str | int | float):
        raise ValueError(problem)  # noqa: TRY004 - a fault of the file, not of the program
    try:
        duration = Duration.parse(value)
    except (ValueError, OverflowError):
        raise ValueError(problem) from None
    if math.isnan(duration):
        raise ValueError(problem)
    if duration > MAX_DURATION:
        raise ValueError(f'{shown} is too long; at most "3650d"')
    return duration


def _size(value: object, shown: str) -> Size:
    problem = f'{shown} is no size; write "64MB", "512kB", "1GB" or a number of bytes'
    if not isinstance(value, str | int):
        raise ValueError(problem)  # noqa: TRY004
    try:
        size = Size.parse(value)
    except (ValueError, OverflowError):
        raise ValueError(problem) from None
    if size > MAX_SIZE:
        raise ValueError(f"{shown} is too large; at most {MAX_SIZE >> 30}GB")
    return size
