"""Zones in which one client or two find random host names, all of which exist: a wildcard that somebody counts by."""

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
