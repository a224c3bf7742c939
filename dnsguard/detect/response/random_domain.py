"""Random names fail in one zone faster than anybody mistypes, or exist in a zone that nobody knows.

Alert type: AzureDNS_RandomizedDomain
MITRE ATT&CK: T1499.002 (Endpoint Denial of Service: Service Exhaustion Flood)
Units: distinct random names in one zone: failing ones faded over 30 seconds, resolving ones in a day
Source: as the query stage's, which refuses what this stage has recognised
Known gap: a zone whose servers no longer answer at all sends no response to be seen here; random names of digests and
    UUIDs, which look-up services ask with; zones of the list busy_zones and popular ones, where random names exist.
"""

from typing import Final

from dnsguard.detect import made_up
from dnsguard.detect.context import Context
from dnsguard.detect.made_up_cues import RANDOM, RANDOM_LENGTH, host_label, odd, odds_of_label
from dnsguard.detect.query.random_domain import ALERT, SLUG, TECHNIQUE, Config, flood
from dnsguard.detect.response_view import Response
from dnsguard.detect.upstream_block import upstream_block
from dnsguard.intel.cut import cut
from dnsguard.intel.leeway import busy
from dnsguard.intel.names import suffixes
from dnsguard.intel.suffix import is_shared
from dnsguard.model import Finding
from dnsguard.models.popularity import rank
from dnsguard.state.floods import FAILED, Floods
from dnsguard.state.random_hosts import RandomHosts
from dnsguard.state.zones_seen import ZonesSeen

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]

FAILING: Final = frozenset({2, 3, 5})
"""SERVFAIL, NXDOMAIN, REFUSED: what a zone's servers say while they can, and what is said when they can't."""
SHARE: Final = 0.6
"""Of the failing names, so many must look random."""
POPULAR: Final = 2.5
"""A popular zone fails more often by itself."""
MANY: Final = 2
"""Clients in more than so many places have a reason to ask."""


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Count what fails in its zone; count random names that exist."""
    rcode = response.answer.rcode
    name = response.query.name
    label = host_label(name)
    if not label or name.endswith(".arpa"):
        return None
    if rcode == 0:
        if response.answer.message[6:8] == b"\0\0" or len(label) < RANDOM_LENGTH or odds_of_label(label) < RANDOM:
            return None
        return _exists(response, ctx)
    return _failed(response, label, ctx) if rcode in FAILING else None


def _failed(response: Response, label: str, ctx: Context[Config]) -> Finding | None:
    query = response.query
    domain = cut().of(query)
    if domain == query.name or _busy(domain) or upstream_block(response):
        return None
    floods = ctx.memory.of(Floods)
    zone = floods.failed(domain, query.name, query.client, odd(label), query.time)
    if domain not in floods.flooded:
        limit = ctx.config.flood * (POPULAR if rank(domain) else 1.0)
        if zone.odd < limit or zone.odd < SHARE * zone.failed or zone.failed < FAILED * (zone.failed + zone.answered):
            return None
        floods.begin(domain, zone, query.time)
    elif zone.until < query.time:
        floods.over(domain, zone)
        return None
    return flood(domain, zone, query.client, ctx)


def _busy(domain: str) -> bool:
    listed = busy()
    return any(above in listed for above in suffixes(domain))


def _exists(response: Response, ctx: Context[Config]) -> Finding | None:
    query = response.query
    domain = cut().of(query)
    _, _, suffix = domain.partition(".")
    if domain == query.name or rank(domain) or not made_up.could_exist(domain) or is_shared(suffix) or _busy(domain):
        return None
    if ctx.memory.of(ZonesSeen).age(domain, query.time) > 0 or upstream_block(response):
        return None
    hosts = ctx.memory.of(RandomHosts).note(domain, query.name, query.client, query.time)
    count = len(hosts.names)
    if count < ctx.config.hosts or len(hosts.clients) > MANY:
        return None
    return Finding(
        slug=SLUG,
        technique="T1568",
        reason="random names that exist in a zone nobody knows",
        zone=domain,
        score=float(count),
        threshold=float(ctx.config.hosts),
        evidence={"zone": domain, "names": count, "clients": len(hosts.clients), "samples": list(hosts.names)[:8]},
    )
