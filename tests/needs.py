"""What a test needs of the machine: without it, it is skipped and says so; with DNSGUARD_CI=1 it fails.

So the suite passes on a machine with nothing but Python, and a green CI has run everything.
"""

import os
import resource
import shutil
from typing import NoReturn

import pytest

CI = os.environ.get("DNSGUARD_CI") == "1"
# Debian keeps servers where an ordinary user's PATH does not look
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def missing(reason: str) -> NoReturn:
    """Skip this test, or fail it where nothing may be missing."""
    if CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need(*tools: str) -> None:
    """Skip (CI: fail) unless every tool is on this machine."""
    absent = [tool for tool in tools if not shutil.which(tool, path=PATH)]
    if absent:
        missing(f"needs {', '.join(absent)}")


def need_files(number: int) -> None:
    """Raise this process's bound of open files; skip (CI: fail) where it can't be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        missing(f"needs {number} open files, may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))
