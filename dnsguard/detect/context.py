"""What a detector is given beside the query or the response: its configuration and what is known."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from dnsguard.detect.config import DetectorConfig
from dnsguard.intel.snapshot import Snapshot

C_co = TypeVar("C_co", bound=DetectorConfig, covariant=True)


@dataclass(frozen=True, slots=True)
class Context(Generic[C_co]):
    """One detector's; made again whenever the configuration or the lists change."""

    config: C_co
    intel: Snapshot
