"""Compiles the lists in a process of its own.

Reading a million names holds the interpreter for seconds, and a list on a network disk that hangs would hold it for
good; here neither delays a health check or a webhook. The compiler's memory goes with it.
"""

import asyncio
import os
import pickle
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dnsguard.errors import ListError
from dnsguard.hub import autogroup, child
from dnsguard.intel.compile import CompileResult, compile_lists
from dnsguard.intel.gather import OnProgress

TIMEOUT: Final = 1800.0
"""A compiler that takes longer hangs on a disk, and is ended. [seconds]"""
COMMAND: Final = child.command("dnsguard.hub.compiler")
NICE: Final = 10
"""Answering queries comes first; a tenth of a core that is never idle is left, or a flood would keep lists old."""
TELL: Final = 0.1
"""How often the child says how far it is. [seconds]"""
_LENGTH: Final = struct.Struct("!I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the compiler is asked."""

    lists: Sequence[Any]
    base: Path
    directory: Path
    now: float
    behind: bool = False
    """Whether lists are in use already, so that this can wait for whoever answers queries."""


async def run(job: Job, on_progress: OnProgress = lambda _phase, _done, _total: None) -> CompileResult:
    """Compile, and tell how far it is; ListError if that can't be."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=child.environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            result = await _talk(process, pickle.dumps(job), on_progress)
            await process.wait()
    except TimeoutError as error:
        raise ListError(f"lists could not be read within {TIMEOUT:.0f} s; the last ones stay") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # reaps it and closes its pipes
    if process.returncode or result is None:
        raise ListError(f"the list compiler ended with {process.returncode}; its last words are in the log")
    if isinstance(result, ListError):
        raise result
    return result


async def _talk(
    process: asyncio.subprocess.Process, job: bytes, on_progress: OnProgress
) -> CompileResult | ListError | None:
    """Give the child its job, and hear it; None if it ends without a result."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it is dead, as its status will say
        process.stdin.write(job)
        await process.stdin.drain()
    process.stdin.close()
    try:
        while True:
            (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
            said = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from our own child's pipe
            if isinstance(said, CompileResult | ListError):
                return said
            on_progress(*said)
    except asyncio.IncompleteReadError:
        return None


def main() -> None:
    """Compile what standard input asks for; how far it is, and the result or ListError, go to standard output."""
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the hub's pipe
    if job.behind:
        give_way()
    last = 0.0

    def progress(phase: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL:
            last = time.monotonic()
            _say((phase, done, total))

    try:
        _say(compile_lists(job.lists, job.base, job.directory, now=job.now, on_progress=progress))
    except ListError as error:
        _say(error)


def give_way() -> None:
    """Let whoever answers queries go first, in the scheduling group as well that a session of its own makes."""
    with suppress(OSError):
        os.nice(NICE)
    autogroup.give_way(NICE)


def _say(what: object) -> None:
    content = pickle.dumps(what)
    sys.stdout.buffer.write(_LENGTH.pack(len(content)) + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
