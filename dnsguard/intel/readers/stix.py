"""STIX 2.1 bundles (docs.oasis-open.org/cti/stix/v2.1): the indicators whose pattern is a name, an address or a URL.

Taken: comparisons of `domain-name:value`, `ipv4-addr:value`, `ipv6-addr:value` and `url:value` by `=`, `IN` and (for
addresses) `ISSUBSET`, joined by OR, in one observation or in several joined by OR. A domain is listed with all below
it, a URL's host alone; `confidence` and `valid_from` are kept. Ignored and counted: what is revoked or not valid any
more, other objects. Refused: patterns that need more than one thing at once (AND, FOLLOWEDBY, NOT, qualifiers), and
comparisons of other things. The line is the number of the object in the bundle.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from dnsguard.intel.entry import Entry
from dnsguard.intel.readers import words
from dnsguard.intel.readers.decode import decode
from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading

MAX_PATTERN: Final = 1 << 20
"""Characters."""
_STRING: Final = r"'(?:[^'\\]|\\.)*'"
_TOKEN: Final = re.compile(
    rf"\s*(?:({_STRING})|([\[\](),])|(=|!=|<>|<=|>=|<|>)|([A-Za-z][\w-]*:[\w.\[\]*'-]*[\w\]'])|([A-Za-z]+)|(\S))"
)
_PATHS: Final = {
    "domain-name:value": frozenset({"=", "IN"}),
    "url:value": frozenset({"=", "IN"}),
    "ipv4-addr:value": frozenset({"=", "IN", "ISSUBSET"}),
    "ipv6-addr:value": frozenset({"=", "IN", "ISSUBSET"}),
}


class _PatternError(ValueError):
    """A pattern that is not followed; says why."""


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a bundle; any bytes have a reading."""
    value = decode(data, reading)
    objects = value.get("objects") if isinstance(value, dict) else value
    for line, item in enumerate(objects if isinstance(objects, list) else [], 1):
        if not isinstance(item, dict):
            reading.refuse(line, str(item)[:80], "is no object")
        elif item.get("type") != "indicator":
            reading.ignore(f"objects of type {str(item.get('type'))[:24]}")
        else:
            yield from _indicator(reading, line, item)


def _indicator(reading: Reading, line: int, item: dict[str, Any]) -> Iterator[Entry]:
    pattern = item.get("pattern")
    if not isinstance(pattern, str) or item.get("pattern_type", "stix") != "stix":
        reading.ignore("indicators whose pattern is not in STIX's own language")
        return
    if item.get("revoked") is True:
        reading.ignore("indicators that are revoked")
        return
    until = words.time(item.get("valid_until"))
    if until and until <= reading.now:
        reading.ignore("indicators that are not valid any more")
        return
    try:
        found = comparisons(pattern)
    except _PatternError as error:
        reading.refuse(line, pattern, str(error))
        return
    if until:
        reading.expires = min(reading.expires or until, until)
    confidence = words.percent(item.get("confidence"))
    seen = words.time(item.get("valid_from"))
    for path, text in found:
        if path == "url:value":
            yield from words.url(reading, line, text, confidence=confidence, seen=seen)
        elif path == "domain-name:value":
            yield from reading.name(line, text, confidence=confidence, seen=seen)
        elif nets := words.networks(text):
            for network in nets:
                yield from reading.network(line, network, confidence=confidence, seen=seen)
        else:
            reading.refuse(line, text, "is no address or network")


def comparisons(pattern: str) -> list[tuple[str, str]]:
    """Give the (path, value) pairs any of which fulfils a pattern; ValueError if it is not of that kind."""
    if len(pattern) > MAX_PATTERN:
        raise _PatternError("is too long a pattern")
    tokens = [next(filter(None, groups)) for groups in _TOKEN.findall(pattern)]
    found: list[tuple[str, str]] = []
    brackets: list[str] = []
    i = 0
    ready = True  # an operand may stand here
    while i < len(tokens):
        part = tokens[i]
        i += 1
        if part in "[(" and ready:
            if part == "[" and "[" in brackets:
                raise _PatternError("is no pattern")
            brackets.append(part)
        elif part in "])" and not ready and brackets and brackets.pop() == "[("["])".index(part)]:
            pass
        elif part == "OR" and not ready:
            ready = True
        elif part in _PATHS and ready and "[" in brackets:
            values, i = _values(part, tokens, i)
            found += [(part, value) for value in values]
            ready = False
        else:
            raise _PatternError(_why(part))
    if brackets or ready:
        raise _PatternError("is no pattern")
    return found


def _values(path: str, tokens: list[str], i: int) -> tuple[list[str], int]:
    """Read an operator and its strings."""
    operator = tokens[i] if i < len(tokens) else ""
    if operator not in _PATHS[path]:
        raise _PatternError(_why(operator))
    i += 1
    if operator != "IN":
        return [_string(tokens, i)], i + 1
    if i >= len(tokens) or tokens[i] != "(":
        raise _PatternError("is no pattern")
    values = []
    while True:
        values.append(_string(tokens, i + 1))
        i += 2
        if i < len(tokens) and tokens[i] == ")":
            return values, i + 1
        if i >= len(tokens) or tokens[i] != ",":
            raise _PatternError("is no pattern")


def _string(tokens: list[str], i: int) -> str:
    if i >= len(tokens) or not (len(tokens[i]) > 1 and tokens[i][0] == tokens[i][-1] == "'"):
        raise _PatternError("compares with something that is no text")
    return re.sub(r"\\(.)", r"\1", tokens[i][1:-1], flags=re.DOTALL)


def _why(part: str) -> str:
    if part in {"AND", "FOLLOWEDBY", "NOT", "WITHIN", "REPEATS", "START", "STOP"}:
        return f"needs more than one thing at once: {part}"
    if ":" in part:
        return f"compares something that is no name, address or URL: {part[:40]}"
    return f"is a pattern that is not followed: {part[:40]}"
