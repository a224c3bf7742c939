"""Lists of addresses and networks, one at the start of each line; what stands behind it is the list's own business.

Taken: `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, the same of IPv6, a port behind an address, comments
(`#`, `;`, also behind a blank); further columns divided by blanks, commas, semicolons or bars (Spamhaus DROP, DShield,
Feodo Tracker's CSV, `ipset save`'s `add NAME 192.0.2.0/24`). Refused: lines that start with anything else.
"""

import re
from collections.abc import Iterator
from typing import Final

from dnsguard.intel.entry import Entry
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading
from dnsguard.intel.readers.words import networks

DIVIDER: Final = re.compile(r"[\s,;|]+")


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a list; any bytes have a reading."""
    for line, text in lines(data, reading):
        text = text.lstrip()  # noqa: PLW2901 - the same line, without its indent
        if text[0] in "#;!":
            continue
        found = DIVIDER.split(text)
        word = found[2] if found[0] == "add" and len(found) > 2 else found[0]
        nets = networks(word.strip("\"'"))
        if not nets:
            reading.refuse(line, text, "is no address or network")
        for network in nets:
            yield from reading.network(line, network)
