"""Evidence cut to a size: attackers choose much of it, and a message must stay under 20 kB (Standard Webhooks)."""

from collections.abc import Mapping
from typing import Final

import msgspec

EVIDENCE_BYTES: Final = 4000
"""Most bytes of evidence an alert keeps, as JSON."""
TEXT: Final = 300
"""Longest text. [characters]"""
ITEMS: Final = 12
"""Longest list."""
DEPTH: Final = 4


def shorten(text: str, length: int) -> str:
    """Cut the middle out of a text that is longer than `length` characters: names differ at both ends."""
    if len(text) <= length:
        return text
    tail = length // 3
    return f"{text[: length - tail - 1]}…{text[-tail:]}"


def safe(text: str) -> str:
    """Escape what could drive a terminal: names and evidence are the attacker's words."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def trim(evidence: Mapping[str, object], limit: int = EVIDENCE_BYTES) -> dict[str, object]:
    """Return evidence of at most `limit` bytes of JSON; what was left out is named under `trimmed`."""
    kept = {shorten(str(key), 60): _short(value, DEPTH) for key, value in evidence.items()}
    left_out: list[str] = []
    while kept and len(msgspec.json.encode(kept)) > limit:
        kept.pop("trimmed", None)
        if not kept:
            break
        largest = max(kept, key=lambda key: len(msgspec.json.encode(kept[key])))
        del kept[largest]
        left_out.append(largest)
        kept["trimmed"] = shorten(", ".join(left_out), TEXT)
    return kept


def _short(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value if len(value) <= TEXT else f"{value[:TEXT]}… ({len(value)} characters)"
    if isinstance(value, bytes):
        return _short(value.hex(), depth)
    if isinstance(value, Mapping):
        if not depth:
            return f"({len(value)} keys)"
        head = {shorten(str(key), 60): _short(item, depth - 1) for key, item in list(value.items())[:ITEMS]}
        return head if len(value) <= ITEMS else head | {"…": f"{len(value) - ITEMS} more"}
    if isinstance(value, list | tuple | set | frozenset):
        if not depth:
            return f"({len(value)} items)"
        items = [_short(item, depth - 1) for item in list(value)[:ITEMS]]
        return items if len(value) <= ITEMS else [*items, f"… {len(value) - ITEMS} more"]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _short(str(value), depth)
