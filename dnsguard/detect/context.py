"""What a detector is given beside the query or the response: its configuration, what is known, what was seen."""

from typing import Final, Generic, TypeVar

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import Snapshot

C_co = TypeVar("C_co", bound=DetectorConfig, covariant=True)


class Context(Generic[C_co]):
    """One detector's; made again whenever the configuration or the lists change.

    `memory` is the process's one, shared by all detectors, and kept when the context is made again; None: a new one.
    """

    __slots__ = ("config", "intel", "memory")

    def __init__(self, config: C_co, intel: Snapshot, memory: Memory | None = None) -> None:
        self.config: Final = config
        self.intel: Final = intel
        self.memory: Final = Memory() if memory is None else memory
