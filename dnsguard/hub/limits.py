"""Bounds that the operating system sets a process."""

import contextlib
import os
import resource
from typing import Final

from dnsguard.config import Settings
from dnsguard.hub import autogroup

NICE: Final = 10
"""Of the hub's session, if that is its own: a worker that would have all of a core leaves the hub a tenth of it. Alerts
that come faster than that brings them to the disk wait in the worker, bounded by link.hublink.MAX_UNSENT.
"""


def raise_descriptor_bound() -> None:
    """Take as many descriptors as may be had: 1024, the usual soft bound, is less than a worker's TCP clients need."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems call infinite what they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def let_workers_first() -> None:
    """Have this process, and the threads it starts from now on, come after others that have work.

    SCHED_BATCH, since anyone may leave it again, as workers do (sched(7)); nobody may who was made nicer. That counts
    where hub and workers are in one scheduling group, as in a container. Elsewhere each session is a group, a worker's
    is its own, and the hub's is made nicer as a whole: not in a terminal, where it is the shell's.
    """
    _turn(os.SCHED_OTHER, os.SCHED_BATCH)
    if os.getsid(0) == os.getpid():
        autogroup.give_way(NICE)


def come_first() -> None:
    """Leave what a worker has of its hub: a query need not wait until something that only watches rests."""
    _turn(os.SCHED_BATCH, os.SCHED_OTHER)


def _turn(before: int, after: int) -> None:
    with contextlib.suppress(OSError):  # forbidden, by a container's seccomp for one: nothing but speed depends on it
        if os.sched_getscheduler(0) == before:  # a real-time policy was somebody's choice
            os.sched_setscheduler(0, after, os.sched_param(0))


def workers(settings: Settings) -> int:
    """How many workers `workers` stands for: "auto" is one for each core this process may use."""
    if isinstance(settings.workers, int):
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
