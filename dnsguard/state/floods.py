"""Zones whose names are asked for at random, to wear out who answers for them: water torture.

A zone is flooded when new names of no meaning fail in it faster than anybody mistypes. While it is, what has resolved
before is known, so that the zone's own names are served on.
"""

from array import array
from collections.abc import Iterator
from typing import Final

from dnsguard.state.counters import Table
from dnsguard.state.saved import AT_ONCE, NOT_SAVED, frame, frames, list_of, number, octets_of, text_of

MAX_ZONES: Final = 4096
"""Zones with a failing name to remember; some 2 kB each at the most. The one that failed longest ago makes room."""
MAX_NAMES: Final = 128
"""Names of one zone told from new ones; in a flood, nearly none comes twice."""
MAX_CLIENTS: Final = 256
"""Clients of one zone counted apart; in a flood from more, all count as one."""
MAX_SAMPLES: Final = 8
"""Names shown as evidence."""
WINDOW: Final = 30.0
"""Counts fade by a factor of e in so many seconds."""
SUSPECT: Final = 6.0
"""Odd names from which on a zone's answers are counted."""
FAILED: Final = 0.8
"""Of all names asked for in a flooded zone, so many fail at least."""
QUIET: Final = 60.0
"""A flood is over when no odd name has been asked for in so many seconds."""
SLOTS: Final = 1 << 19
"""Of names that resolved, one each, 4 bytes: after as many others, a name is still known in one case of three."""
_KEY: Final = (1 << 49) - 1
_SHIFT: Final = 19
_TAKEN: Final = 1 << 30
"""No name's entry is 0."""


class Zone:
    """What fails in one zone. Counts are of distinct odd names, faded."""

    __slots__ = ("answered", "clients", "count", "failed", "last", "names", "odd", "plain", "samples", "until")

    def __init__(self) -> None:
        self.odd: float = 0.0
        """Distinct failing names that look random."""
        self.failed: float = 0.0
        """All failing ones."""
        self.answered: float = 0.0
        """Names that resolved."""
        self.plain: float = 0.0
        """Unknown names that look like words, let through while the zone is flooded."""
        self.last: float = 0.0
        self.names: dict[str, int] = {}
        self.clients: dict[bytes, float] = {}
        """Odd names of each client, faded with the rest."""
        self.samples: list[str] = []
        self.until: float = 0.0
        """The flood lasts until then at least. [Unix s]"""
        self.count: int = 0
        """Odd names since the flood began."""

    def dump(self) -> list[object]:
        """As JSON-like values, for `load`."""
        return [
            self.odd,
            self.failed,
            self.answered,
            self.plain,
            self.last,
            list(self.names),
            [[client, count] for client, count in self.clients.items()],
            list(self.samples),
            self.until,
            self.count,
        ]

    @staticmethod
    def load(saved: list[object]) -> "Zone":
        """What `dump` gave; ValueError or TypeError for anything else."""
        odd, failed, answered, plain, last, names, clients, samples, until, count = saved
        made = Zone()
        made.odd = number(odd)
        made.failed = number(failed)
        made.answered = number(answered)
        made.plain = number(plain)
        made.last = number(last)
        for name in list_of(names)[:MAX_NAMES]:
            made.names[text_of(name)] = 1
        for client, share in list_of(clients)[:MAX_CLIENTS]:
            made.clients[octets_of(client)] = number(share)
        for sample in list_of(samples)[:MAX_SAMPLES]:
            made.samples.append(text_of(sample))
        made.until = number(until)
        made.count = int(number(count))
        return made

    def fade(self, now: float) -> None:
        """Let the counts forget."""
        gone = now - self.last
        if gone <= 0.0:
            return
        self.last = now
        kept = 2.718281828 ** (-gone / WINDOW)
        self.odd *= kept
        self.failed *= kept
        self.answered *= kept
        self.plain *= kept
        if kept < 0.5:
            clients: dict[bytes, float] = {}
            for client, count in self.clients.items():
                if count * kept >= 0.5:
                    clients[client] = count * kept
            self.clients = clients
        else:
            for client in self.clients:
                self.clients[client] *= kept


