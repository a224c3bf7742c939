"""MISP (misp-project.org): events, results of attribute searches, and warning lists.

Taken from attributes meant for detection (`to_ids`; ignored and counted where it is false): `domain` and `hostname`
with all below them, `ip-src` and `ip-dst`, the pairs `domain|ip`, `hostname|port`, `ip-…|port`, and `url` (its host
alone), in events and in their objects. Of warning lists: names (`hostname`, with all below; `string`, alone) and
networks (`cidr`). First seen is what the attribute says, or the event's date. The line is the number of the attribute.
"""

from collections.abc import Iterator
from typing import Any, Final

from dnsguard.intel.entry import Entry, Scope
from dnsguard.intel.readers import words
from dnsguard.intel.readers.decode import decode
from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading

_HOSTS: Final = frozenset({"domain", "hostname", "ip-src", "ip-dst"})
_PAIRS: Final = {"domain|ip": 2, "hostname|port": 1, "ip-src|port": 1, "ip-dst|port": 1}
"""Type -> how many of its parts are hosts."""


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a file; any bytes have a reading."""
    value = decode(data, reading)
    if isinstance(value, dict) and isinstance(value.get("list"), list):
        yield from _warninglist(reading, value)
        return
    for line, (attribute, date) in enumerate(_attributes(value), 1):
        yield from _attribute(reading, line, attribute, date)


def _attributes(value: Any) -> Iterator[tuple[dict[str, Any], int]]:
    """Walk all attributes, each with its event's date [unix seconds, 0: none]."""
    for event in _events(value):
        date = words.time(event.get("date"))
        for attribute in _dicts(event.get("Attribute")):
            yield attribute, date
        for thing in _dicts(event.get("Object")):
            for attribute in _dicts(thing.get("Attribute")):
                yield attribute, date


def _events(value: Any) -> Iterator[dict[str, Any]]:
    """Find events: `{"Event": …}`, `{"response": […]}`, lists of either, or bare `{"Attribute": […]}`."""
    if isinstance(value, dict) and "response" in value:
        value = value["response"]
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            inner = item.get("Event", item)
            yield from _dicts([inner])


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _attribute(reading: Reading, line: int, attribute: dict[str, Any], date: int) -> Iterator[Entry]:
    kind, value = attribute.get("type"), attribute.get("value")
    if not isinstance(kind, str) or not isinstance(value, str):
        reading.refuse(line, str(attribute)[:80], "has no type or no value")
        return
    if kind not in _HOSTS and kind not in _PAIRS and kind != "url":
        reading.ignore(f"attributes of type {kind[:24]}")
        return
    if attribute.get("to_ids", True) in (False, "0"):
        reading.ignore("attributes not meant for detection")
        return
    seen = words.time(attribute.get("first_seen")) or date
    if kind == "url":
        yield from words.url(reading, line, value, seen=seen)
        return
    for part in value.split("|")[: _PAIRS.get(kind, 1)]:
        yield from words.host(reading, line, part.strip(), seen=seen)


def _warninglist(reading: Reading, value: dict[str, Any]) -> Iterator[Entry]:
    kind = str(value.get("type", "string"))[:24]
    for line, item in enumerate(value["list"], 1):
        if not isinstance(item, str) or kind not in {"hostname", "string", "cidr"}:
            reading.refuse(line, str(item)[:80], f"is of a kind that is not followed: {kind}")
        elif kind == "string" and not words.networks(item):
            yield from reading.name(line, item, Scope.EXACT)
        else:
            yield from words.host(reading, line, item.removeprefix("*").removeprefix("."))
