"""Commands to a running hub, over a socket that only its own user can open: `state_dir/control.sock`, mode 0600.

One connection is one command: a line of JSON in, lines of JSON back until it is done.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from dnsguard.errors import DnsguardError
from dnsguard.hub.commands import Answer, Command, Request, Update
from dnsguard.hub.private import listen_private
from dnsguard.hub.update import Status
from dnsguard.link import reachable

NAME: Final = "control.sock"
"""In state_dir."""
MAX_COMMAND: Final = 1 << 16
"""Bytes of a command."""
PATIENCE: Final = 10.0
"""How long a command may take to come. [seconds]"""

A = TypeVar("A", bound=Answer)
Handler: TypeAlias = Callable[[Any], AsyncIterator[Answer]]
"""Answers a command until it is done; DnsguardError: it can't be."""


class Control:
    """The hub's end; `handlers` by kind of command."""

    def __init__(self, path: Path, handlers: Mapping[type[Command], Handler]) -> None:
        self._path: Final = path
        self._handlers: Final = handlers

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_unix_server(self._serve, sock=listen_private(self._path), limit=MAX_COMMAND)
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, TimeoutError, ValueError):  # gone, silent, or a line without end
                async with asyncio.timeout(PATIENCE):
                    line = await reader.readline()
                async for answer in self._answers(line):
                    writer.write(msgspec.json.encode(answer) + b"\n")
                    await writer.drain()
        finally:
            writer.close()

    async def _answers(self, line: bytes) -> AsyncIterator[Answer]:
        try:
            command = msgspec.json.decode(line, type=Request)
            handler = self._handlers[type(command)]
        except (msgspec.MsgspecError, KeyError) as error:
            yield Answer(error=f"the hub, perhaps of another version, does not know this command: {error}")
            return
        try:
            async for answer in handler(command):
                yield answer
        except DnsguardError as error:
            yield Answer(error=str(error))


def ask(state_dir: Path, command: Request, answer: type[A], show: Callable[[A], None] = lambda _: None) -> A | None:
    """Have the hub that runs with this state_dir do something; gives its last answer, which may be an error.

    None if no hub runs; DnsguardError if it can't be asked. `show` is called with each answer before the last.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            with reachable(state_dir / NAME) as address:
                sock.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None  # a socket without a listener is one that a killed hub left
        except OSError as error:
            raise DnsguardError(f"{state_dir / NAME}: {error.strerror}; run it as dnsguard's own user") from error
        sock.sendall(msgspec.json.encode(command) + b"\n")
        for line in sock.makefile("rb"):
            said = msgspec.json.decode(line, type=answer)
            if said.done:
                return said
            show(said)
    raise DnsguardError("the hub ended before it was done")


def demand(state_dir: Path, command: Request, answer: type[A]) -> A:
    """Have a hub do what only a running one can; DnsguardError if none runs, or it can't."""
    said = ask(state_dir, command, answer)
    if said is None:
        raise DnsguardError(f"no dnsguard runs with the state_dir {state_dir}; `dnsguard serve` starts one")
    if said.error:
        raise DnsguardError(said.error)
    return said


def update(state_dir: Path, names: Sequence[str], show: Callable[[Status], None]) -> Status | None:
    """Have the hub that runs with this state_dir update its feeds; as `ask`."""
    return ask(state_dir, Update(lists=list(names)), Status, show)
