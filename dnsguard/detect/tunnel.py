"""Counts what each query can carry out of the network, once, for all detectors that ask."""

from typing import Any, Final

from dnsguard.anomaly.kinds import USUAL_TYPES
from dnsguard.detect.context import Context
from dnsguard.detect.cue import QueryCue
from dnsguard.detect.tunnel_cost import DIGIT, Cost, cost, numbered
from dnsguard.intel.cut import Cut, cut
from dnsguard.intel.leeway import leeway
from dnsguard.models.labels import Labels, labels
from dnsguard.state.carried import Carried
from dnsguard.state.counters import Table
from dnsguard.state.tunnel_zone import Zone
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import ANY, A

LEAST: Final = 1.0
"""A zone is remembered from the first name that carries so much: `www`, `mail` and `api` begin nothing. [bytes]"""
SEVERAL: Final = 2
"""Encoded names below a zone, from which on the sums over a client's zones count what it carried, the first as well;
one by itself may be a typing error."""
OTHERS: Final = 3
"""And one in so many of its names: a zone that a sender has for itself shows few others."""
SAMPLED: Final = 8.0
"""Names are kept as they are once their zone has carried so much. [bytes]"""
OFFERED: Final = 0.5
"""Bytes of a name that an answer has given: a client that looks up whom a PTR, MX or SRV record names adds nothing."""
MAX_EXEMPT: Final = 4096
"""Zones whose volume says nothing, remembered so that they cost little: a few hundred are listed, a thousand ranked so.
Those under reverse names and shared suffixes come and go; all are forgotten at once. [about 100 bytes each]"""
PATTERN: Final = 1 << 61
"""Tells the fingerprints of patterns from those of names."""
KNOWN_TYPE: Final = 1.0
"""Bits of another common type for a known name: A and AAAA come together."""
RARE_TYPE: Final = 6.0


class Counted:
    """What came of the last query, for the detector that is asked next."""

    __slots__ = ("carried", "cuts", "exempt", "exempt_evicted", "labels", "query", "sent", "tunnels", "zone")

    def __init__(self) -> None:
        self.query: Query | None = None
        self.tunnels: Tunnels | None = None
        """The process's one, once it was asked for."""
        self.zone: Zone | None = None
        self.carried: float = 0.0
        """Bytes that this query can carry."""
        self.sent: Carried | None = None
        """What its client sent to unpopular zones, if this query adds to it."""
        self.exempt: dict[str, float] = {}
        """Zones whose volume says nothing."""
        self.exempt_evicted: int = 0
        self.cuts: Cut = cut()
        self.labels: Labels = labels()

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [("tunnel_exempt_zones", len(self.exempt), self.exempt_evicted)]


def count(query: Query, ctx: Context[Any]) -> Counted:
    """Count a query, if that was not done yet."""
    counted: Counted = ctx.memory.of(Counted)
    if counted.query is not query:
        count_query(query, counted, ctx)
    return counted


def count_query(query: Query, counted: Counted, ctx: Context[Any]) -> None:
    """Count a query that `counted`, the memory's, has not counted last."""
    counted.query = query
    counted.zone = None
    counted.carried = 0.0
    counted.sent = None
    zone_name = counted.cuts.of(query)
    if zone_name in counted.exempt:
        return
    tunnels = counted.tunnels
    if tunnels is None:
        tunnels = counted.tunnels = ctx.memory.of(Tunnels)
    zone = tunnels.zones.get(zone_name)
    now = query.time
    qtype = query.qtype
    name = query.name
    below = name[: -len(zone_name) - 1]
    if zone is None:
        if not below or below == "www":
            return
        spent = cost(counted.labels, counted.cuts, below, query.question, qtype)
        if spent.weighed < LEAST:
            return
        excused = leeway(zone_name, name)
        if excused <= 0.0:
            if len(counted.exempt) >= MAX_EXEMPT:
                counted.exempt_evicted += len(counted.exempt)
                counted.exempt.clear()
            counted.exempt[zone_name] = 0.0
            return
        zone = tunnels.open(zone_name, excused, now)
        symbol = print_of = tunnels.fingerprint(below.encode("ascii", "replace"))
        if qtype != A:
            symbol = print_of ^ qtype << 44
        _new(tunnels, zone, print_of, symbol, _who(query.client), now)
        _numbered(tunnels, zone, below, spent, now)
        _carry(counted, tunnels, zone, query, below, spent)
        return

    counted.zone = zone
    symbol = print_of = tunnels.fingerprint(below.encode("ascii", "replace"))
    if qtype != A:
        symbol = print_of ^ qtype << 44
    known = symbol in zone.symbols
    if known:
        bits = zone.again(symbol, _who(query.client), now)
        if bits > 0.0:
            carried = bits / 8.0
            zone.up.add(0.0, carried, now)
            counted.carried = carried
            tunnels.share(zone.clients, query.client, carried)
        return
    if print_of in zone.symbols:
        tunnels.learn(zone, symbol, _who(query.client), now)
        carried = (KNOWN_TYPE if qtype in (1, 12, 28, 65) else RARE_TYPE) / 8.0
        zone.up.add(0.0, carried, now)
        counted.carried = carried
        tunnels.share(zone.clients, query.client, carried)
        return
    if tunnels.was_offered(name):
        spent = Cost(0.0, OFFERED)
    else:
        spent = cost(counted.labels, counted.cuts, below, query.question, qtype)
        if spent.searched:
            # of these there is no end, and none says much: they are no names of the zone, and crowd out no other
            zone.up.add(0.0, spent.weighed, now)
            counted.carried = spent.weighed
            return
        spent = _numbered(tunnels, zone, below, spent, now)
    _new(tunnels, zone, print_of, symbol, _who(query.client), now)
    _carry(counted, tunnels, zone, query, below, spent)


