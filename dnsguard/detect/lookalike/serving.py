"""Zones whose owners serve others: strangers' or customers' names stand below them by design."""

from typing import Final

ROUTED: Final = frozenset(
    (
        "fastly.net",
        "fastlylb.net",
        "trafficmanager.net",
        "cloudfront.net",
        "azureedge.net",
        "azurefd.net",
        "amazonaws.com",
        "akamaized.net",
        "akamaihd.net",
        "edgekey.net",
        "edgesuite.net",
        "akamai.net",
        "b-cdn.net",
        "cdn77.org",
        "kxcdn.com",
        "akadns.net",
        "omtrdc.net",
        "mgslb.com",
        "mcas.ms",
        "datadome.co",
    )
)
"""Content networks, and others who route for them or stand before them (`mcas.ms` is Microsoft's proxy): their
customers' own names stand below them."""
_ROUTED_BELOW: Final = tuple(f".{name}" for name in ROUTED)
_SERVING: Final = ("cdn", "edge", "dns", "cache", "gslb", "akam", "cloud")
"""In the labels of networks that deliver others' content."""
_SECOND_LEVEL: Final = frozenset("co com net org gov gob gouv edu ac ne or go gv nom web info".split())  # noqa: SIM905
"""Labels that registries of countries sell below: `co.uk`; other suffixes of two labels are hosting and dynamic DNS."""


def hosted(suffix: str) -> bool:
    """Say whether a suffix of several labels is one that strangers get names below for nothing."""
    first, dot, last = suffix.rpartition(".")
    return dot != "" and not (len(last) == 2 and first.rpartition(".")[2] in _SECOND_LEVEL)


def serves(text: str) -> bool:
    """Say whether a label reads as one of a network that delivers others' content."""
    return any(part in text for part in _SERVING)


def routed(zone: str, suffix: str) -> bool:
    """Say whether a zone, whose public suffix is `suffix`, is a content network's."""
    return zone in ROUTED or ("." in suffix and (suffix in ROUTED or suffix.endswith(_ROUTED_BELOW)))
