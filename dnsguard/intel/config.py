"""What `[[lists]]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConfig:
    """A list of names."""

    name: str
    """Stands in alerts as the source of a finding."""
    category: str
    """The detector it feeds, by its slug, for example "threat_intel"."""
    path: str = ""
    """A file, relative to config.toml: a domain a line, # for comments; each matches itself and all below. [path]"""
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
    min_ratio: float = 0.5
    """A list that shrinks below this share of its entries at once, or is empty, is taken for damaged: what was read
    before stays. Only an empty list is doubted if it had less than 10. 0 believes everything. [0 to 1]"""

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.min_ratio <= 1:
            raise ValueError(f"min_ratio must be from 0 to 1, not {self.min_ratio}")
