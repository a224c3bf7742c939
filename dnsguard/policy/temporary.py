"""What a person let through for a while: one client or network reaches one zone, until a moment.

It wins over every detector, as `[allow]` does, and ends by itself wherever it is known, hub or no hub.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from dnsguard.intel.names import suffixes
from dnsguard.wire.networks import Networks

MAX_ALLOWS: Final = 1000
"""At a time: people make them, one by one; about 300 bytes each."""


class TemporaryAllow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of them."""

    id: str
    client: str
    """Address or CIDR."""
    zone: str
    """This domain, and all below it; lower-case A-labels."""
    began: float
    """Unix seconds."""
    until: float
    """Unix seconds."""
    reason: str = ""
    by: str = ""
    """Who made it."""

    @property
    def text(self) -> str:
        """What it says, for people."""
        ends = datetime.fromtimestamp(self.until, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"{self.zone} for {self.client} until {ends} UTC"


class Temporary:
    """Those that hold in one process: it outlives configurations, and is filled anew whenever one comes or goes."""

    def __init__(self, allows: Iterable[TemporaryAllow] = ()) -> None:
        self._by_zone: dict[str, list[tuple[Networks, TemporaryAllow]]] = {}
        self.changes = 0
        """How often others came to hold: what was decided before may be decided otherwise now."""
        self.hold(allows)

    def hold(self, allows: Iterable[TemporaryAllow]) -> None:
        """Let these hold, and no others; ValueError for a client that is no address or CIDR."""
        by_zone: dict[str, list[tuple[Networks, TemporaryAllow]]] = {}
        for allow in allows:
            by_zone.setdefault(allow.zone, []).append((Networks([allow.client]), allow))
        self._by_zone = by_zone
        self.changes += 1

    def covering(self, client: bytes, name: str, now: float) -> TemporaryAllow | None:
        """The one that lets a client, 4 or 16 bytes, reach a name at `now` [Unix seconds]."""
        if not self._by_zone:
            return None
        for zone in suffixes(name):
            for clients, allow in self._by_zone.get(zone, ()):
                if now < allow.until and client in clients:
                    return allow
        return None
