"""URLhaus (urlhaus.abuse.ch): URLs that serve malware, as CSV or JSON export; each lists its host.

A host of a URL is listed alone, not what is below it. `dateadded` is when it was first seen; in JSON, the line is the
number of the item. Exports come zipped too: those are to be unpacked first.
"""

from collections.abc import Iterator
from typing import Any, Final

from dnsguard.intel.entry import Entry
from dnsguard.intel.readers import words
from dnsguard.intel.readers.decode import decode, items
from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading
from dnsguard.intel.readers.table import rows

COLUMNS: Final = ("id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter")


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read an export; any bytes have a reading."""
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        for line, item in enumerate(items(decode(data, reading), "urls"), 1):
            yield from _item(reading, line, item)
    else:
        for line, row in rows(data, reading, COLUMNS):
            yield from _item(reading, line, row)


def _item(reading: Reading, line: int, item: dict[str, Any]) -> Iterator[Entry]:
    url = item.get("url")
    if not isinstance(url, str) or not url:
        reading.refuse(line, str(item)[:80], "has no url")
        return
    yield from words.url(reading, line, url, seen=words.time(item.get("dateadded") or item.get("date_added")))
