"""Unbound's configuration: the local zones that answer for a domain and all below it (unbound.conf(5)).

Taken: `local-zone: "x" TYPE` of the types that answer or drop whatever is asked (`always_nxdomain`, `always_null`,
`static`, `deny`, …); `local-data: "x A 0.0.0.0"` and other addresses that lead nowhere, for x alone, or with all below
it where a `redirect` zone of the same name stands before it. `transparent` and `always_transparent` are an exception:
the name is resolved (the most specific zone wins).
Ignored: clauses (`server:`), and zones that only say where their data goes.
Refused: data that leads somewhere, zones that filter by more than the name, and other options.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from dnsguard.intel.entry import Action, Entry, Scope
from dnsguard.intel.readers.domains import COMMENT
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading

_ZONES: Final = {
    **dict.fromkeys(("always_nxdomain", "static"), Action.NXDOMAIN),
    "always_nodata": Action.NODATA,
    **dict.fromkeys(("always_deny", "deny", "inform_deny"), Action.DROP),
    **dict.fromkeys(("always_null", "always_refuse", "refuse"), Action.BLOCK),
    **dict.fromkeys(("always_transparent", "transparent"), Action.PASS),
}
_REDIRECT: Final = frozenset({"redirect", "inform_redirect"})
_QUOTES: Final = re.compile(r"[\"']")


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a list; any bytes have a reading."""
    redirected = ""
    for line, text in lines(data, reading):
        option, colon, value = COMMENT.sub("", text).strip().partition(":")
        if not option and not colon:
            continue
        option = option.lower()
        words = _QUOTES.sub(" ", value).split()
        if option == "local-zone" and len(words) == 2:
            name, kind = words[0], words[1].lower()
            if kind in _REDIRECT:
                redirected = name.lower().removesuffix(".")
                reading.ignore("zones that only say where their data goes")
            elif kind in _ZONES:
                yield from reading.name(line, name, action=_ZONES[kind])
            else:
                reading.refuse(line, text, "is a zone that blocks nothing, or not by its name alone")
        elif option == "local-data" and len(words) > 2:
            name = words[0].lower().removesuffix(".")
            if _nowhere(words[1:]):
                yield from reading.name(line, name, Scope.ALL if name == redirected else Scope.EXACT)
            else:
                reading.refuse(line, text, "leads somewhere: only names that lead nowhere block")
        elif colon and not words and option.isascii() and option.isalpha():
            reading.ignore("clauses")
        else:
            reading.refuse(line, text, "is another option of Unbound")


def _nowhere(words: list[str]) -> bool:
    """Whether a record's words behind its owner are an address that leads nowhere."""
    *_, kind, value = words
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return kind.upper() in {"A", "AAAA"} and (address.is_unspecified or address.is_loopback)
