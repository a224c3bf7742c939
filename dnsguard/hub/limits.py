"""Bounds that the operating system sets a process."""

import contextlib
import os
import resource

from dnsguard.config import Settings


def raise_descriptor_bound() -> None:
    """Take as many descriptors as may be had: 1024, the usual soft bound, is less than a worker's TCP clients need."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems call infinite what they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def workers(settings: Settings) -> int:
    """How many workers `workers` stands for: "auto" is one for each core this process may use."""
    if isinstance(settings.workers, int):
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
