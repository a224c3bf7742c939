"""A client opens a site of the Tor network through a web proxy: a gateway's name has the site's address in it.

Alert type: AzureDNS_DarkWebProxy
MITRE ATT&CK: T1090.002 (Proxy: External Proxy)
Units: names; listed gateways with all below them, and any label that is a version 3 onion address
Source: Tor's rend-spec-v3 section 6: the address's own checksum is the proof, no list is needed (a random label of that
    shape passes once in 16.8 million); lists of category `dark_web_proxy`, the starter list's in blocklists/SOURCES.md
Known gap: gateways that take the address in a path, or hash it, and are on no list.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.listed import listed
from dnsguard.detect.onion import NETWORKS, V3, is_v2, is_v3, kind
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding
from dnsguard.wire.query import Query

SLUG: Final = "dark_web_proxy"
ALERT: Final = "AzureDNS_DarkWebProxy"
TECHNIQUE: Final = "T1090.002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Web proxies into the Tor network, and any name with an onion address in it."""


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Look for an onion address among the labels, then in the lists."""
    return judge(query.name, query.time, ctx)


def judge(name: str, _time: float, ctx: Context[Config]) -> Finding | None:
    """Judge one name; 0.1 µs for one that is too short to have an address in it."""
    address = _address(name) if len(name) > V3 else ""
    matches = ctx.intel.matches(name)
    if matches:
        labels = name.split(".")
        known = address or next((label for label in labels if is_v2(label)), "")
        extra = {"address": f"{known}.onion", "onion": kind(known)} if known else None
        finding = listed(SLUG, TECHNIQUE, "name of a web proxy into the dark web", matches, extra=extra)
        if finding is not None:
            return finding
    if not address:
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="name with an onion address in it",
        zone=registrable(name),
        evidence={"address": f"{address}.onion", "onion": kind(address)},
    )


def _address(name: str) -> str:
    """Find a version 3 address below a suffix of the ordinary DNS."""
    labels = name.split(".")
    if labels[-1] in NETWORKS:
        return ""
    return next((label for label in labels if len(label) == V3 and is_v3(label)), "")
