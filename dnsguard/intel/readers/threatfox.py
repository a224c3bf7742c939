"""ThreatFox (threatfox.abuse.ch): indicators of malware, as CSV or JSON export.

Taken: `domain` (with all below it), `ip:port` (the address), `url` (its host alone), each with its confidence and when
it was first seen. Ignored and counted: hashes of files and other kinds. In JSON, the line is the number of the item.
"""

from collections.abc import Iterator
from typing import Any, Final

from dnsguard.intel.entry import Entry
from dnsguard.intel.readers import words
from dnsguard.intel.readers.decode import decode, items
from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading
from dnsguard.intel.readers.table import rows

COLUMNS: Final = (
    *("first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias"),
    *("malware_printable", "last_seen_utc", "confidence_level", "reference", "tags", "anonymous", "reporter"),
)


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read an export; any bytes have a reading."""
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        for line, item in enumerate(items(decode(data, reading), "data"), 1):
            yield from _item(reading, line, item)
    else:
        for line, row in rows(data, reading, COLUMNS):
            yield from _item(reading, line, row)


def _item(reading: Reading, line: int, item: dict[str, Any]) -> Iterator[Entry]:
    value, kind = item.get("ioc_value") or item.get("ioc"), item.get("ioc_type")
    if not isinstance(value, str) or not isinstance(kind, str):
        reading.refuse(line, str(item)[:80], "has no ioc_value or no ioc_type")
        return
    confidence = words.percent(item.get("confidence_level"))
    seen = words.time(item.get("first_seen_utc") or item.get("first_seen"))
    if kind == "url":
        yield from words.url(reading, line, value, confidence=confidence, seen=seen)
    elif kind in {"domain", "ip:port"}:
        yield from words.host(reading, line, value, confidence=confidence, seen=seen)
    else:
        reading.ignore(f"indicators of type {kind[:24]}")
