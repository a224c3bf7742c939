"""Numbers as rules compare them (Suricata's integer keywords): `5`, `!5`, `>5`, `<=5`, `5-9`, `5<>9`, `&0x80=0x80`.

A range is strict on both sides: `7-15` is true of 8 to 14.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, cast

from dnsguard.signatures.rule import Number, Operator

RCODES: Final = {
    "noerror": 0,
    "formerr": 1,
    "servfail": 2,
    "nxdomain": 3,
    "notimp": 4,
    "refused": 5,
    "yxdomain": 6,
    "yxrrset": 7,
    "nxrrset": 8,
    "notauth": 9,
    "notzone": 10,
}
_RCODE_NAMES: Final = {number: name.upper() for name, number in RCODES.items()}
_UNITS: Final = {"": 1, "kb": 1024, "kib": 1024, "mb": 1048576, "mib": 1048576, "gb": 1073741824, "gib": 1073741824}
_NUMBER: Final = r"(?:0x[0-9a-f]+|[0-9]+)(?:[kmg]i?b)?"
_RANGE: Final = re.compile(rf"(!?)\s*({_NUMBER})\s*(?:-|<>)\s*({_NUMBER})", re.IGNORECASE)
_MASK: Final = re.compile(rf"&\s*({_NUMBER})\s*(!?)=\s*({_NUMBER})", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(!=|!|<=|>=|<|>|=|)\s*(\S+)")


def parse_number(
    keyword: str, text: str | None, most: int, names: Mapping[str, int] | Callable[[str], int] | None = None
) -> Number:
    """Read a comparison; ValueError names the keyword. `most` is the largest number that fits it."""
    text = (text or "").strip().strip('"').strip()
    if match := _MASK.fullmatch(text):
        mask, value = _integer(match[1]), _integer(match[3])
        if value & ~mask:
            raise ValueError(f"{keyword}:{text} is never true")
        return _bounded(keyword, Number("!&" if match[2] else "&", mask, value), most)
    if match := _RANGE.fullmatch(text):
        low, high = _integer(match[2]), _integer(match[3])
        if high - low < 2:
            raise ValueError(f"{keyword}:{text}: nothing lies strictly between the two")
        return _bounded(keyword, Number("!-" if match[1] else "-", low, high), most)
    match = _PLAIN.fullmatch(text)
    if not match:
        raise ValueError(f"{keyword}:{text}: write a number, !5, >5 or 5-9")
    operator = cast("Operator", {"": "=", "!": "!="}.get(match[1], match[1]))
    word = match[2]
    if re.fullmatch(_NUMBER, word, re.IGNORECASE):
        return _bounded(keyword, Number(operator, _integer(word)), most)
    named: int | None = None
    with suppress(KeyError, ValueError):
        if names is not None:
            named = names(word) if callable(names) else names[word.lower()]
    if named is None or operator not in {"=", "!="}:
        raise ValueError(f"{keyword}:{text}: write a number, !5, >5 or 5-9")
    return Number(operator, named)


def print_number(number: Number) -> str:
    """As a rule has it."""
    operator, value, high = number.operator, number.value, number.high
    if operator in {"-", "!-"}:
        return f"{operator[:-1]}{value}-{high}"
    if operator in {"&", "!&"}:
        return f"&{value:#x}{operator[:-1]}={high:#x}"
    return f"{'' if operator == '=' else operator}{value}"


def decimal(keyword: str, text: str | None, least: int, most: int) -> int:
    """Read a bare, maybe negative, number; ValueError names the keyword and the bounds."""
    text = (text or "").strip()
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise ValueError(f"{keyword}:{text}: write a number from {least} to {most}")
    return int(text)


def c_integer(keyword: str, text: str | None, least: int, most: int) -> int:
    """Read a number as C writes it, maybe negative: 16, 0x10, or octal 020; ValueError names keyword and bounds.

    So Suricata reads positions in a buffer, and what byte_test compares; all else is decimal.
    """
    text = (text or "").strip()
    match = re.fullmatch(r"(-?)(0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9][0-9]{0,19})", text)
    if match:
        digits = match[2].lower()
        base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
        number = int(digits, base) * (-1 if match[1] else 1)
        if least <= number <= most:
            return number
    raise ValueError(f"{keyword}:{text}: write a number from {least} to {most} (0x10 is 16, and so is 020)")


def _integer(text: str) -> int:
    match = re.fullmatch(r"(0x[0-9a-f]+?|[0-9]+)([kmg]i?b)?", text.lower())
    assert match is not None
    digits, unit = match[1], match[2] or ""
    return (int(digits, 16) if digits.startswith("0x") else int(digits[:20])) * _UNITS[unit]


def _bounded(keyword: str, number: Number, most: int) -> Number:
    if max(number.value, number.high) > most:
        raise ValueError(f"{keyword}: {most} is the most")
    return number


def rcode_text(rcode: int) -> str:
    """`NXDOMAIN` for 3, `RCODE12` for what has no name."""
    return _RCODE_NAMES.get(rcode) or f"RCODE{rcode}"
