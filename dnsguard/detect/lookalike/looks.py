"""The looks of names as queries ask for them: judged once for each zone and day, weighed by what is known of it."""

from typing import Final

from dnsguard.detect.lookalike.host import hosts_others, may_hold, of_host
from dnsguard.detect.lookalike.index import Index, index
from dnsguard.detect.lookalike.look import HOMOGRAPH, INSIDE, Look, better
from dnsguard.detect.lookalike.zone import may_resemble, of_zone
from dnsguard.models.brands import IMPERSONATED, Brand
from dnsguard.models.confusables import PREFIX
from dnsguard.models.popularity import rank
from dnsguard.state.zones_seen import DAY, ZonesSeen

ZONES_KEPT: Final = 2048
"""Zones remembered to have no look, and as many with theirs: those that most queries ask for, and few enough to
stay in the processor's cache; 600 kB together."""
SETTLED: Final = 7
"""Days after which a zone that this network asks for is no longer new to it."""
SETTLED_WORTH: Final = 0.3
SEARCHED: Final = 3
"""Brands whose domains stood before one zone: then it is a search suffix, which clients put behind every name."""
SUFFIXES_KEPT: Final = 1024
"""Zones whose brands are counted for that."""


class Looks:
    """One worker's. A name below a zone that was judged today costs one look-up; most zones have no look."""

    __slots__ = ("_brands", "_index", "_kept", "_midnight", "_plain", "_searched", "evicted")

    def __init__(self) -> None:
        self._brands: tuple[str, ...] = ()
        self._index: Index | None = None
        self._midnight = 0.0
        self._kept: Final[dict[str, Look]] = {}
        self._plain: Final[set[str]] = set()
        self._searched: Final[dict[str, set[str]]] = {}
        self.evicted = 0
        """Zones forgotten before their day was over."""

    def of(self, name: str, zone: str, now: float, brands: tuple[str, ...], history: ZonesSeen) -> Look | None:
        """The strongest look of a name in its zone; `brands` are the configuration's own domains.

        Its score is what the name alone says. The zone is noted in the `history`.
        """
        known = self._ready(brands)
        if not 0.0 <= now - self._midnight < DAY:
            self._midnight = now // DAY * DAY
            self._forget()
        look: Look | None = None
        if zone not in self._plain:
            look = self._kept.get(zone)
            if look is None:
                history.note(zone, now)
                if may_resemble(zone, known):
                    look = _judged(zone, known)
                self._keep(zone, look)
        host = name[: -len(zone) - 1]
        if host in {"", "www"} or not may_hold(host, zone, known):
            return look
        popular = rank(zone)
        if hosts_others(zone, popular, known):
            return look
        return better(look, of_host(host, zone, popular, known))

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
        if known is None or (brands is not self._brands and brands != self._brands):
            known = self._index = index(brands)
            self._brands = brands
            self._forget()
        return known

    def _keep(self, zone: str, look: Look | None) -> None:
        if len(self._plain) >= ZONES_KEPT or len(self._kept) >= ZONES_KEPT:
            self.evicted += len(self._plain) + len(self._kept)
            self._forget()
        if look is None:
            self._plain.add(zone)
        else:
            self._kept[zone] = look

    def _forget(self) -> None:
        self._plain.clear()
        self._kept.clear()


def _judged(zone: str, brands: Index) -> Look | None:
    if not rank(zone):
        return of_zone(zone, brands)
    if zone.startswith(PREFIX):
        # what is popular is excused, but for the characters of a brand that phishing pages dress up as
        look = of_zone(zone, brands)
        if look is not None and look.reason == HOMOGRAPH and look.brand.level >= IMPERSONATED:
            return look
    return None
