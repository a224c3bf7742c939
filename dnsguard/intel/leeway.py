"""How much more than an unknown zone a zone may carry before it is looked at.

Nobody runs a tunnel below a zone that a large company holds; and what everybody uses has names by the thousand: CDNs,
clouds, telemetry, reputation look-ups, DNSBLs. The list of busy zones is for the first day: what a network's own
clients keep using earns the same by behaviour (detect/query/data_exfiltration.py).
"""

from functools import cache
from typing import Final

from dnsguard.intel.starter import BLOCKLISTS
from dnsguard.models.popularity import rank

EXEMPT: Final = 0.0
"""Its volume says nothing."""
BY_RANK: Final = {0: 1.0, 1: EXEMPT, 2: 64.0, 3: 32.0, 4: 16.0, 5: 4.0}
"""By the bucket of models.popularity."""
BUSY: Final = "busy_zones.txt"
ACCESS: Final = "access_networks.txt"
ACCESS_NETWORK: Final = 64.0


@cache
def busy() -> frozenset[str]:
    """Zones whose honest names are without number."""
    return _lines(BUSY)


@cache
def access_networks() -> frozenset[str]:
    """Zones of providers with a host name for each subscriber's address."""
    return _lines(ACCESS)


def _lines(name: str) -> frozenset[str]:
    lines = (BLOCKLISTS / name).read_text("ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def leeway(zone: str, name: str) -> float:
    """Factor on every limit: 1 for an unknown zone, more for a popular one, 0 where volume says nothing."""
    if name.endswith(".arpa"):
        return EXEMPT if reverse(name) else 1.0
    listed = busy()
    above = zone
    while above:
        if above in listed:
            return EXEMPT
        above = above.partition(".")[2]
    known = BY_RANK[rank(zone)]
    return ACCESS_NETWORK if known > EXEMPT and zone in access_networks() else known


def reverse(name: str) -> bool:
    """Whether it is the reverse name of an address or a network (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    labels = name.split(".")
    if labels[-2:] == ["ip6", "arpa"]:
        return all(len(label) == 1 and label in "0123456789abcdef" for label in labels[:-2])
    return labels[-2:] == ["in-addr", "arpa"] and all(
        label.isdigit() and len(label) <= 3 and int(label) < 256 for label in labels[:-2]
    )
