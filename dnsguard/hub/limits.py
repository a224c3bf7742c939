"""Bounds that the operating system sets a process."""

import contextlib
import resource


def raise_descriptor_bound() -> None:
    """Take as many descriptors as may be had: 1024, the usual soft bound, is less than a worker's TCP clients need."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems call infinite what they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
