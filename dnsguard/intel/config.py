"""What `[[lists]]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration


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
    min_ratio: float = 0.5
    """A list that shrinks below this share of its entries at once, or is empty, is taken for damaged: what was read
    before stays. Only an empty list is doubted if it had less than 10. 0 believes everything. [0 to 1]"""

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.min_ratio <= 1:
            raise ValueError(f"min_ratio must be from 0 to 1, not {self.min_ratio}")
