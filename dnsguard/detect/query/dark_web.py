"""A client asks for a name inside an anonymity network, or for one that such a network starts from.

Alert type: AzureDNS_DarkWeb
MITRE ATT&CK: T1090.003 (Proxy: Multi-hop Proxy)
Units: names; `.onion`, `.i2p`, `.exit`, `.loki`, `.snode`, and listed names with all below them
Source: RFC 7686 (onion), Tor's rend-spec-v3 section 6 (checksum); lists of category `dark_web`: sites, directories,
    bridges and reseed servers of Tor, I2P and Lokinet; the starter list's are in blocklists/SOURCES.md
Known gap: a client that has the network's software asks inside it: only the leak of a name, the download and the start
    are seen; bridges under names of large clouds pass.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.onion import NETWORKS, kind
from dnsguard.intel.names import suffixes
from dnsguard.model import Finding
from dnsguard.wire.query import Query

SLUG: Final = "dark_web"
ALERT: Final = "AzureDNS_DarkWeb"
TECHNIQUE: Final = "T1090.003"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Names of anonymity networks such as Tor, and what their software starts from."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look at the name's top-level label, then in the lists."""
    return judge(query.name, query.time, ctx)


def judge(name: str, _time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name."""
    network = NETWORKS.get(name.rpartition(".")[2])
    # people name machines `loki`; and an escaped dot is no boundary
    if network is not None and "." in name and ("\\" not in name or list(suffixes(name))[-1] in NETWORKS):
        return _inside(name, network)
    matches = ctx.intel.matches(name)
    return listed(SLUG, TECHNIQUE, "name that an anonymity network starts from", matches) if matches else None


def _inside(name: str, network: str) -> Finding:
    labels = name.split(".")
    evidence: dict[str, object] = {"network": network}
    if labels[-1] == "onion":
        evidence |= {"address": f"{labels[-2]}.onion", "onion": kind(labels[-2])}
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="name inside an anonymity network",
        zone=".".join(labels[-2:]),
        evidence=evidence,
    )
