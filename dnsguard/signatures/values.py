"""Reads the values of payload keywords, and prints them again: isdataat, entropy, byte_test, threshold."""

import re
from typing import Final, Literal, cast

from dnsguard.signatures.numbers import c_integer, decimal
from dnsguard.signatures.rule import ByteTest, Entropy, IsDataAt, Operator, Threshold

MAX_POSITION: Final = 65535
MAX_UNSIGNED: Final = (1 << 64) - 1
_FLOAT: Final = r"\d{1,3}(?:\.\d{1,18})?"
_OPERATORS: Final = frozenset({"<", ">", "=", "<=", ">=", "&", "^"})
_BASES: Final = {"hex": 16, "dec": 10, "oct": 8}
TRACKS: Final = ("by_src", "by_dst", "by_both", "by_rule")
MAX_SECONDS: Final = 10 * 365 * 86400
MAX_COUNT: Final = 1_000_000_000


def parse_isdataat(value: str | None) -> IsDataAt:
    """Read `!1,relative`; ValueError says what is wrong."""
    text = (value or "").strip().strip('"')
    negated = text.startswith("!")
    first, *rest = [part.strip() for part in text.removeprefix("!").split(",")]
    unknown = set(rest) - {"relative", "rawbytes"}
    if unknown:
        raise ValueError(f"isdataat: {', '.join(sorted(unknown))} is not supported")
    return IsDataAt(decimal("isdataat", first, 0, MAX_POSITION), relative="relative" in rest, negated=negated)


def print_isdataat(test: IsDataAt) -> str:
    """As a rule has it."""
    return f"{'!' if test.negated else ''}{test.position}{',relative' if test.relative else ''}"


def parse_entropy(value: str | None) -> Entropy:
    """Read `bytes 12, offset 0, value > 3.5` or `>3.5`; ValueError says what is wrong."""
    parts: dict[str, str] = {}
    for part in (value or "").split(","):
        match = re.fullmatch(r"\s*(?:(bytes|offset|value)\s)?\s*(.*?)\s*", part)
        assert match is not None
        key = match[1] or "value"
        if key in parts:
            raise ValueError(f"entropy: {key} stands there twice")
        parts[key] = match[2]
    text = parts.get("value", "")
    operator: str
    if match := re.fullmatch(rf"(!?)\s*({_FLOAT})\s*-\s*({_FLOAT})", text):
        operator, low, high = match[1] + "-", float(match[2]), float(match[3])
    elif match := re.fullmatch(rf"(!=|<=|>=|<|>|=|!|)\s*({_FLOAT})", text):
        operator, low, high = {"": "=", "!": "!="}.get(match[1], match[1]), float(match[2]), 0.0
    else:
        raise ValueError(f"entropy:{value}: write value > 3.5")
    if max(low, high) > 8:
        raise ValueError("entropy: 8 bits are the most an octet has")
    offset = decimal("entropy: offset", parts.get("offset", "0"), 0, MAX_POSITION)
    size = decimal("entropy: bytes", parts.get("bytes", "0"), 0, MAX_POSITION)
    return Entropy(cast("Operator", operator), low, high, offset, size)


def print_entropy(test: Entropy) -> str:
    """As a rule has it."""
    if test.operator in {"-", "!-"}:
        value = f"{test.operator[:-1]}{test.value!r}-{test.high!r}"
    else:
        value = f"{test.operator} {test.value!r}"
    return f"bytes {test.size}, offset {test.offset}, value {value}"


def parse_byte_test(value: str | None) -> ByteTest:
    """Read `2,>,1000,1,relative`; ValueError says what is wrong."""
    parts = [part.strip() for part in (value or "").split(",")]
    if len(parts) < 4:
        raise ValueError("byte_test: write BYTES,OPERATOR,VALUE,OFFSET")
    operator = parts[1].removeprefix("!").strip() or "="
    if operator not in _OPERATORS:
        raise ValueError(f"byte_test: operator {operator}; {' '.join(sorted(_OPERATORS))} are supported")
    relative = little = string = False
    base = mask = 0
    for word in parts[4:]:
        if word in _BASES:
            base = _BASES[word]
        elif word == "relative":
            relative = True
        elif word == "string":
            string = True
        elif word in {"big", "little"}:
            little = word == "little"
        elif match := re.fullmatch(r"bitmask\s+(0x[0-9a-fA-F]+|\d+)", word):
            mask = _integer("byte_test: bitmask", match[1])
        else:
            raise ValueError(f"byte_test: {word} is not supported")
    if string != bool(base):
        raise ValueError("byte_test: string takes hex, dec or oct, and they take string")
    return ByteTest(
        decimal("byte_test: bytes", parts[0], 1, 23 if string else 8),
        cast("Literal['<', '>', '=', '<=', '>=', '&', '^']", operator),
        _integer("byte_test: value", parts[2]),
        c_integer("byte_test: offset", parts[3], -MAX_POSITION, MAX_POSITION),
        parts[1].startswith("!"),
        relative,
        little,
        base,
        mask,
    )


def print_byte_test(test: ByteTest) -> str:
    """As a rule has it."""
    words = [str(test.size), ("!" if test.negated else "") + test.operator, str(test.value), str(test.offset)]
    if test.relative:
        words.append("relative")
    if test.little:
        words.append("little")
    if test.base:
        words += ["string", {base: word for word, base in _BASES.items()}[test.base]]
    if test.mask:
        words.append(f"bitmask {test.mask:#x}")
    return ",".join(words)


def parse_threshold(keyword: str, value: str | None) -> Threshold:
    """Read `type limit, track by_src, count 1, seconds 60`; ValueError says what is wrong."""
    parts: dict[str, str] = {}
    for part in (value or "").split(","):
        words = part.split()
        if len(words) != 2 or words[0] in parts:
            raise ValueError(f"{keyword}: write type limit, track by_src, count 1, seconds 60")
        parts[words[0]] = words[1]
    unknown = set(parts) - {"type", "track", "count", "seconds"}
    if unknown:
        raise ValueError(f"{keyword}: {', '.join(sorted(unknown))} is not supported")
    kind = parts.get("type", "") if keyword == "threshold" else "detection_filter"
    track = parts.get("track", "")
    if kind not in {"limit", "threshold", "both", "detection_filter"} or (keyword != "threshold" and "type" in parts):
        raise ValueError(f"{keyword}: type {kind or '(none)'} is not supported; limit, threshold and both are")
    if track not in TRACKS:
        raise ValueError(f"{keyword}: track {track or '(none)'} is not supported; {', '.join(TRACKS)} are")
    return Threshold(
        cast("Literal['limit', 'threshold', 'both', 'detection_filter']", kind),
        cast("Literal['by_src', 'by_dst', 'by_both', 'by_rule']", track),
        decimal(f"{keyword}: count", parts.get("count"), 1, MAX_COUNT),
        decimal(f"{keyword}: seconds", parts.get("seconds"), 1, MAX_SECONDS),
    )


def print_threshold(threshold: Threshold) -> str:
    """As a rule has it, keyword and all."""
    rest = f"track {threshold.track}, count {threshold.count}, seconds {threshold.seconds}"
    if threshold.kind == "detection_filter":
        return f"detection_filter:{rest}"
    return f"threshold:type {threshold.kind}, {rest}"


def _integer(keyword: str, text: str) -> int:
    if re.fullmatch(r"[A-Za-z_]\w*", text):
        raise ValueError(f"{keyword} {text}: write a number; variables are not supported")
    return c_integer(keyword, text, 0, MAX_UNSIGNED)
