"""All zones that names carry information to, and all clients that carry it: bounded, least information forgotten first.

One worker's. Full, it holds about 50 MB (tests/state/test_tunnels.py measures it), whoever floods it with whatever.
"""

import secrets
from collections.abc import Iterator
from typing import Final

from dnsguard.state.carried import Carried
from dnsguard.state.counters import Table
from dnsguard.state.saved import NOT_SAVED, frame, frames, octets_of
from dnsguard.state.saved_zones import loaded
from dnsguard.state.tunnel_zone import MAX_ANSWERS, MAX_SAMPLES, Zone, share

MAX_ZONES: Final = 16384
"""Zones with something to remember: two thousand clients have so many in a day, most have none. [about 1 kB each]"""
ALL_SYMBOLS: Final = 160_000
"""Names and answers remembered, of all zones together: ten for each, and a zone in a hundred full. [about 110 bytes]"""
MAX_SAMPLED: Final = 4 << 20
"""Names kept as they were, of all zones together: a zone found shows two kilobytes of them. [bytes]"""
MAX_SENDERS: Final = 8192
"""Clients whose bytes to all unpopular zones are summed: few of a network have any. [about 500 bytes each]"""
MAX_OFFERED: Final = 8192
"""Names given by answers, twice: a client looks them up at once. [about 100 bytes each]"""
LOOKED_AT: Final = 8
"""Of so many in a row the one with least information makes room, so a forgotten one costs the same in any table."""
SAMPLE_COST: Final = 60
"""Of a text beyond its characters. [bytes]"""
KEYS: Final = range(1 << 58, 1 << 59)
"""What keys of fingerprints may be."""
VERSION: Final = 1
AT_ONCE: Final = 64
"""Zones in one piece of what is saved."""


