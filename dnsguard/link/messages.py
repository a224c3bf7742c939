"""What a worker and the hub say to each other. A later version may add fields with defaults, and take none away."""

from typing import TypeAlias

import msgspec

from dnsguard.model import Detection
from dnsguard.policy.temporary import TemporaryAllow
from dnsguard.state.shares import Share


class Arguments(msgspec.Struct):
    """What the hub starts a worker with: JSON, in the worker's only argument."""

    index: int
    epoch: str
    hub: str
    """Path of the hub's socket."""
    udp: list[int]
    """Descriptors in the order of `listen.dns`."""
    tcp: list[int]
    counters: int
    """Descriptor of the shared counters."""


class Hello(msgspec.Struct, tag=True):
    """A worker's first words."""

    worker: str
    """UUID of this run of the worker."""
    index: int
    pid: int
    epoch: str
    """Names the run of the hub that started it; another hub says Drain."""


class Findings(msgspec.Struct, tag=True):
    """What was found; `seq` rises by one in each run of a worker, from 1."""

    seq: int
    detections: list[Detection]


class Ready(msgspec.Struct, tag=True):
    """Configuration `number` holds now."""

    number: int


class Refused(msgspec.Struct, tag=True):
    """Configuration `number` could not be taken; the one before it holds."""

    number: int
    error: str


class UpstreamStatus(msgspec.Struct, omit_defaults=True):
    """How one upstream server does, as this worker sees it."""

    server: str
    """As written in config.toml or resolv.conf."""
    healthy: bool = True
    rtt: float = 0.0
    """Smoothed time to an answer. [seconds]"""
    names: str = ""
    """What is forwarded there; empty: everything else."""
    error: str = ""
    """Why it is not healthy."""


class SelfTested(msgspec.Struct, omit_defaults=True):
    """What came of a detector's last self-test, see selftest.py."""

    slug: str
    result: str = "waiting"
    """selftest.Result."""
    error: str = ""
    waits: float = 0.0
    """Since the worker serves. [seconds]"""
    age: float | None = None
    """Since it was last good; None: never yet. [seconds]"""


class Status(msgspec.Struct, tag=True, omit_defaults=True):
    """Sent every two seconds."""

    upstreams: list[UpstreamStatus] = []
    generation: int = 0
    """Of lists and policy, as in cache entries."""
    draining: bool = False
    selftests: list[SelfTested] = []


class Carried(msgspec.Struct, tag=True):
    """Zones near a limit on what names carry out: every second, to a hub that said Elsewhere; it says so again."""

    zones: list[Share]


class Elsewhere(msgspec.Struct, tag=True):
    """What this hub's other workers saw of zones near a limit, in place of what was told before; only to its own."""

    zones: list[Share]
    workers: int
    """How many there are, this one as well."""


class Configure(msgspec.Struct, tag=True):
    """What to serve with: sent first, and after every change of configuration or lists."""

    number: int
    text: str
    """config.toml as it was read; empty: the defaults."""
    base: str
    """The folder relative paths in it start from."""
    snapshot: str
    """Path of the compiled lists; empty: none."""


class Allows(msgspec.Struct, tag=True):
    """What is let through for a while from now on, in place of what was; nothing else changes."""

    number: int
    """Rises with each of them."""
    allows: list[TemporaryAllow]


class AllowsHeld(msgspec.Struct, tag=True):
    """Allows `number` holds now."""

    number: int


class Ack(msgspec.Struct, tag=True):
    """All findings up to `seq` are on disk."""

    seq: int


class Drain(msgspec.Struct, tag=True):
    """Take no more queries, answer those under way, and end."""


FromWorker: TypeAlias = Hello | Findings | Ready | Refused | Status | AllowsHeld | Carried
FromHub: TypeAlias = Configure | Ack | Drain | Allows | Elsewhere
