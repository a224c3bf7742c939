"""What `[query_log]` of config.toml can say."""

from dataclasses import dataclass
from typing import Literal

from dnsguard.model import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every query and what came of it, on disk; `dnsguard log search` reads it."""

    mode: Literal["off", "masked", "full"] = "off"
    """"full" keeps clients' addresses, "masked" cuts them to their /24 or /48 before they reach the disk."""
    max_size: Size = Size(256 << 20)
    """Of all of the log's files; the oldest sixteenth makes room for what is new. [size]"""
