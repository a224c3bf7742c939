"""A client asks for a domain where generated names of its network met before, or one that only a machine makes up.

Alert type: AzureDNS_DomainGenerationAlgorithm
MITRE ATT&CK: T1568.002 (Dynamic Resolution: Domain Generation Algorithms)
Units: -log10 of the share of benign registered names that look as made up (models/MODEL_CARD.md); at the response
    stage nats of a sequential test
Source: the response stage finds rendezvous domains by what fails around them; single names by our own model
Known gap: a single name is not told unless that is configured: of the hosts that the world asks for most, one in 400
    stands below a name that only a machine makes up (measured: advertisers, trackers). Then still a name of words, or
    of few letters, looks like anybody's, and one below a suffix of two labels (`co.uk`) is not judged.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect import made_up
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.made_up_cues import extreme
from dnsguard.model import Finding, Severity
from dnsguard.models.popularity import rank
from dnsguard.state.failing import Failing
from dnsguard.wire.query import Query

SLUG: Final = "domain_generation_algorithm"
ALERT: Final = "AzureDNS_DomainGenerationAlgorithm"
TECHNIQUE: Final = "T1568.002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names that malware generates: many that fail, and the one among them that does not."""

    threshold: float = 13.8
    """Evidence of failing names from which a client counts as infected; 13.8 is one to a million. [nats]"""
    names: int = 4
    """But not before so many different domains failed. [domains]"""
    lone: float = 0.0
    """A single name is told from this score on, 4.4 say; 0: none is, as honest names look so too. [-log10]"""

    def __post_init__(self) -> None:
        """Refuse what would find everybody."""
        if self.threshold <= 0:
            raise ValueError(f"threshold must be above 0, not {self.threshold}")
        if self.names < 2:
            raise ValueError(f"names must be 2 or more, not {self.names}")
        if self.lone and self.lone < 3:
            raise ValueError(f"lone must be 0, or 3 or more, not {self.lone}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the domain up among the rendezvous of this network, then judge it alone."""
    meetings = ctx.memory.of(Failing).meetings
    if meetings:
        domain = made_up.zone(query.name)
        if domain in meetings:
            return Finding(
                slug=SLUG,
                technique=TECHNIQUE,
                reason="domain that generated names led to",
                zone=domain,
                severity=Severity.MEDIUM,
                evidence={"domain": domain, "found": round(meetings[domain])},
            )
    if not ctx.config.lone or not extreme(query.name):
        return None
    domain = made_up.zone(query.name)
    value = score(query, ctx)
    if value < ctx.config.lone or rank(domain):
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="name that only a machine makes up",
        zone=domain,
        score=round(value, 2),
        threshold=ctx.config.lone,
        evidence={"domain": domain, "ngrams": made_up.grams(domain)},
    )


def score(query: Query, _ctx: Context[Config]) -> float:
    """How made up the registered name looks: -log10 of the share of benign names that do."""
    return made_up.score(made_up.zone(query.name))
