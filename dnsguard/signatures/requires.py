"""What a rule says a Suricata must have to read it (`requires`, since 7.0.4); the rule is skipped by one that has not.

Sets that serve several versions say the same thing in two rules, of which each version takes one.
"""

import re
from collections.abc import Callable
from typing import Final

LANGUAGE: Final = (8, 0, 0)
"""The version whose keywords are read here."""
_COMPARISON: Final = re.compile(r"\s*(<=|>=|<|>)\s*(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:-\w+)?\s*")


def unmet(value: str, has_keyword: Callable[[str], bool]) -> str:
    """Say what of `version >= 7.0.4 < 8 | >= 8.0.3, keyword entropy, feature geoip` is not there; empty: all is.

    ValueError if it can't be read.
    """
    for part in value.split(","):
        match = re.fullmatch(r"\s*([a-z]*)\s*(.*?)\s*", part)
        kind, what = (match[1], match[2]) if match else ("", "")
        if kind == "version":
            if not any(_is_between(bounds) for bounds in what.split("|")):
                return f"{part.strip()}: the rules read here are those of version {'.'.join(map(str, LANGUAGE))}"
        elif kind == "keyword" and what:
            if not has_keyword(what):
                return f"keyword {what} is not supported"
        elif kind == "feature" and what:
            return f"feature {what} is not there"
        else:
            raise ValueError(f"requires: {part.strip()} is not supported; version, keyword and feature are")
    return ""


def _is_between(bounds: str) -> bool:
    """Whether the version keeps to all bounds of `>= 7.0.4 < 8`."""
    position = 0
    while position < len(bounds) or not position:
        match = _COMPARISON.match(bounds, position)
        if not match:
            raise ValueError(f"requires: version {bounds.strip()}: write version >= 7.0.4")
        other = int(match[2]), int(match[3] or 0), int(match[4] or 0)
        holds = {"<": other > LANGUAGE, "<=": other >= LANGUAGE, ">": other < LANGUAGE, ">=": other <= LANGUAGE}
        if not holds[match[1]]:
            return False
        position = match.end()
    return True
