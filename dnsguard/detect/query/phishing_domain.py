"""A client asks for a name that a phishing list has, or for one that looks like a brand's and is not its owner's.

Alert type: AzureDNS_PhishingDomain
MITRE ATT&CK: T1566.002 (Phishing: Spearphishing Link)
Units: names; a listed one matches itself and all below it, a shared-hosting or dynamic-DNS suffix only itself. A look
    has a score: what was done to the brand's name, how rarely honest names come near it, where the domain is registered
Source: the configured lists of category `phishing_domain`, the starter list's are in blocklists/SOURCES.md; Unicode
    UTS #39 for homographs, Damerau 1964 for typing errors, Kintis et al., CCS 2017 for brands beside words, brands and
    their owners' domains in models/brands.md
Known gap: most phishing names live for hours, are on no list, and resemble nobody's; brands that are common words are
    told apart from honest names only where the rest of the name is a lure; a step that makes a likely word of a brand's
    name (`jmail`) or a name for another in its trade (`citabank`), and a brand's domain inside a zone that reads as a
    content network's, without a lure, are let pass.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.lookalike.cues import look_of
from dnsguard.detect.lookalike.look import Look
from dnsguard.detect.lookalike.looks import Looks
from dnsguard.intel.cut import cut
from dnsguard.intel.names import canonical
from dnsguard.model import Finding
from dnsguard.models.confusables import decoded, scripts
from dnsguard.state.zones_seen import ZonesSeen
from dnsguard.wire.query import Query

SLUG: Final = "phishing_domain"
ALERT: Final = "AzureDNS_PhishingDomain"
TECHNIQUE: Final = "T1566.002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names known for phishing, from lists of category phishing_domain, and names that look like a brand's."""

    brands: tuple[str, ...] = ()
    """Your own domains, to be looked after like the 3,700 brands that are known. [domains]"""
    threshold: float = 1.0
    """Look-alikes are told from this score on; 0.9 finds more, and more honest names. [0.5 to 2]"""

    def __post_init__(self) -> None:
        """Bring the domains into one spelling; refuse what is none, and thresholds that tell of everything."""
        if not 0.5 <= self.threshold <= 2.0:
            raise ValueError(f"threshold must be from 0.5 to 2, not {self.threshold}")
        names = []
        for text in self.brands:
            try:
                name = canonical(text)
            except ValueError as error:
                raise ValueError(f'brands: {text!r} {error}; write a domain like "example.com"') from None
            if "." not in name:
                raise ValueError(f'brands: {text!r} is no domain; write one like "example.com"')
            names.append(name)
        object.__setattr__(self, "brands", tuple(dict.fromkeys(names)))


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look the name and its parents up, then see whether it looks like a brand's."""
    return judge(query.name, query.time, ctx)


def score(query: Query, ctx: Context[Config]) -> float:
    """What the name alone says: 1 for a listed one, else the score of the strongest look, 0 without one."""
    matches = ctx.intel.matches(query.name)
    if any(match.category == SLUG for match in matches):
        return 1.0
    look = look_of(query.name, query.time, ctx)
    return 0.0 if look is None else round(look.score, 3)


def judge(name: str, time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    matches = ctx.intel.matches(name)
    if matches:
        finding = listed(SLUG, TECHNIQUE, "name on a phishing list", matches)
        if finding is not None:
            return finding
    look = look_of(name, time, ctx)
    if look is None or look.score < ctx.config.threshold:
        return None
    zone = cut().zone(name)
    worth = ctx.memory.of(Looks).worth(look, zone, time, ctx.memory.of(ZonesSeen))
    if worth < ctx.config.threshold:
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason=look.reason,
        zone=zone,
        score=round(worth, 3),
        threshold=ctx.config.threshold,
        evidence=_evidence(look, name),
    )


def _evidence(look: Look, name: str) -> dict[str, object]:
    evidence: dict[str, object] = {"brand": look.brand.domains[0], "resembles": look.part}
    if look.edit:
        evidence["edit"] = look.edit
    if look.lures:
        evidence["lures"] = look.lures
    shown = ".".join(map(decoded, name.split(".")))
    if shown != name:
        evidence["unicode"] = shown
        evidence["scripts"] = scripts(shown)
    return evidence
