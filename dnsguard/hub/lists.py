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

import msgspec

from dnsguard.config import Settings
from dnsguard.errors import ListError
from dnsguard.hub import child
from dnsguard.intel import snapshot
from dnsguard.intel.compile import CompileResult, ListReport, compile_lists, latest
from dnsguard.tasks import clock

TIMEOUT: Final = 1800.0
"""A compiler that takes longer hangs on a disk, and is ended. [seconds]"""
COMMAND: Final = child.command("dnsguard.hub.lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the compiler is asked."""

    lists: Sequence[Any]
    base: Path
    directory: Path
    now: float


class Lists:
    """The compiled lists that workers are to use, and what is wrong with them."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory
        self.path: Path | None = None
        """The snapshot's folder; None: there is none."""
        self.reports: tuple[ListReport, ...] = ()
        self.read: dict[tuple[str, str], float] = {}
        """When each list's content last changed, by (name, category). [unix seconds]"""
        self.error = ""
        """Why no snapshot could be written; the last one stays."""

    async def compile(self, settings: Settings) -> bool:
        """Read all lists; says whether there is a new snapshot. What is wrong stands in `reports` and `error`."""
        before = self.path
        job = Job(lists=settings.lists, base=settings.base, directory=self._directory, now=clock())
        try:
            result = await _run(job)
        except ListError as error:
            self.error = str(error)
            if self.path is None and (old := latest(self._directory)) is not None:
                self.path = old.path
        else:
            self.error = ""
            self.path, self.reports = result.path, result.lists
        self.read = _read_times(self.path)
        return self.path != before

    def take_latest(self) -> None:
        """Use the snapshot that an earlier run left, while the lists are still read."""
        if (old := latest(self._directory)) is not None:
            self.path = old.path
            self.read = _read_times(self.path)
        self.error = "the lists are still being read; " + ("those of the last run are used" if old else "none are used")

    @property
    def faults(self) -> list[str]:
        """One line for each thing that is wrong."""
        told = [f"list {report.name!r}: {report.fault}" for report in self.reports if report.fault]
        return [self.error, *told] if self.error else told


async def _run(job: Job) -> CompileResult:
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


def _read_times(path: Path | None) -> dict[tuple[str, str], float]:
    if path is None:
        return {}
    try:
        meta = msgspec.json.decode((path / snapshot.META).read_bytes(), type=snapshot.Meta)
    except (OSError, msgspec.MsgspecError):
        return {}
    return {(item.name, item.category): item.read for item in meta.lists}


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
