"""JSON of any shape, decoded whole: such lists are small beside those of lines (MAX_JSON is refused above)."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading

MAX_JSON: Final = 128 << 20
"""Bytes; decoded, some eight times as much."""
MAX_DEPTH: Final = 64


def decode(data: Buffer, reading: Reading) -> Any:
    """Decode; None, and a refused line 1, if that cannot be."""
    if len(data) > MAX_JSON:
        reading.refuse(1, "", f"JSON of {len(data)} bytes; {MAX_JSON} is the most")
        return None
    try:
        return msgspec.json.decode(data[:].removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        reading.refuse(1, "", f"is damaged JSON: {error}")
        return None


def items(value: Any, *keys: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Walk abuse.ch's shapes: `{id: [item, …]}`, `{key: [item, …]}`, `[item, …]`; anything else has no items."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
    elif isinstance(value, dict) and not depth:
        held = [value[key] for key in keys if key in value]
        for part in held or value.values():
            yield from items(part, depth=1)
