"""Plain domain lists: a domain a line; the hosts format is taken too.

Taken: comments (`#`, `;`, `!` at the start, `#` and `;` behind a blank), empty lines, any line end, a byte order mark,
a final dot, capitals, `*.` or `.` in front (the same as the bare domain: an entry matches itself and all below), IDNs
in Unicode (UTS #46), and hosts lines to nowhere (`0.0.0.0 name…`, `127.0.0.1 name…`, `::1 name…`).
Refused, with line and reason: what is no domain name, and public suffixes, which would match all names of a registry.
"""

import codecs
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from dnsguard.intel.names import canonical
from dnsguard.intel.suffix import is_registry

MAX_LINE: Final = 4096
"""Bytes of a line that is looked at; a hosts line may have many names."""
MAX_SHOWN: Final = 20
"""Refused lines that are kept for the report; all are counted."""
_COMMENT: Final = re.compile(r"(?:^|\s)[#;].*|^!.*", re.DOTALL)
_HOSTS_OWN: Final = frozenset(
    {
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"),  # noqa: S104 - a name here
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
"""What hosts files say about the machine itself: neither an entry nor a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line, or a name on it, that is no entry."""

    line: int
    """From 1."""
    text: str
    """Its beginning, printable."""
    reason: str


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a list's bytes say."""

    entries: dict[str, int] = field(default_factory=dict)
    """Name -> the first line that has it: lower-case A-labels, no final dot."""
    junk: int = 0
    """Names and lines that are no domain names."""
    public_suffixes: int = 0
    shown: list[Refused] = field(default_factory=list)
    """The first refused ones of both kinds, at most MAX_SHOWN."""

    def refuse(self, line: int, text: str, reason: str) -> None:
        """Keep a refusal for the report."""
        if len(self.shown) < MAX_SHOWN:
            self.shown.append(Refused(line=line, text=ascii(text[:60])[1:-1], reason=reason))


def read(data: bytes) -> Reading:
    """Read a list; any bytes have a reading."""
    reading = Reading()
    for line, text in _lines(data):
        for word in _words(reading, line, text):
            try:
                name = canonical(word.removeprefix("*").removeprefix(".") if word.startswith((".", "*.")) else word)
            except ValueError as error:
                reading.junk += 1
                reading.refuse(line, word, str(error))
                continue
            if is_registry(name):
                reading.public_suffixes += 1
                reading.refuse(line, word, "is a public suffix: it would match all names of a registry")
            else:
                reading.entries.setdefault(name, line)
    return reading


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Number the lines, without comments and empty ones."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    # bytes.splitlines, unlike str's, knows only the line ends that editors count: \n, \r\n and \r
    for line, raw in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(), 1):
        text = raw[:MAX_LINE].decode("utf-8", "replace").strip()
        if text and text[0] not in "#;!":
            if "#" in text or ";" in text:
                text = _COMMENT.sub("", text)
            yield line, text


def _words(reading: Reading, line: int, text: str) -> list[str]:
    """Cut a line into names: one, or those of a hosts line; a line of any other shape is refused."""
    words = text.split()
    if len(words) == 1:
        return words
    try:
        address = ipaddress.ip_address(words[0].partition("%")[0])
    except ValueError:
        reason = "has more on the line than a name"
    else:
        names = [word for word in words[1:] if word.lower() not in _HOSTS_OWN]
        if address.is_unspecified or address.is_loopback or not names:
            return names
        reason = "is a hosts line that leads somewhere; only those to 0.0.0.0, 127.0.0.1, :: or ::1 block"
    reading.junk += 1
    reading.refuse(line, text, reason)
    return []
