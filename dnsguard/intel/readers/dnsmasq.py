"""dnsmasq's configuration: the options that answer for a domain and all below it.

Taken: `address=/x/`, `address=/x/#` and addresses that lead nowhere (`0.0.0.0`, `127.0.0.1`, `::`, `::1`); `server=/x/`
and `local=/x/` without a server (the name is answered from local data: NXDOMAIN), each with several domains
(`/x/y/`). `server=/x/#` is an exception: the name goes to the usual servers, and so do those below it that no longer
option speaks of (dnsmasq(8): the most specific domain wins).
Refused: addresses that lead somewhere, domains given to a server of their own, patterns, and other options.
"""

import ipaddress
from collections.abc import Iterator

from dnsguard.intel.entry import Action, Entry
from dnsguard.intel.readers.domains import COMMENT
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a list; any bytes have a reading."""
    for line, text in lines(data, reading):
        option, equals, value = COMMENT.sub("", text).strip().partition("=")
        if not option and not equals:
            continue
        option = option.strip().removeprefix("--").lower()
        value = value.strip()
        if option not in {"address", "server", "local"} or not value.startswith("/"):
            reading.refuse(line, text, "is another option of dnsmasq")
            continue
        *names, target = value[1:].split("/")
        action = _action(option, target.strip())
        if action is None:
            what = "leads somewhere" if option == "address" else "has a server of its own"
            reading.refuse(line, text, f"{what}: only domains that lead nowhere block")
            continue
        if not names:
            reading.refuse(line, text, "names no domain")
        for name in names:
            if name in {"", "#"}:
                reading.refuse(line, text, "means all names, or all without a dot")
            else:
                yield from reading.name(line, name.removeprefix("*").removeprefix("."), action=action)


def _action(option: str, target: str) -> Action | None:
    """Say what a target does; None: nothing that a list could mean."""
    if option != "address":
        return Action.NXDOMAIN if not target else Action.PASS if target == "#" else None
    if target in {"", "#"}:
        return Action.BLOCK
    try:
        address = ipaddress.ip_address(target)
    except ValueError:
        return None
    return Action.BLOCK if address.is_unspecified or address.is_loopback else None
