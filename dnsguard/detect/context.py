"""What a detector is given beside the query or the response: its configuration, what is known, what was seen."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import Snapshot

C_co = TypeVar("C_co", bound=DetectorConfig, covariant=True)


@dataclass(frozen=True, slots=True)
class Context(Generic[C_co]):
    """One detector's; made again whenever the configuration or the lists change."""

    config: C_co
    intel: Snapshot
    memory: Memory = field(default_factory=Memory)
    """The process's one, shared by all detectors, and kept when the context is made again."""
