"""Processes that tests start: logged, measured, and gone afterwards with all they started themselves."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

MARK = "DNSGUARD_LAB"  # in the environment of all that a lab starts, so that nothing of it can be lost


class Ticks(NamedTuple):
    """Processor time. [clock ticks of os.sysconf("SC_CLK_TCK")]"""

    user: int
    system: int


class Process:
    """A started command in its own session; its output goes to a file."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str], cpu: int | None = None) -> None:
        self.log = log
        pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                [*pinned, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=dict(env),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process itself, not to its children."""
        self.popen.send_signal(number)

    def stop(self, patience: float = 15.0) -> int:
        """SIGTERM, then SIGKILL to whatever is left of its session; the exit status."""
        if self.alive:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(patience)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL to its whole session; the exit status."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.popen.wait(10)

    def tail(self, size: int = 4000) -> str:
        """The end of its log. [bytes]"""
        return self.log.read_bytes()[-size:].decode(errors="replace") if self.log.exists() else ""


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the command's name; empty when it is gone (proc(5), from field 3)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def running(pid: int) -> bool:
    """Whether a process lives; one that nobody has waited for yet does not."""
    stat = _stat(pid)
    return bool(stat) and stat[0] != "Z"


def pids() -> list[int]:
    """All processes of this machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def children(pid: int) -> list[int]:
    """Live direct children of a process, oldest first; zombies are not counted."""
    found = []
    for other in pids():
        stat = _stat(other)
        if stat and stat[1] == str(pid) and stat[0] != "Z":
            found.append((int(stat[19]), other))
    return [other for _, other in sorted(found)]


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


def ticks(pid: int) -> Ticks:
    """Processor time of a process and all below it, dead children that were waited for included."""
    user = system = 0
    for one in tree(pid):
        if stat := _stat(one):
            # only the root's dead children: those of the others are counted when they die
            user += int(stat[11]) + (int(stat[13]) if one == pid else 0)
            system += int(stat[12]) + (int(stat[14]) if one == pid else 0)
    return Ticks(user, system)


def scheduled(pid: int) -> tuple[float, float]:
    """How long a process's threads ran, and how long they stood ready and had no core. [seconds]"""
    ran = waited = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        fields = (thread / "schedstat").read_text().split()
        ran, waited = ran + int(fields[0]), waited + int(fields[1])
    return ran / 1e9, waited / 1e9


def resident(pid: int) -> int:
    """Memory a process has of its own or in proportion to its sharers (proportional set size). [bytes]"""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def sweep(mark: str) -> None:
    """SIGKILL to every process that carries this mark in its environment, wherever it has been reparented."""
    wanted = f"{MARK}={mark}".encode()
    for pid in pids():
        with contextlib.suppress(OSError):
            if pid != os.getpid() and wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)
