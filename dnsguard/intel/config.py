"""What `[[lists]]` of config.toml can say."""

import ipaddress
from dataclasses import dataclass
from typing import Literal

from dnsguard.intel.names import canonical
from dnsguard.model import Duration, Size

Format = Literal[
    "", "domains", "hosts", "addresses", "dnsmasq", "adblock", "rpz", "unbound", "urlhaus", "threatfox", "misp", "stix"
]
"""What `format` can say; readers/ has one for each but the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConfig:
    """A list of names and addresses."""

    name: str
    """Stands in alerts as the source of a finding."""
    category: str
    """The detector it feeds, by its slug, for example "threat_intel"."""
    path: str = ""
    """A file, relative to config.toml, in any format that lists are published in. [path]"""
    url: str = ""
    """Where to fetch it from, instead of `path`. [URL]"""
    refresh: Duration = Duration(3600)
    """How often a url is fetched. A file is read again when it changes. [duration]"""
    max_size: Size = Size(256 << 20)
    """Most bytes taken from a url, unpacked. [size]"""
    sha256: str = ""
    """The one content that is taken from a url. [64 hexadecimal digits]"""
    checksum_url: str = ""
    """Where a url's SHA-256 stands, as sha256sum writes it; what is fetched must agree. [URL]"""
    allow_private: bool = False
    """Fetch also if a url's host name resolves into a private network; an address in the url is always meant."""
    format: Format = ""
    """Its format; empty: told by the content."""
    confidence: int = 75
    """How far its entries are trusted, where the list itself does not say. [0 to 100]"""
    believe: tuple[str, ...] = ()
    """Entries that are taken though they would be quarantined: public suffixes, the thousand most popular names,
    networks that are local or very wide. [names or networks]"""
    min_ratio: float = 0.5
    """A list that shrinks below this share of its entries at once, or is empty, is taken for damaged: what was read
    before stays. Only an empty list is doubted if it had less than 10. 0 believes everything. [0 to 1]"""
    max_ratio: float = 10.0
    """A list that grows beyond this many times its entries at once is not believed either, unless it still has less
    than 1000. 0 believes everything. [times]"""

    def __post_init__(self) -> None:
        """Refuse what is out of range, and bring `believe` into the spelling of entries."""
        if not 0 <= self.min_ratio <= 1:
            raise ValueError(f"min_ratio must be from 0 to 1, not {self.min_ratio}")
        if self.max_ratio != 0 and not self.max_ratio > 1:
            raise ValueError(f"max_ratio must be 0 or more than 1, not {self.max_ratio}")
        if not 0 <= self.confidence <= 100:
            raise ValueError(f"confidence must be from 0 to 100, not {self.confidence}")
        object.__setattr__(self, "believe", tuple(map(spelled, self.believe)))


def spelled(text: str) -> str:
    """Spell a name or network as entries are spelled; ValueError if it is neither."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        pass
    try:
        return canonical(text.removeprefix("*."))
    except ValueError as error:
        raise ValueError(f"{text!r} {error}; a name or a network is wanted") from None