class Floods:
    """All zones of one worker, and the names that resolved."""

    __slots__ = ("_resolved", "evicted", "flooded", "suspects", "zones")

    def __init__(self) -> None:
        self.zones: dict[str, Zone] = {}
        self.flooded: dict[str, Zone] = {}
        """Those with a flood that is not known to be over."""
        self.suspects: dict[str, Zone] = {}
        """Those with so many odd names that answers are counted, too."""
        self.evicted: int = 0
        self._resolved: array[int] = array("I", bytes(4 * SLOTS))
        """Hashes; Python's are keyed anew in each process (PEP 456), so nobody makes one up that is known."""

    def failed(self, zone: str, name: str, client: bytes, odd: bool, now: float) -> Zone:
        """Count a failing name, if it is new."""
        found = self.zones.pop(zone, None)
        if found is None:
            if len(self.zones) >= MAX_ZONES:
                self._evict()
            found = Zone()
            found.last = now
        self.zones[zone] = found
        if name in found.names:
            return found
        found.fade(now)
        if len(found.names) >= MAX_NAMES:
            del found.names[next(iter(found.names))]
        found.names[name] = 1
        found.failed += 1.0
        if odd:
            self._odd(found, name, client)
            if found.odd >= SUSPECT:
                self.suspects[zone] = found
        elif found.odd < 1.0:
            self.suspects.pop(zone, None)
        return found

    def _odd(self, zone: Zone, name: str, client: bytes) -> None:
        zone.odd += 1.0
        zone.count += 1
        clients = zone.clients
        if client in clients or len(clients) < MAX_CLIENTS:
            clients[client] = clients.get(client, 0.0) + 1.0
        if len(zone.samples) >= MAX_SAMPLES:
            del zone.samples[0]
        zone.samples.append(name)

    def _evict(self) -> None:
        zone = next(iter(self.zones))
        del self.zones[zone]
        self.flooded.pop(zone, None)
        self.suspects.pop(zone, None)
        self.evicted += 1

    def begin(self, name: str, zone: Zone, now: float) -> None:
        """A flood of the zone is on."""
        zone.until = now + QUIET
        self.flooded[name] = zone

    def asked(self, name: str, zone: Zone, query: str, client: bytes, now: float) -> bool:
        """Count an odd name asked for in a flood; False if the flood is over."""
        if zone.until < now:
            self.over(name, zone)
            return False
        zone.until = now + QUIET
        zone.fade(now)
        self._odd(zone, query, client)
        return True

    def denied(self, zone: str, now: float) -> bool:
        """Say whether odd names fail in the zone at this time, and hardly any resolve: what floods do, and no tunnel.

        A tunnel that only sends may do so as well; it is stopped as a flood is, and no later.
        """
        found = self.suspects.get(zone)
        if found is None:
            return False
        if found.until > now:
            return True
        found.fade(now)
        return found.odd >= SUSPECT and found.failed >= FAILED * (found.failed + found.answered)

    def over(self, name: str, zone: Zone) -> None:
        """The flood is over."""
        self.flooded.pop(name, None)
        zone.count = 0

    def resolved(self, name: str) -> None:
        """Remember a name that resolved, in place of another one; 0.1 us compiled."""
        key = hash(name) & _KEY
        self._resolved[key & (SLOTS - 1)] = _TAKEN | key >> _SHIFT

    def knows(self, name: str) -> bool:
        """Say whether the name resolved before; of 10^9 that did not, one passes for one that did."""
        key = hash(name) & _KEY
        held: int = self._resolved[key & (SLOTS - 1)]
        return held == _TAKEN | key >> _SHIFT

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [("flood_zones", len(self.zones), self.evicted)]

    def dump(self) -> Iterator[bytes]:
        """All zones, some at a time. What resolved is known by hashes of this process, and learned anew by the next."""
        zones = list(self.zones.items())
        for start in range(0, len(zones), AT_ONCE):
            yield frame([[name, name in self.flooded, zone.dump()] for name, zone in zones[start : start + AT_ONCE]])

    def load(self, data: bytes) -> None:
        """Take over what `dump` gave; ValueError for anything else, and nothing is taken."""
        zones: dict[str, Zone] = {}
        flooded: dict[str, Zone] = {}
        try:
            for part in frames(data):
                for name, floods, saved in part:
                    zone = zones[text_of(name)] = Zone.load(list_of(saved))
                    if floods:
                        flooded[name] = zone
        except NOT_SAVED as error:
            raise ValueError(f"not a table of floods: {error}") from error
        while len(zones) > MAX_ZONES:
            flooded.pop(next(iter(zones)), None)
            del zones[next(iter(zones))]
        self.zones = zones
        self.flooded = flooded
        self.suspects = {name: zone for name, zone in zones.items() if zone.odd >= SUSPECT}
