"""Starts the workers, sees at once when one dies, and starts it again.

Measured (2 cores, CPython 3.11): see `WORKER_START`. That is well within the second in which service must be back, so
no spare process waits; the hub holds the sockets, so what clients send meanwhile waits in them.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.hub import sockets
from dnsguard.state import counters as count

COMMAND: Final = (sys.executable, "-m", "dnsguard.worker")
QUICK: Final = 5.0
"""A worker that lives shorter than this died of its start. [seconds]"""
QUICK_FREE: Final = 3
"""So many such deaths in a row are restarted without waiting."""
BACK_OFF: Final = (0.5, 10.0)
"""First and longest wait after more. [seconds]"""

_log = logging.getLogger("dnsguard.hub.supervisor")


class WorkerArguments(msgspec.Struct):
    """What `dnsguard.worker` gets as JSON in its only argument."""

    index: int
    epoch: str
    hub: str
    """Path of the hub's socket."""
    udp: list[int]
    """Descriptors in the order of `listen.dns`."""
    tcp: list[int]
    counters: int
    """Descriptor of the shared counters."""


@dataclass(slots=True)
class Worker:
    """One place for a worker, whoever fills it."""

    index: int
    counters_fd: int
    counters: count.Counters
    process: asyncio.subprocess.Process | None = None
    started: float = 0.0
    """[monotonic seconds]"""
    restarts: int = 0
    quick_deaths: int = 0
    last_exit: str = ""
    """How the last one ended, for a person."""

    @property
    def pid(self) -> int:
        """0 if none runs now."""
        return self.process.pid if self.process and self.process.returncode is None else 0


class Supervisor:
    """Keeps one process for each index."""

    def __init__(
        self,
        bound: Sequence[sockets.Bound],
        workers: int,
        *,
        epoch: str,
        hub_socket: Path,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._bound: Final = bound
        self._epoch: Final = epoch
        self._hub_socket: Final = hub_socket
        self._command: Final = command
        self._stopping = False
        self._wake = asyncio.Event()
        self.workers: Final[list[Worker]] = []
        for index in range(workers):
            fd = count.create()
            self.workers.append(Worker(index, fd, count.Counters(fd)))

    async def run(self) -> None:
        """Keep all workers alive; returns when all have ended after `stop`."""
        async with asyncio.TaskGroup() as group:
            for worker in self.workers:
                group.create_task(self._keep(worker), name=f"worker {worker.index}")

    def stop(self) -> None:
        """Start no more workers. Those that run are told to drain over their link."""
        self._stopping = True
        self._wake.set()

    def kill(self, index: int | None = None) -> None:
        """End workers at once: all, or one, which is then started again."""
        for worker in self.workers:
            if index in {None, worker.index} and worker.process and worker.process.returncode is None:
                with suppress(ProcessLookupError):
                    worker.process.send_signal(signal.SIGKILL)

    async def _keep(self, worker: Worker) -> None:
        while not self._stopping:
            try:
                process = await self._start(worker)
            except OSError as error:
                # no memory, no place in the process table: that passes, so it is tried again like a quick death
                worker.last_exit = f"could not start: {error}"
                worker.quick_deaths += 1
            else:
                code = await process.wait()
                self._ended(worker, code)
            if self._stopping:
                return
            worker.restarts += 1
            wait = self._wait(worker)
            _log.error(
                "worker ended; starting it again",
                extra={"worker": worker.index, "why": worker.last_exit, "after": wait},
            )
            if wait:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)

    async def _start(self, worker: Worker) -> asyncio.subprocess.Process:
        udp, tcp = sockets.descriptors(self._bound, worker.index)
        arguments = WorkerArguments(worker.index, self._epoch, str(self._hub_socket), udp, tcp, worker.counters_fd)
        worker.process = await asyncio.create_subprocess_exec(
            *self._command,
            msgspec.json.encode(arguments).decode(),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=[*udp, *tcp, worker.counters_fd],
            start_new_session=True,  # Ctrl-C on the terminal is for the hub, which lets them drain
        )
        worker.started = time.monotonic()
        return worker.process

    def _ended(self, worker: Worker, code: int) -> None:
        worker.counters.clear_gauges()
        worker.last_exit = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        quick = time.monotonic() - worker.started < QUICK
        worker.quick_deaths = worker.quick_deaths + 1 if quick else 0

    def _wait(self, worker: Worker) -> float:
        beyond = worker.quick_deaths - QUICK_FREE
        first, longest = BACK_OFF
        return min(first * 2.0 ** min(beyond - 1, 10), longest) if beyond > 0 else 0.0

    def close(self) -> None:
        """Give the counters' memory back."""
        for worker in self.workers:
            worker.counters.close()
            os.close(worker.counters_fd)
