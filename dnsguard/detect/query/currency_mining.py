"""A client asks for a mining pool, or for a site whose pages mine in the browser.

Alert type: AzureDNS_CurrencyMining
MITRE ATT&CK: T1496.001 (Resource Hijacking: Compute Hijacking)
Units: names; listed ones with all below them, `_stratum._tcp` services, and hosts named for a coin and a pool
Source: pools name their hosts for coin and place, as their own set-up pages show; lists of category `currency_mining`,
    the starter list's in blocklists/SOURCES.md
Known gap: pools under names that say nothing, until a list has them; pools asked for by address; the cadence of a
    miner's retries, which tells a miner from a visit to the pool's site, is not counted yet.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.mining_words import evidence, may_mine
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding
from dnsguard.wire.query import Query

SLUG: Final = "currency_mining"
ALERT: Final = "AzureDNS_CurrencyMining"
TECHNIQUE: Final = "T1496.001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Mining pools, and pages that mine in the browser."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the name up, then read it."""
    return judge(query.name, query.time, ctx)


def judge(name: str, _time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    matches = ctx.intel.matches(name)
    if matches:
        finding = listed(SLUG, TECHNIQUE, "name of a known mining pool or browser miner", matches)
        if finding is not None:
            return finding
    if not may_mine(name):
        return None
    domain = registrable(name)
    words: dict[str, list[str]] | None
    if name.startswith("_stratum"):
        reason, words = "name of a stratum service", {"service": name.split(".")[:2]}
    else:
        reason, words = "name that says mining pool", evidence(name[: -len(domain) - 1], domain)
    if words is None:
        return None
    found: dict[str, object] = {key: value for key, value in words.items() if value}
    return Finding(slug=SLUG, technique=TECHNIQUE, reason=reason, zone=domain, evidence=found)
