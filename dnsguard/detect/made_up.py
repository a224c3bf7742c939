"""What the detectors of made-up names share: a name cut for the model, its score, and the n-grams that speak for it."""

from typing import Final

from cachetools import LRUCache

from dnsguard.intel.cut import cut
from dnsguard.intel.suffix import suspects
from dnsguard.models import generated, ngrams
from dnsguard.models.popularity import rank

MARGINS_KEPT: Final = 16384
"""Domains whose margin is remembered; judging one costs 30 us compiled, 300 us interpreted."""
SHOWN: Final = 5
"""N-grams in the evidence."""
OTHER_ROOTS: Final = frozenset({"bit", "bazar", "coin", "emc", "lib", "o", "chan", "libre"})
"""Top-level domains of other roots (OpenNIC, EmerDNS, Namecoin) that generators use, and resolvers do not know."""


class Margins:
    """One worker's: domain -> margin."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: Final[LRUCache[str, float]] = LRUCache(MARGINS_KEPT)

    def of(self, domain: str) -> float:
        """Log-odds of a domain that `zone` cut, in nats."""
        found = self.kept.get(domain)
        if found is None:
            label, _, suffix = domain.partition(".")
            found = self.kept[domain] = generated.model().margin(label, suffix)
        return found


def zone(name: str) -> str:
    """The registrable domain of a name, dynamic DNS counted as registries; empty for what no model can judge.

    That are names of one label, of A-labels (RFC 5890: their letters are an encoding's), and with escaped octets.
    """
    found = cut().zone(name)
    return "" if "." not in found or "\\" in found or found.startswith(("xn--", "_")) else found


def could_exist(domain: str) -> bool:
    """Say whether the root, or another one that generators use, has the top-level domain."""
    top = domain.rpartition(".")[2]
    return top != "arpa" and (top in suspects()[0] or top in OTHER_ROOTS)


def score(domain: str) -> float:
    """-log10 of the share of benign registered names that look as made up; popularity takes from it. 0 if empty."""
    if not domain:
        return 0.0
    label, _, suffix = domain.partition(".")
    popular = rank(domain)
    found = generated.model().score(label, suffix)
    return max(0.0, found - (6 - popular)) if popular else found


def grams(domain: str) -> list[dict[str, object]]:
    """The n-grams that speak most for a machine."""
    found = ngrams.strongest(generated.model().grams, domain.partition(".")[0], SHOWN)
    return [{"ngram": gram, "weight": round(weight, 2)} for gram, weight in found]


def label_score(hosts: str, domain: str) -> float:
    """As `score`, of the most random of the labels below a domain."""
    model = generated.model()
    popular = rank(domain)
    found = 0.0
    for label in hosts.split("."):
        if label and not label.startswith("xn--"):
            found = max(found, model.score(label, ""))
    return max(0.0, found - (6 - popular)) if popular else found
