"""Starts worker processes in two steps: first a process that loads everything, later its work.

Loading takes most of a worker's start. Measured on 2 cores that had work for five (CPython 3.11, interpreted), from
the `kill -9` of the only worker to the next answer: 3.7 to 5.5 s when the process is started then, 1.2 to 3.0 s when
one waits that has loaded its modules, 0.2 to 0.8 s when it has loaded its tables as well (`prepare`). So one spare
process (66 MB) waits for the first worker to die.

A process gets its work over its standard input, a unix socket: the arguments as JSON, the sockets and counters as
descriptors. A spare whose hub dies sees the end of it, and ends.
"""

import asyncio
import importlib
import os
import select
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from dnsguard.hub import child, limits
from dnsguard.link import Arguments

WORKER: Final = "dnsguard.worker"
COMMAND: Final = child.command("dnsguard.hub.launch", WORKER)
MAX_ARGUMENTS: Final = 1 << 16
"""What is read at a time. [bytes]"""
PAUSE: Final = 0.02
"""Between two steps of preparing, which leave the processor to who answers. [seconds]"""
MAX_DESCRIPTORS: Final = 253
"""The kernel's own bound for one message (SCM_MAX_FD, unix(7)): 126 addresses."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A process that waits for its work."""

    process: asyncio.subprocess.Process
    sock: socket.socket

    @property
    def alive(self) -> bool:
        """Whether it still waits."""
        return self.process.returncode is None

    def assign(self, arguments: Arguments) -> None:
        """Give it its work; OSError if it is dead."""
        descriptors = [*arguments.udp, *arguments.tcp, arguments.counters]
        with self.sock:
            socket.send_fds(self.sock, [msgspec.json.encode(arguments)], descriptors)

    def dismiss(self) -> None:
        """Let it end."""
        self.sock.close()


async def launch(command: Sequence[str] = COMMAND) -> Launched:
    """Start a process; OSError if that is not possible now."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=theirs.fileno(),
                env=child.environment(),
                start_new_session=True,  # Ctrl-C on the terminal is for the hub, which lets workers drain
            )
        except BaseException:
            ours.close()
            raise
    return Launched(process, ours)


def receive(sock: socket.socket) -> Arguments | None:
    """Wait for the work; its descriptors are this process's own. None if the hub has ended, or needs it no more."""
    data, descriptors, _, _ = socket.recv_fds(sock, MAX_ARGUMENTS, MAX_DESCRIPTORS)
    if not data:
        return None
    while more := sock.recv(MAX_ARGUMENTS):
        data += more
    arguments = msgspec.json.decode(data, type=Arguments)
    udp = len(arguments.udp)
    return msgspec.structs.replace(arguments, udp=descriptors[:udp], tcp=descriptors[udp:-1], counters=descriptors[-1])


def main() -> None:
    """Load the module that the argument names, wait, and run its `main` with the arguments in `sys.argv`.

    Meanwhile its `prepare` is gone through step by step, for as long as no work is there.
    """
    # named, not imported: the hub knows of the worker only how to start it
    module = importlib.import_module(sys.argv[1])
    with socket.socket(fileno=os.dup(0)) as sock:
        for _ in module.prepare():
            if select.select([sock], [], [], PAUSE)[0]:
                break
        arguments = receive(sock)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if arguments is not None:
        limits.come_first()
        sys.argv[1:] = [msgspec.json.encode(arguments).decode()]
        module.main()


if __name__ == "__main__":
    main()
