"""Zones in which one client or two find random host names, all of which exist: a wildcard that somebody counts by."""

from collections.abc import Iterator

from dnsguard.state.counters import Table
from dnsguard.state.saved import AT_ONCE, NOT_SAVED, frame, frames, list_of, number, octets_of, text_of

MAX_ZONES: int = 4096
"""Zones with an odd name that resolved; some 2 kB each at the most. The oldest makes room."""
MAX_NAMES: int = 16
MAX_CLIENTS: int = 3
"""More than two are many."""
LIFE: float = 86400.0
"""Counts start anew after so many seconds."""


class Hosts:
    """Odd names of one zone, who asked, and since when. [Unix s]."""

    __slots__ = ("clients", "names", "since")

    def __init__(self, now: float) -> None:
        self.names: dict[str, int] = {}
        self.clients: dict[bytes, int] = {}
        self.since: float = now


class RandomHosts:
    """All zones of one worker."""

    __slots__ = ("evicted", "zones")

    def __init__(self) -> None:
        self.zones: dict[str, Hosts] = {}
        self.evicted: int = 0

    def note(self, zone: str, name: str, client: bytes, now: float) -> Hosts:
        """Count an odd name that resolved."""
        found = self.zones.get(zone)
        if found is None or not 0.0 <= now - found.since <= LIFE:
            if found is None and len(self.zones) >= MAX_ZONES:
                del self.zones[next(iter(self.zones))]
                self.evicted += 1
            found = self.zones[zone] = Hosts(now)
        if len(found.names) < MAX_NAMES:
            found.names[name] = 1
        if len(found.clients) < MAX_CLIENTS:
            found.clients[client] = 1
        return found

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [("random_host_zones", len(self.zones), self.evicted)]

    def dump(self) -> Iterator[bytes]:
        """All zones, some at a time."""
        zones = list(self.zones.items())
        for start in range(0, len(zones), AT_ONCE):
            some = zones[start : start + AT_ONCE]
            yield frame([[name, zone.since, list(zone.names), list(zone.clients)] for name, zone in some])

    def load(self, data: bytes) -> None:
        """Take over what `dump` gave; ValueError for anything else, and nothing is taken."""
        zones: dict[str, Hosts] = {}
        try:
            for part in frames(data):
                for name, since, names, clients in part:
                    made = zones[text_of(name)] = Hosts(number(since))
                    for each in list_of(names)[:MAX_NAMES]:
                        made.names[text_of(each)] = 1
                    for each in list_of(clients)[:MAX_CLIENTS]:
                        made.clients[octets_of(each)] = 1
        except NOT_SAVED as error:
            raise ValueError(f"not a table of random hosts: {error}") from error
        while len(zones) > MAX_ZONES:
            del zones[next(iter(zones))]
        self.zones = zones
