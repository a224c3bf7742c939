"""Lists in all formats; one file each. Which one a list has is told by its content, or said by its `format`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dnsguard.intel.entry import Entry
from dnsguard.intel.readers import adblock, addresses, dnsmasq, domains, misp, rpz, stix, threatfox, unbound, urlhaus
from dnsguard.intel.readers.lines import Buffer, File
from dnsguard.intel.readers.reading import Reading, Refused
from dnsguard.intel.readers.sniff import sniff

__all__ = ["FORMATS", "Buffer", "File", "Reading", "Refused", "read", "stream"]

FORMATS: Final[Mapping[str, Callable[[Buffer, Reading], Iterator[Entry]]]] = {
    "domains": domains.entries,
    "hosts": domains.entries,
    "addresses": addresses.entries,
    "dnsmasq": dnsmasq.entries,
    "adblock": adblock.entries,
    "rpz": rpz.entries,
    "unbound": unbound.entries,
    "urlhaus": urlhaus.entries,
    "threatfox": threatfox.entries,
    "misp": misp.entries,
    "stix": stix.entries,
}
"""Format -> its reader."""


def stream(data: Buffer, reading: Reading, format_: str = "") -> Iterator[Entry]:
    """Yield a list's entries, and keep the account in `reading`.

    ListError, before the first entry, if the bytes are no list: a page, a picture, JSON of another shape.
    """
    reading.format = format_ or sniff(data)
    return FORMATS[reading.format](data, reading)


def read(data: Buffer, format_: str = "", *, believe: frozenset[str] = frozenset(), now: float = 0.0) -> Reading:
    """Read a list as a whole; its entries stand in `found`. ListError if the bytes are no list."""
    reading = Reading(believe=believe, now=now)
    reading.found = list(stream(data, reading, format_))
    return reading
