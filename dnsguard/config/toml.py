"""Values as TOML text; the inverse of reading one."""

import json
import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from dnsguard.model import Duration, Severity, Size

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
MAX_SHOWN: Final = 60
"""Characters of a value in a fault: enough to find it by."""


def quoted(text: str) -> str:
    """Write a basic string."""
    # JSON's escapes are TOML's; what can't be seen, or would end a line, is escaped too
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}" for char in json.dumps(text, ensure_ascii=False)
    )


def key(text: str) -> str:
    """Write a key, in quotes if it needs them."""
    return text if _BARE.fullmatch(text) else quoted(text)


def written(value: object) -> str:
    """Write a value on one line; reading it back as the same type gives the same value."""
    match value:
        case bool():
            return str(value).lower()
        case Severity():
            return quoted(value.text)
        case Duration():
            return quoted(_duration(value))
        case Size():
            return quoted(_size(value))
        case int():
            return str(value)
        case float():
            return repr(value)
        case str() | Path():
            return quoted(str(value))
        case Mapping():
            pairs = ", ".join(f"{key(name)} = {written(item)}" for name, item in value.items())
            return f"{{{pairs}}}"
        case AbstractSet():
            return written(sorted(value))
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case _:
            # dates and times, which no key takes: only faults show them
            return str(value)


def shown(value: object) -> str:
    """Write a value short, for a fault."""
    if isinstance(value, Mapping):
        return "a table"
    try:
        text = written(value)
    except (ValueError, RecursionError):
        # int to text stops at 4300 digits, and arrays nest as deep as they like
        return "a very long value"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _duration(value: Duration) -> str:
    for unit in ("d", "h", "m", "s"):
        if value and value % Duration.UNITS[unit] == 0:
            return f"{int(value // Duration.UNITS[unit])}{unit}"
    if value < 1 and math.isclose(value * 1000, round(value * 1000)):
        return f"{round(value * 1000)}ms" if value else "0s"
    return f"{float(value):.9f}".rstrip("0").rstrip(".") + "s"


def _size(value: Size) -> str:
    for unit in ("GB", "MB", "KB"):
        if value and value % Size.UNITS[unit] == 0:
            return f"{value // Size.UNITS[unit]}{unit.replace('K', 'k')}"
    return f"{int(value)}B"