def _who(client: bytes) -> int:
    """A small number that most clients of a network have for themselves, the same after a restart."""
    return client[-1] + client[-2]


def _new(tunnels: Tunnels, zone: Zone, print_of: int, symbol: int, who: int, now: float) -> None:
    if symbol != print_of:
        # the name itself, asked for by no A query yet
        tunnels.learn(zone, print_of, who, now, 0)
    tunnels.learn(zone, symbol, who, now)


def _numbered(tunnels: Tunnels, zone: Zone, below: str, spent: Cost, now: float) -> Cost:
    """Cost of a host name that is made of numbers: a pattern seen before leaves only the digits to say something."""
    digits, pattern = numbered(below)
    if not digits:
        return spent
    known = tunnels.fingerprint(pattern) ^ PATTERN
    if known in zone.symbols:
        return Cost(0.0, min(spent.weighed, DIGIT * digits))
    tunnels.learn(zone, known, 0, now, 0)
    return spent


def _carry(counted: Counted, tunnels: Tunnels, zone: Zone, query: Query, below: str, spent: Cost) -> None:
    now = query.time
    counted.zone = zone
    counted.carried = spent.weighed
    zone.names += 1
    zone.up.add(spent.dense, spent.weighed, now)
    tunnels.share(zone.clients, query.client, spent.weighed)
    if zone.up.total >= SAMPLED:
        tunnels.keep(zone, below, now)
    if spent.dense > 0.0:
        zone.dense_names += 1
        if query.qtype not in USUAL_TYPES and query.qtype != ANY:
            zone.strange += 1
        many = zone.dense_names
        if many >= SEVERAL and OTHERS * many >= zone.names and zone.leeway <= 1.0 and zone.up_until <= now:
            carried = spent.dense if many > SEVERAL else zone.clients[query.client]
            counted.sent = tunnels.sent(query.client, carried, now)


class _Counting(QueryCue):
    """Has what came of the last query at hand."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.counted: Final[Counted] = ctx.memory.of(Counted)


class Encoded(_Counting):
    """Whether a query's zone has carried enough to recognise an encoding, or a tool's own words stand in the name."""

    def wakes(self, query: Query) -> bool:
        counted = self.counted
        if counted.query is not query:
            count_query(query, counted, self.ctx)
        zone = counted.zone
        if zone is None or counted.carried < 1.0:
            return False
        up = zone.up
        if zone.codec or up.hour >= 64.0 * zone.leeway or up.day >= 512.0 * zone.leeway:
            return True
        return ".=" in query.name or ".id-" in query.name


class Near(_Counting):
    """Whether a query's zone, or its client, has carried so much that limits are worth comparing: a quarter of them."""

    def wakes(self, query: Query) -> bool:
        counted = self.counted
        if counted.query is not query:
            count_query(query, counted, self.ctx)
        zone = counted.zone
        if zone is None or counted.carried <= 0.0:
            return False
        now = query.time
        if zone.up_until > now or counted.carried >= 32.0:
            return True
        sent = counted.sent
        if sent is not None and (sent.minutes >= 64.0 or sent.hour >= 128.0 or sent.day >= 512.0):
            return True
        up = zone.up
        tunnels = counted.tunnels
        most = zone.leeway if tunnels is None else zone.leeway * tunnels.part
        return up.burst >= 32.0 * most or up.minutes >= 48.0 * most or up.hour >= 128.0 * most or up.day >= 512.0 * most
