"""The looks of names as queries ask for them: judged once for each zone and day, weighed by what is known of it."""

from typing import Final

from dnsguard.detect.lookalike.host import hosts_others, of_host
from dnsguard.detect.lookalike.index import Index, index
from dnsguard.detect.lookalike.look import HOMOGRAPH, INSIDE, Look, better
from dnsguard.detect.lookalike.zone import of_zone
from dnsguard.models.brands import IMPERSONATED, Brand
from dnsguard.models.confusables import PREFIX
from dnsguard.models.popularity import rank
from dnsguard.state.zones_seen import DAY, ZonesSeen

ZONES_KEPT: Final = 2048
"""Zones in each of the two generations that are remembered with their looks: those that most queries ask for, and few
enough to stay in the processor's cache; 600 kB together."""
SETTLED: Final = 7
"""Days after which a zone that this network asks for is no longer new to it."""
SETTLED_WORTH: Final = 0.3
SEARCHED: Final = 3
"""Brands whose domains stood before one zone: then it is a search suffix, which clients put behind every name."""
SUFFIXES_KEPT: Final = 1024
"""Zones whose brands are counted for that."""


class _Zone:
    """What is known of a zone."""

    __slots__ = ("hosts_others", "look", "popular")

    def __init__(self, look: Look | None, popular: int, *, hosts_others: bool) -> None:
        self.look: Final = look
        self.popular: Final = popular
        self.hosts_others: Final = hosts_others


class Looks:
    """One worker's. A name below a zone that was judged today costs two look-ups."""

    __slots__ = ("_brands", "_day", "_index", "_new", "_old", "_searched", "evicted")

    def __init__(self) -> None:
        self._brands: tuple[str, ...] = ()
        self._index: Index | None = None
        self._day = 0
        self._new: dict[str, _Zone] = {}
        self._old: dict[str, _Zone] = {}
        self._searched: Final[dict[str, set[str]]] = {}
        self.evicted = 0
        """Zones forgotten before their day was over."""

    def of(self, name: str, start: int, now: float, brands: tuple[str, ...], history: ZonesSeen) -> Look | None:
        """The strongest look of a name whose zone starts at `start`; `brands` are the configuration's own domains.

        Its score is what the name alone says. The zone is noted in the `history`.
        """
        known_brands = self._ready(brands)
        day = int(now // DAY)
        if day != self._day:
            self._day = day
            self._new, self._old = {}, {}
        zone = name[start:]
        known = self._new.get(zone)
        if known is None:
            known = self._old.get(zone)
            if known is None:
                history.note(zone, now)
                known = _judged(zone, known_brands)
            self._keep(zone, known)
        if start == 0 or known.hosts_others or (start == 4 and name.startswith("www.")):
            return known.look
        return better(known.look, of_host(name[: start - 1], zone, known.popular, known_brands))

    def worth(self, look: Look, zone: str, now: float, history: ZonesSeen) -> float:
        """The score of a look in view of what this network knows: zones asked for on earlier days are no news."""
        if look.reason == HOMOGRAPH:
            return look.score
        age = history.age(zone, now)
        if look.reason == INSIDE:
            if age >= 1:
                return look.score - 1.0
            brands = self._searched.get(zone)
            if brands is None:
                if len(self._searched) >= SUFFIXES_KEPT:
                    self._searched.pop(next(iter(self._searched)))
                brands = self._searched[zone] = set()
            if len(brands) < SEARCHED:
                brands.add(look.brand.label)
            if len(brands) >= SEARCHED:
                return look.score - 1.0
        return look.score - SETTLED_WORTH if age >= SETTLED else look.score

    def owner(self, zone: str, brands: tuple[str, ...]) -> Brand | None:
        """The brand whose owner has the zone."""
        return self._ready(brands).owned.get(zone)

    def _ready(self, brands: tuple[str, ...]) -> Index:
        known = self._index
        if known is None or brands != self._brands:
            known = self._index = index(brands)
            self._brands = brands
            self._new, self._old = {}, {}
        return known

    def _keep(self, zone: str, known: _Zone) -> None:
        if len(self._new) >= ZONES_KEPT:
            self.evicted += len(self._old)
            self._old, self._new = self._new, {}
        self._new[zone] = known


def _judged(zone: str, brands: Index) -> _Zone:
    popular = rank(zone)
    look: Look | None = None
    if not popular:
        look = of_zone(zone, brands)
    elif zone.startswith(PREFIX):
        # what is popular is excused, but for the characters of a brand that phishing pages dress up as
        look = of_zone(zone, brands)
        if look is not None and (look.reason != HOMOGRAPH or look.brand.level < IMPERSONATED):
            look = None
    return _Zone(look, popular, hosts_others=hosts_others(zone, popular, brands))
