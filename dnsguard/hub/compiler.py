"""Compiles the lists in a process of its own.

Reading a million names holds the interpreter for seconds, and a list on a network disk that hangs would hold it for
good; here neither delays a health check or a webhook. The compiler's memory goes with it.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dnsguard.errors import ListError
from dnsguard.hub import child
from dnsguard.intel.compile import CompileResult, compile_lists

TIMEOUT: Final = 1800.0
"""A compiler that takes longer hangs on a disk, and is ended. [seconds]"""
COMMAND: Final = child.command("dnsguard.hub.compiler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the compiler is asked."""

    lists: Sequence[Any]
    base: Path
    directory: Path
    now: float


async def run(job: Job) -> CompileResult:
    """Compile; ListError if that can't be."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=child.environment(),
        start_new_session=True,
    )
    try:
        answer, _ = await asyncio.wait_for(process.communicate(pickle.dumps(job)), TIMEOUT)
    except TimeoutError as error:
        raise ListError(f"lists could not be read within {TIMEOUT:.0f} s; the last ones stay") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # reaps it and closes its pipes
    if process.returncode or not answer:
        raise ListError(f"the list compiler ended with {process.returncode}; its last words are in the log")
    result = pickle.loads(answer)  # noqa: S301 - from our own child's pipe
    if isinstance(result, ListError):
        raise result
    assert isinstance(result, CompileResult)
    return result


def main() -> None:
    """Compile what standard input asks for; the result, or the ListError, goes to standard output."""
    with suppress(OSError):
        os.nice(10)  # answering queries comes first
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the hub's pipe
    try:
        result: CompileResult | ListError = compile_lists(job.lists, job.base, job.directory, now=job.now)
    except ListError as error:
        result = error
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    main()