class Tunnels:
    """Zones by name, and clients by address."""

    __slots__ = (
        "_hand",
        "_max_sampled",
        "_max_senders",
        "_max_symbols",
        "_max_zones",
        "_offered",
        "_offered_before",
        "_ring",
        "_sender_hand",
        "_sender_ring",
        "clients_evicted",
        "evicted",
        "key",
        "names_evicted",
        "offers_evicted",
        "part",
        "sampled",
        "samples_evicted",
        "senders",
        "senders_evicted",
        "symbols",
        "zones",
    )

    def __init__(
        self,
        max_zones: int = MAX_ZONES,
        max_symbols: int = ALL_SYMBOLS,
        max_sampled: int = MAX_SAMPLED,
        max_senders: int = MAX_SENDERS,
    ) -> None:
        """Other bounds than the usual ones are for tests."""
        self._max_zones: Final = max_zones
        self._max_symbols: Final = max_symbols
        self._max_sampled: Final = max_sampled
        self._max_senders: Final = max_senders
        self.key: int = secrets.randbits(58) | 1 << 58 | 1
        """Fingerprints are remainders by it: who does not know it can't make two names look alike."""
        self.part: float = 1.0
        """Of a limit's quarter, that makes a zone worth a look: less where more than four workers share the clients."""
        self.zones: dict[str, Zone] = {}
        self.senders: dict[bytes, Carried] = {}
        """Dense bytes of each client to zones that nobody knows."""
        self.symbols: int = 0
        self.sampled: int = 0
        self.evicted: int = 0
        """Zones that made room for others, with all that was known of them."""
        self.names_evicted: int = 0
        """Names and answers, of zones that have too many for one."""
        self.samples_evicted: int = 0
        self.clients_evicted: int = 0
        """Clients told apart within a zone."""
        self.senders_evicted: int = 0
        self.offers_evicted: int = 0
        self._offered: dict[int, None] = {}
        self._offered_before: dict[int, None] = {}
        """Hashes of names that answers gave; when the first is full it takes the place of the second."""
        self._ring: list[Zone] = []
        self._hand: int = 0
        self._sender_ring: list[bytes] = []
        self._sender_hand: int = 0

    def fingerprint(self, data: bytes) -> int:
        """Below 2^59, so that a type can be mixed in above it; 0.2 us."""
        return int.from_bytes(data, "big") % self.key

    def open(self, name: str, leeway: float, now: float) -> Zone:
        """Begin to remember a zone."""
        zone = Zone(name, leeway, now)
        self.place(zone, now)
        return zone

    def place(self, zone: Zone, now: float) -> None:
        """Remember a zone that was counted by itself, to see whether it is worth it."""
        if len(self._ring) >= self._max_zones:
            self._drop(self._least(now, None), zone)
        else:
            self._ring.append(zone)
        self.zones[zone.name] = zone

    def discard(self, zone: Zone) -> None:
        """Take what a zone has from the table's sums: one that was not worth it, or makes room."""
        self.symbols -= len(zone.symbols) + len(zone.rdata)
        self._forget_samples(zone)

    def learn(self, zone: Zone, symbol: int, who: int, now: float, count: int = 1) -> None:
        """Remember that a symbol was asked for below a zone."""
        more = zone.learn(symbol, who, now, count)
        self._remembered(zone, more, now)

    def keep(self, zone: Zone, text: str, now: float) -> None:
        """Keep a name as a sample."""
        samples = zone.samples
        if len(samples) >= MAX_SAMPLES:
            self.sampled -= len(samples.pop(0)) + SAMPLE_COST
        samples.append(text)
        self.sampled += len(text) + SAMPLE_COST
        self._bound_samples(zone, now)

    def keep_answer(self, zone: Zone, data: bytes, now: float) -> None:
        """Keep the start of an answer as a sample."""
        answers = zone.answers
        if len(answers) >= MAX_ANSWERS:
            self.sampled -= len(answers.pop(0)) + SAMPLE_COST
        answers.append(data)
        self.sampled += len(data) + SAMPLE_COST
        self._bound_samples(zone, now)

    def new_rdata(self, zone: Zone, data: bytes, now: float) -> bool:
        """Whether a zone's answer had this data for the first time."""
        fingerprint = self.fingerprint(data)
        if fingerprint in zone.rdata:
            return False
        before = len(zone.rdata)
        zone.learn_rdata(fingerprint)
        self._remembered(zone, len(zone.rdata) - before, now)
        return True

    def share(self, clients: dict[bytes, float], client: bytes, count: float) -> None:
        """Add to what a client has carried through a zone."""
        self.clients_evicted += share(clients, client, count)

    def _remembered(self, zone: Zone, more: int, now: float) -> None:
        """Count a name or an answer of a zone that made room within it, or else in the whole table."""
        self.symbols += more
        if more < 1:
            self.names_evicted += 1 - more
        while self.symbols > self._max_symbols and len(self._ring) > 1:
            self._drop(self._least(now, zone), None)

    def _bound_samples(self, zone: Zone, now: float) -> None:
        while self.sampled > self._max_sampled:
            victim = self._ring[self._least(now, zone)]
            if not victim.samples and not victim.answers:
                # others of less information have none left to give
                victim = zone
            self.samples_evicted += len(victim.samples) + len(victim.answers)
            self._forget_samples(victim)
            if victim is zone:
                return

    def offer(self, name: str) -> None:
        """Remember that an answer gave this name."""
        if len(self._offered) >= MAX_OFFERED:
            self.offers_evicted += len(self._offered_before)
            self._offered_before = self._offered
            self._offered = {}
        self._offered[hash(name)] = None

    def was_offered(self, name: str) -> bool:
        """Whether one of the last answers gave this name."""
        key = hash(name)
        return key in self._offered or key in self._offered_before

    def sent(self, client: bytes, count: float, now: float) -> Carried:
        """Add to a client's bytes to zones that nobody knows."""
        carried = self.senders.get(client)
        if carried is None:
            carried = Carried(now)
            if len(self._sender_ring) >= self._max_senders:
                at = self._least_sender(now)
                del self.senders[self._sender_ring[at]]
                self._sender_ring[at] = client
                self.senders_evicted += 1
            else:
                self._sender_ring.append(client)
            self.senders[client] = carried
        carried.add(count, count, now)
        return carried

    def _least(self, now: float, but: Zone | None) -> int:
        """Index of the zone with least information of the next few; `but` is not chosen."""
        ring = self._ring
        size = len(ring)
        at = self._hand
        victim = -1
        least = 0.0
        for _ in range(LOOKED_AT):
            if at >= size:
                at = 0
            zone = ring[at]
            if zone is not but:
                weight = zone.weight(now)
                if victim < 0 or weight < least:
                    victim = at
                    least = weight
            at += 1
        self._hand = at
        return max(victim, 0)

    def _least_sender(self, now: float) -> int:
        ring = self._sender_ring
        at = self._sender_hand
        victim = -1
        least = 0.0
        for _ in range(LOOKED_AT):
            if at >= len(ring):
                at = 0
            weight = self.senders[ring[at]].weight(now)
            if victim < 0 or weight < least:
                victim = at
                least = weight
            at += 1
        self._sender_hand = at
        return victim

    def _drop(self, at: int, instead: Zone | None) -> None:
        ring = self._ring
        gone = ring[at]
        del self.zones[gone.name]
        self.discard(gone)
        self.evicted += 1
        if instead is not None:
            ring[at] = instead
        else:
            ring[at] = ring[-1]
            ring.pop()

    def _forget_samples(self, zone: Zone) -> None:
        for text in zone.samples:
            self.sampled -= len(text) + SAMPLE_COST
        for data in zone.answers:
            self.sampled -= len(data) + SAMPLE_COST
        zone.samples = []
        zone.answers = []

    def tables(self) -> list[Table]:
        """Give what is kept in each table, and what made room in it."""
        return [
            ("tunnel_zones", len(self.zones), self.evicted),
            ("tunnel_names", self.symbols, self.names_evicted),
            ("tunnel_sample_bytes", self.sampled, self.samples_evicted),
            ("tunnel_clients", -1, self.clients_evicted),
            ("tunnel_senders", len(self.senders), self.senders_evicted),
            ("tunnel_offers", len(self._offered) + len(self._offered_before), self.offers_evicted),
        ]

    def use(self, key: int) -> None:
        """Take a key that others have as well; zones that were remembered by another one are forgotten."""
        if key != self.key:
            self._begin(key)

    def _begin(self, key: int) -> None:
        self.key = key
        self.zones = {}
        self._ring = []
        self.symbols = 0
        self.sampled = 0

    def dump(self) -> Iterator[bytes]:
        """What is worth keeping over a restart: the key, clients, and zones, some at a time (2 ms each)."""
        senders = [[client, carried.dump()] for client, carried in self.senders.items()]
        yield frame({"version": VERSION, "key": self.key, "senders": senders})
        ring = list(self._ring)
        for start in range(0, len(ring), AT_ONCE):
            yield frame([zone.dump() for zone in ring[start : start + AT_ONCE]])

    def load(self, data: bytes) -> None:
        """Take over what `dump` gave; ValueError for anything else, and nothing is taken."""
        try:
            self._load(data)
        except NOT_SAVED as error:
            raise ValueError(f"not a table of tunnels: {error}") from error

    def _load(self, data: bytes) -> None:
        head, *parts = frames(data)
        if head["version"] != VERSION:
            raise ValueError("a table of tunnels of another version")
        key = head["key"]
        if not isinstance(key, int) or key not in KEYS:
            raise ValueError("no key for fingerprints")
        zones = [loaded(each) for part in parts for each in part][: self._max_zones]
        senders = [
            (octets_of(client), Carried.load(carried)) for client, carried in head["senders"][: self._max_senders]
        ]
        self._begin(key)
        for zone in zones:
            size = len(zone.symbols) + len(zone.rdata)
            if zone.name not in self.zones and self.symbols + size <= self._max_symbols:
                self._ring.append(zone)
                self.zones[zone.name] = zone
                self.symbols += size
                for text in zone.samples:
                    self.sampled += len(text) + SAMPLE_COST
                for answer in zone.answers:
                    self.sampled += len(answer) + SAMPLE_COST
        self.senders = dict(senders)
        self._sender_ring = list(self.senders)
