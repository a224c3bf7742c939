"""An answer leads to a sinkhole: somebody took a malicious domain over, and the client still asks for it.

Alert type: AzureDNS_SinkholedDomain
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: listed networks (each address of the answer), listed names (each CNAME target, NS and SOA name); of a learned
    address, the share of malicious domains among all that it answered for, 0 to 1
Source: lists of category `sinkholed_domain`, the starter list's in blocklists/SOURCES.md; Alowaisheq et al., NDSS 2019:
    most of what one sinkhole answers for is on no list, so an address counts once several listed domains led to it
Known gap: sinkholes that nobody has listed, until then; what is learned is each worker's own, and gone when it ends.
    Who points several listed domains at a victim's address makes ordinary names there look sinkholed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from dnsguard.detect.chain import way
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.response_view import Response
from dnsguard.detect.upstream_block import upstream_block
from dnsguard.intel.snapshot import Match
from dnsguard.intel.starter import note
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding, Severity
from dnsguard.state.sinkholes import Sinkholes

SLUG: Final = "sinkholed_domain"
ALERT: Final = "AzureDNS_SinkholedDomain"
TECHNIQUE: Final = "T1071.004"
MALICIOUS: Final = frozenset({"threat_intel", "phishing_domain"})
"""Categories whose names speak for a sinkhole."""
MAX_SHOWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Answers that lead to known sinkholes, and to addresses that behave like one."""

    learn: int = 5
    """An address that answered for so many listed domains is taken for a sinkhole; 0: none is. [domains]"""
    learn_share: float = 0.9
    """And as long as they are this share of all its domains. [0 to 1]"""

    def __post_init__(self) -> None:
        """Refuse what would learn everything."""
        if self.learn and not 2 <= self.learn <= 32:
            raise ValueError(f"learn must be 0, or from 2 to 32, not {self.learn}")
        if not 0.5 <= self.learn_share <= 1:
            raise ValueError(f"learn_share must be from 0.5 to 1, not {self.learn_share}")


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Look up addresses, CNAME targets and servers, then what was learned; an upstream's own block is no sinkhole."""
    finding = _known(response, ctx)
    if finding is None and ctx.config.learn:
        finding = _learned(response, ctx)
    return None if finding is None or upstream_block(response) else finding


def _known(response: Response, ctx: Context[Config]) -> Finding | None:
    intel = ctx.intel
    for address, matches in response.listed(intel):
        if finding := _listed(response, "address", matches):
            return replace(finding, evidence={**finding.evidence, "address": str(ip_address(address))})
    for target in response.answer.cnames:
        if (matches := intel.matches(target)) and (finding := _listed(response, "name", matches)):
            evidence = {**finding.evidence, "target": target, "chain": way(response, target)}
            return replace(finding, subject=target, evidence=evidence)
    for record, server, matches in response.listed_servers(intel):
        if finding := _listed(response, "name server", matches):
            return replace(finding, evidence={**finding.evidence, "record": record, "server": server})
    return None


def _listed(response: Response, what: str, matches: tuple[Match, ...]) -> Finding | None:
    finding = listed(SLUG, TECHNIQUE, f"answer leads to the {what} of a known sinkhole", matches)
    if finding is None:
        return None
    own = (match for match in matches if match.category == SLUG)
    operator = next(filter(None, (note(match.list_name, match.entry) for match in own)), "unknown")
    return replace(finding, zone=registrable(response.query.name), evidence={"operator": operator, **finding.evidence})


def _learned(response: Response, ctx: Context[Config]) -> Finding | None:
    addresses = response.addresses
    if not addresses:
        return None
    sinkholes = ctx.memory.of(Sinkholes)
    matches = ctx.intel.matches(response.query.name)
    bad = bool(matches) and _is_malicious(matches)
    if not bad:
        # most answers end here: no listed name has led to their addresses, or enough ordinary ones have
        share_needed = ctx.config.learn_share
        addresses = tuple([address for address in addresses if sinkholes.undecided(address, share_needed)])
        if not addresses:
            return None
    domain = registrable(response.query.name)
    if bad and upstream_block(response):
        # the upstream answers for it: its block page would look like the busiest sinkhole of all
        return None
    for address in addresses:
        domains, share = sinkholes.note(address, domain, response.query.time, listed=bad)
        if len(domains) >= ctx.config.learn and share >= ctx.config.learn_share:
            return Finding(
                slug=SLUG,
                technique=TECHNIQUE,
                reason="answer has an address that malicious domains share",
                zone=domain,
                score=share,
                threshold=ctx.config.learn_share,
                severity=Severity.INFORMATIONAL,
                evidence={"address": str(ip_address(address)), "operator": "learned", "domains": domains[:MAX_SHOWN]},
            )
    return None


def _is_malicious(matches: Iterable[Match]) -> bool:
    return any(match.category in MALICIOUS for match in matches)
