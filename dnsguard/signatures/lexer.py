r"""Cuts a rules file into rules, and a rule into its header and its options.

Suricata's rules: one a line, a backslash at a line's end goes on with the next, `#` comments a line out. Options stand
in brackets, `keyword:value;` or `keyword;`; a `;` inside a value is written `\;`.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

MAX_RULE: Final = 8192
"""Characters of a rule; Suricata reads as many."""
_OPTION: Final = re.compile(r"\s*([^\s:;]+)\s*(?::((?:\\.|[^\\;])*))?;", re.DOTALL)


def lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Number the rules of a file by their first line, comments and empty lines left out; one character an octet."""
    first, text = 0, ""
    for number, raw in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        line = raw.decode("latin-1").rstrip()
        if not first and (not line or line.lstrip().startswith("#")):
            continue
        first = first or number
        # beyond the most a rule may have, only its being too long is kept
        text = (text + line)[: MAX_RULE + 1]
        if line.endswith("\\"):
            text = text.removesuffix("\\")
            continue
        yield first, text.strip()
        first, text = 0, ""
    if text.strip():
        yield first, text.strip()


def split(text: str) -> tuple[str, list[tuple[str, str | None]]]:
    """Cut a rule into header and (keyword, value) in order; ValueError says where it breaks."""
    if len(text) > MAX_RULE:
        raise ValueError(f"longer than {MAX_RULE} characters")
    text = text.strip()
    start = text.find("(")
    if start < 0 or not text.endswith(")"):
        raise ValueError("no options in brackets")
    inside = text[start + 1 : -1].rstrip()
    options: list[tuple[str, str | None]] = []
    position = 0
    while position < len(inside):
        match = _OPTION.match(inside, position)
        if not match:
            raise ValueError(f"an option without its final semicolon: {inside[position:].strip()[:40]}")
        value = match[2]
        options.append((match[1], None if value is None else value.strip()))
        position = match.end()
    return text[:start].strip(), options


def unquoted(keyword: str, value: str | None) -> tuple[bool, str]:
    """Take the quotes off `"..."` or `!"..."`; gives whether it is negated. ValueError if there are none."""
    value = value or ""
    negated = value.startswith("!")
    if negated:
        value = value[1:].lstrip()
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        raise ValueError(f'{keyword}: write {keyword}:"…"')
    return negated, value[1:-1]
