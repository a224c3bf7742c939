"""What `mode`, `[block]`, `[allow]` and `[[groups]]` of config.toml can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dnsguard.model import Duration, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockConfig:
    """What a blocked client is told."""

    answer: Literal["nxdomain", "nodata", "refused", "sinkhole"] = "nxdomain"
    """"sinkhole" answers A and AAAA with the addresses below, and every other type with NODATA."""
    sinkhole_ipv4: str = "0.0.0.0"  # noqa: S104 - an answer, not a socket
    """[address]"""
    sinkhole_ipv6: str = "::"
    """[address]"""
    ttl: Duration = Duration(10)
    """How long clients keep a blocked answer: short, so that a release is felt soon. [duration]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowConfig:
    """What is never alerted on and never blocked."""

    names: tuple[str, ...] = ()
    """These, and all below them; always wins, and `explain` says so. [domains]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionConfig:
    """Findings that are expected: counted and reported, but neither told nor blocked. All that is set must hold."""

    reason: str
    """Why; it stands in `dnsguard alerts suppressions` and in reports."""
    type: str = ""
    """A detector's slug, for example "data_exfiltration"; empty: all."""
    clients: tuple[str, ...] = ()
    """Whose; empty: everyone's. [addresses or CIDRs]"""
    zone: str = ""
    """This domain, and all below it; empty: all."""
    expires: str = ""
    """The last day it holds, in UTC; empty: for ever. [YYYY-MM-DD]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupConfig:
    """Clients that are treated alike."""

    name: str
    """Stands in alerts."""
    clients: tuple[str, ...]
    """The longest matching prefix decides when groups overlap. [addresses or CIDRs]"""
    mode: Mode | None = None
    """Instead of the global mode and a detector's "alert" or "block"; a detector "off" or "shadow" stays so."""
    detect: Mapping[str, Mode] = field(default_factory=dict)
    """Mode by detector for this group, above all others, for example {threat_intel = "block"}."""
    allow: tuple[str, ...] = ()
    """Names, and all below them, that are always allowed for this group. [domains]"""
