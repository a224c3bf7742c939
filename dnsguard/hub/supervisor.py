"""Starts the workers, sees at once when one dies, and starts it again.

A spare process that has everything loaded waits for the first death (`launch.py` says what that is worth). What clients
send meanwhile waits in the sockets, which the hub holds open.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dnsguard.hub import sockets
from dnsguard.hub.launch import COMMAND, Launched, launch
from dnsguard.link import Arguments
from dnsguard.state import counters as count

SPARE_AFTER: Final = 1.0
"""Wait before a spare process is started: those that serve come first. [seconds]"""
FREE: Final = 3
"""So many workers in a row may die before they serve without making the next one wait."""
BACK_OFF: Final = (0.5, 10.0)
"""First and longest wait after more. [seconds]"""

_log = logging.getLogger("dnsguard.hub.supervisor")


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
    served: bool = False
    """Whether this process came so far."""
    failed_starts: int = 0
    """In a row."""
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
        self._wake: Final = asyncio.Event()
        self._serving: Final = asyncio.Event()
        self._spare: Launched | None = None
        self.workers: Final[list[Worker]] = []
        for index in range(workers):
            fd = count.create()
            self.workers.append(Worker(index, fd, count.Counters(fd)))

    async def run(self) -> None:
        """Keep all workers alive; returns when all have ended after `stop`."""
        async with asyncio.TaskGroup() as group:
            for worker in self.workers:
                group.create_task(self._keep(worker), name=f"worker {worker.index}")
            group.create_task(self._keep_spare(), name="spare worker")

    def serves(self, pid: int) -> None:
        """Note that a worker has come so far; when all have, there is time for a spare."""
        for worker in self.workers:
            if worker.pid == pid:
                worker.served = True
        if all(worker.served for worker in self.workers):
            self._serving.set()

    def stop(self) -> None:
        """Start no more workers. Those that run are told to drain over their link."""
        self._stopping = True
        self._wake.set()
        self._serving.set()

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
                # no memory, no place in the process table: that passes, so it is tried again like a failed start
                worker.last_exit = f"could not start: {error}"
                worker.failed_starts += 1
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
        arguments = Arguments(worker.index, self._epoch, str(self._hub_socket), udp, tcp, worker.counters_fd)
        spare, self._spare = self._spare, None
        if spare is not None:
            with suppress(OSError):  # it is dead, too
                spare.assign(arguments)
                return self._started(worker, spare)
        launched = await launch(self._command)
        launched.assign(arguments)
        return self._started(worker, launched)

    def _started(self, worker: Worker, launched: Launched) -> asyncio.subprocess.Process:
        worker.process = launched.process
        worker.started = time.monotonic()
        worker.served = False
        return worker.process

    async def _keep_spare(self) -> None:
        await self._serving.wait()
        while not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SPARE_AFTER)
            if self._stopping or (self._spare is not None and self._spare.alive):
                continue
            if self._spare is not None:
                self._spare.dismiss()
            with suppress(OSError):  # no room for one now: the next look may find some
                self._spare = await launch(self._command)
        if self._spare is not None:
            self._spare.dismiss()
            await self._spare.process.wait()

    def _ended(self, worker: Worker, code: int) -> None:
        worker.counters.clear_gauges()
        worker.last_exit = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        # one that served is started again at once, however short it lived: its clients wait
        worker.failed_starts = 0 if worker.served else worker.failed_starts + 1

    def _wait(self, worker: Worker) -> float:
        beyond = worker.failed_starts - FREE
        first, longest = BACK_OFF
        return min(first * 2.0 ** min(beyond - 1, 10), longest) if beyond > 0 else 0.0

    def close(self) -> None:
        """Give the counters' memory back."""
        for worker in self.workers:
            worker.counters.close()
            os.close(worker.counters_fd)
