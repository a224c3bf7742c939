"""Plain lists: a domain, a network or a hosts entry a line.

Taken: comments (`#`, `;`, `!` at the start, `#` and `;` behind a blank), empty lines, any line end, a byte order mark,
a final dot, capitals, `*.` or `.` in front (the same as the bare domain: an entry matches itself and all below), IDNs
in Unicode (UTS #46), hosts lines to nowhere (`0.0.0.0 name…`, `127.0.0.1 name…`, `::1 name…`), and addresses, CIDR
networks and ranges (`192.0.2.1`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`).
Refused, with line and reason: what is neither. Quarantined: see reading.py.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from dnsguard.intel import suffix
from dnsguard.intel.entry import Action, Entry, Scope, Trigger
from dnsguard.intel.popular import is_popular
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading
from dnsguard.intel.readers.words import networks

_PLAIN: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9_-]{0,62}")
_REST: Final = (Scope.ALL, Trigger.NAME, Action.BLOCK, -1, 0)
COMMENT: Final = re.compile(r"(?:^|\s)[#;].*", re.DOTALL)
_HOSTS_OWN: Final = frozenset(
    {
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"),  # noqa: S104 - a name here
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
"""What hosts files say about the machine itself: neither an entry nor a fault."""


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a list; any bytes have a reading."""
    suspects, parents = suffix.suspects()
    plain, make = _PLAIN.fullmatch, Entry._make
    for line, text in lines(data, reading):
        # a short cut for nine lines of ten, and a third of the time: nothing to change, nothing to doubt
        if (
            plain(text)
            and len(text) < 254
            and text not in suspects
            and text.partition(".")[2] not in parents
            and not is_popular(text)
        ):
            yield make((text, line, *_REST))
        else:
            yield from entry(reading, line, text)


def read(data: Buffer) -> Reading:
    """Read a plain list as a whole; its entries stand in `found`."""
    reading = Reading(format="domains")
    reading.found = list(entries(data, reading))
    return reading


def entry(reading: Reading, line: int, text: str) -> Iterator[Entry]:
    """Read a line that is not empty."""
    if text[0] in "#;!":
        return
    if "#" in text or ";" in text:
        text = COMMENT.sub("", text)
    found = text.split()
    for word in found if len(found) < 2 else _hosts(reading, line, text, found):
        if word[0] in ".*" and word.startswith((".", "*.")):
            yield from reading.name(line, word.removeprefix("*").removeprefix("."))
        elif (word[0].isdigit() or ":" in word) and word != "0.0.0.0" and (nets := networks(word)):  # noqa: S104
            for network in nets:
                yield from reading.network(line, network)
        else:
            yield from reading.name(line, word)


def _hosts(reading: Reading, line: int, text: str, found: list[str]) -> list[str]:
    """Give the names of a hosts line; a line of any other shape is refused."""
    try:
        address = ipaddress.ip_address(found[0].partition("%")[0])
    except ValueError:
        reason = "has more on the line than a name"
    else:
        names = [word for word in found[1:] if word.lower() not in _HOSTS_OWN]
        if address.is_unspecified or address.is_loopback or not names:
            return names
        reason = "is a hosts line that leads somewhere; only those to 0.0.0.0, 127.0.0.1, :: or ::1 block"
    reading.refuse(line, text, reason)
    return []
