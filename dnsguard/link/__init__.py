"""The link between a worker and the hub: frames over a unix socket, and the worker's end of it.

A worker writes a finding into the kernel's buffer before the blocked answer leaves, so a killed worker takes no finding
with it; it keeps what the hub has not acknowledged, so a killed hub takes none either.
"""

from dnsguard.link.frames import LinkError, Reader, frame, hub_messages, worker_messages
from dnsguard.link.hublink import HubLink, reachable
from dnsguard.link.messages import (
    Ack,
    Allows,
    AllowsHeld,
    Arguments,
    Carried,
    Configure,
    Drain,
    Elsewhere,
    Findings,
    FromHub,
    FromWorker,
    Hello,
    Ready,
    Refused,
    SelfTested,
    Status,
    UpstreamStatus,
)

__all__ = [
    "Ack",
    "Allows",
    "AllowsHeld",
    "Arguments",
    "Carried",
    "Configure",
    "Drain",
    "Elsewhere",
    "Findings",
    "FromHub",
    "FromWorker",
    "Hello",
    "HubLink",
    "LinkError",
    "Reader",
    "Ready",
    "Refused",
    "SelfTested",
    "Status",
    "UpstreamStatus",
    "frame",
    "hub_messages",
    "reachable",
    "worker_messages",
]
