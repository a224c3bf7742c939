"""A tunnel through many clients is seen by several workers, each its part: what the others have seen of a zone.

A worker tells the hub of each zone that has passed a quarter of a limit, less if there are more than four workers; the
hub adds up, and tells each what went out elsewhere. The same honest names are asked for in several workers, and each
counts them. So a share brings the names that come first in an order that all workers have in common, a sample of the
union (Cohen and Kaplan, Summarizing Data using Bottom-k Sketches, PODC 2007): only what is distinct counts. What came
in with answers is a share of its own, with a sample of the answers.
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dnsguard.state.carried import Carried
from dnsguard.state.counters import Table
from dnsguard.state.tunnel_zone import Zone
from dnsguard.state.tunnels import Tunnels

MAX_NEAR: Final = 256
"""Zones near a limit in one worker, and of those that others told of; an honest day of two thousand clients has
some tens. Which has been near for longest makes room. [about 400 bytes each]"""
SAMPLE: Final = 16
"""Names in a sample: four workers' tell a zone of the same names from one of different ones."""
QUARTER: Final = 4.0
"""So many workers reach a limit together at the latest when each is at its quarter."""
GROWN: Final = 4
"""A sample is taken anew when the zone has a quarter more names."""
HALF: Final = (16.0, 24.0, 64.0, 256.0)
"""Below so much in each window, half of what makes a zone near, it is near no more. [bytes, by the zone's leeway]"""
ANSWERS: Final = "\n"
"""Stands behind the name of a zone for what came in; no name has one that is not escaped."""
_COUNT: Final = 0xFFF
_MIX: Final = 0x9E3779B97F4A7C15
"""Fingerprints of like names lie side by side; multiplied they do not."""
_MASK: Final = (1 << 63) - 1


class Share(msgspec.Struct, array_like=True, frozen=True):
    """What went out through one zone, as one worker has seen it; or all others together, without a sample.

    Or what came in: then ANSWERS stands behind `zone`, and names are answers.
    """

    zone: str
    windows: tuple[float, float, float, float]
    """Bytes over ten seconds, two minutes, an hour and a day, faded to now."""
    names: int
    sample: list[int] = []
    """The first of its names in the order of all, at most SAMPLE."""


class Shares:
    """One worker's: which zones are near a limit, and what was carried through them elsewhere."""

    def __init__(self) -> None:
        self._near: Final[dict[str, tuple[int, list[int]]]] = {}
        """Names that the zone had when its sample was taken, and the sample."""
        self._elsewhere: dict[str, tuple[Carried, int]] = {}
        self.evicted = 0

    def look(self, zone: Zone, now: float, *, answers: bool = False) -> tuple[Carried, int] | None:
        """Note that a zone is near a limit; gives what other workers have seen, bytes and names, if anything.

        Of what came in, if `answers`, and how many encoded ones.
        """
        key = zone.name + ANSWERS if answers else zone.name
        if key not in self._near:
            if len(self._near) >= MAX_NEAR:
                del self._near[next(iter(self._near))]
                self.evicted += 1
            self._near[key] = (-1, [])
        known = self._elsewhere.get(key)
        if known is not None:
            known[0].fade(now)
        return known

    def told(self, tunnels: Tunnels, now: float) -> list[Share]:
        """Give the shares of all zones that are near a limit still."""
        shares: list[Share] = []
        for key, (counted, _) in list(self._near.items()):
            answers = key.endswith(ANSWERS)
            zone = tunnels.zones.get(key.removesuffix(ANSWERS))
            way = None if zone is None else zone.down if answers else zone.up
            if zone is None or way is None or not _near(way, tunnels.part * zone.leeway, now):
                del self._near[key]
                continue
            count = len(zone.rdata) if answers else zone.names
            if not counted <= count < counted + max(counted // GROWN, 1):
                self._near[key] = count, first_answers(zone) if answers else first(zone)
            windows = (way.burst, way.minutes, way.hour, way.day)
            shares.append(Share(key, windows, zone.answered if answers else zone.names, self._near[key][1]))
        return shares

    def take(self, elsewhere: Sequence[Share], workers: int, tunnels: Tunnels, now: float) -> None:
        """Take what others of so many workers have seen, in place of what was taken before."""
        tunnels.part = min(QUARTER / max(workers, 1), 1.0)
        self._elsewhere = {share.zone: (_carried(share, now), share.names) for share in elsewhere[:MAX_NEAR]}

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [("tunnel_shares", len(self._near), self.evicted)]


class Sums:
    """The hub's: the last shares of each worker."""

    def __init__(self) -> None:
        self._last: Final[dict[str, dict[str, Share]]] = {}

    def exchange(self, worker: str, shares: Sequence[Share]) -> list[Share]:
        """Take a worker's shares in place of its last ones; gives what all others have seen, where most went out."""
        own = {share.zone: share for share in shares[:MAX_NEAR]}
        self.forget(worker)
        everyone: dict[str, list[Share]] = {}
        for last in self._last.values():
            for zone, share in last.items():
                everyone.setdefault(zone, []).append(share)
        if own:
            self._last[worker] = own
        found = [elsewhere(own.get(zone), others) for zone, others in everyone.items()]
        return heapq.nlargest(MAX_NEAR, found, key=lambda share: share.windows[-1])

    def forget(self, worker: str) -> None:
        """Drop what a worker told, which is gone."""
        self._last.pop(worker, None)


def elsewhere(own: Share | None, others: Sequence[Share]) -> Share:
    """What others have seen of a zone that the one has not, which may have seen nothing worth telling."""
    zone = others[0].zone
    own = own or Share(zone, (0.0, 0.0, 0.0, 0.0), 0)
    everyone = [own, *others]
    part = distinct([share.sample for share in everyone])

    def beyond(mine: float, all_of_it: Iterable[float]) -> float:
        return max(part * sum(all_of_it) - mine, 0.0)

    burst, minutes, hour, day = map(beyond, own.windows, zip(*(share.windows for share in everyone), strict=True))
    return Share(zone, (burst, minutes, hour, day), round(beyond(own.names, (share.names for share in everyone))))


def distinct(samples: Sequence[Sequence[int]]) -> float:
    """Which part of all names is left if each is counted once, by samples of their sets, sorted; 1 if all differ."""
    # beyond the last of a full sample its set goes on unseen
    end = min((sample[-1] for sample in samples if len(sample) >= SAMPLE), default=math.inf)
    seen = [symbol for sample in samples for symbol in sample if symbol <= end]
    return len(set(seen)) / len(seen) if seen else 1.0


def first(zone: Zone) -> list[int]:
    """The first of a zone's names in the order that all workers have in common; 0.2 ms for a full zone."""
    return heapq.nsmallest(SAMPLE, (symbol * _MIX & _MASK for symbol, value in zone.symbols.items() if value & _COUNT))


def first_answers(zone: Zone) -> list[int]:
    """The first of its answers."""
    return heapq.nsmallest(SAMPLE, (fingerprint * _MIX & _MASK for fingerprint in zone.rdata))


def _near(way: Carried, most: float, now: float) -> bool:
    way.fade(now)
    return any(
        window >= half * most for window, half in zip((way.burst, way.minutes, way.hour, way.day), HALF, strict=True)
    )


def _carried(share: Share, now: float) -> Carried:
    made = Carried(now)
    made.burst, made.minutes, made.hour, made.day = share.windows
    return made
