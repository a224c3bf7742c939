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
