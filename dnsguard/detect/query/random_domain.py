"""Random names are asked for in a zone that is flooded with them.

Alert type: AzureDNS_RandomizedDomain
MITRE ATT&CK: T1499.002 (Endpoint Denial of Service: Service Exhaustion Flood)
Units: distinct failing names that look random, in one zone, faded over 30 seconds
Source: Luo et al., Comput. Secur. 2018 (pseudo-random subdomain attacks); the response stage sees the flood begin
Known gap: names that have not resolved here since the start of this process, and look random though they exist, are
    refused while their zone is flooded; floods of words are slowed, not stopped.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect import made_up
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.made_up_cues import host_label, odd
from dnsguard.intel.cut import cut
from dnsguard.model import Finding
from dnsguard.state.floods import Floods, Zone
from dnsguard.wire.query import Query

SLUG: Final = "random_domain"
ALERT: Final = "AzureDNS_RandomizedDomain"
TECHNIQUE: Final = "T1499.002"
PLAIN: Final = 10.0
"""Unknown names like words that pass through a flooded zone in 30 seconds."""
_HOSTS: Final = (
    "www www1 www2 web m mobile mail mail1 mail2 smtp imap pop pop3 mx mx1 mx2 webmail ns ns1 ns2 ns3 ns4 dns dns1 "
    "dns2 api app apps cdn static img images assets media video docs wiki help support status blog news shop store "
    "forum my login auth sso id account accounts admin portal secure vpn remote ftp sftp git dev test stage beta "
    "autodiscover autoconfig lyncdiscover sip mta-sts _dmarc _mta-sts download downloads update updates cloud"
)
ORDINARY: Final = frozenset(_HOSTS.split())
"""Hosts that zones have; they pass though nobody asked for them before."""
CROWD: Final = 8
"""Clients from which on a flood is everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Zones flooded with random names, and new zones where random names exist."""

    flood: int = 30
    """A zone is flooded when so many random names failed in it in half a minute; 2.5 times that in popular ones.
    [names]"""
    client: int = 10
    """A client takes part when so many of them were its own. [names]"""
    hosts: int = 8
    """So many different random names that one client finds in an unknown zone are told. [names]"""

    def __post_init__(self) -> None:
        """Refuse what would find everybody."""
        if self.flood < 10:
            raise ValueError(f"flood must be 10 or more, not {self.flood}")
        if not 1 <= self.client <= self.flood:
            raise ValueError(f"client must be from 1 to flood ({self.flood}), not {self.client}")
        if not 3 <= self.hosts <= 16:
            raise ValueError(f"hosts must be from 3 to 16, not {self.hosts}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Refuse random names in a flooded zone, to who floods it; what has resolved before passes."""
    floods = ctx.memory.of(Floods)
    if not floods.flooded:
        return None
    name = query.name
    domain = cut().of(query)
    zone = floods.flooded.get(domain)
    if zone is None or name == domain:
        return None
    if zone.until < query.time:
        floods.over(domain, zone)
        return None
    if floods.knows(name):
        return None
    label, _, rest = name.partition(".")
    if rest == domain and label in ORDINARY:
        return None
    if not odd(host_label(name)):
        zone.fade(query.time)
        zone.plain += 1.0
        if zone.plain <= PLAIN:
            return None
    else:
        floods.asked(domain, zone, name, query.client, query.time)
    return flood(domain, zone, query.client, ctx)


def flood(domain: str, zone: Zone, client: bytes, ctx: Context[Config]) -> Finding | None:
    """Tell of a flood, if the client takes part in it."""
    if zone.clients.get(client, 0.0) < ctx.config.client and len(zone.clients) < CROWD:
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="flood of random names in one zone",
        zone=domain,
        score=round(max(zone.odd, ctx.config.flood), 1),
        threshold=ctx.config.flood,
        evidence={
            "zone": domain,
            "names": zone.count,
            "clients": len(zone.clients),
            "failed_share": round(zone.failed / (zone.failed + zone.answered), 3) if zone.failed else 1.0,
            "samples": list(zone.samples),
        },
    )


def score(query: Query, _ctx: Context[Config]) -> float:
    """How random the name's most random label looks: -log10 of the share of benign names that do."""
    domain = made_up.zone(query.name)
    if not domain:
        return 0.0
    return max(made_up.score(domain), made_up.label_score(query.name[: -len(domain) - 1], domain))
