"""Commands to a running hub, over a socket that only its own user can open: `state_dir/control.sock`, mode 0600.

One connection is one command: a line of JSON in, lines of JSON back until it is done.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from dnsguard.errors import DnsguardError
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.lists import Lists
from dnsguard.hub.private import listen_private
from dnsguard.hub.update import LOOK, Status, Update
from dnsguard.link import reachable

NAME: Final = "control.sock"
"""In state_dir."""
MAX_COMMAND: Final = 1 << 16
"""Bytes of a command."""
PATIENCE: Final = 10.0
"""How long a command may take to come. [seconds]"""


class Command(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is asked."""

    command: Literal["update"]
    lists: list[str] = []
    """Names; none: all."""


class Control:
    """The hub's end."""

    def __init__(self, path: Path, feeds: Feeds, lists: Lists) -> None:
        self._path: Final = path
        self._feeds: Final = feeds
        self._lists: Final = lists

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
                async for status in self._answers(line):
                    writer.write(msgspec.json.encode(status) + b"\n")
                    await writer.drain()
        finally:
            writer.close()

    async def _answers(self, line: bytes) -> AsyncIterator[Status]:
        try:
            command = msgspec.json.decode(line, type=Command)
            update = Update(self._feeds, self._lists, command.lists)
        except msgspec.MsgspecError as error:
            yield Status(done=True, error=f"the hub, perhaps of another version, does not know this command: {error}")
            return
        except DnsguardError as error:
            yield Status(done=True, error=str(error))
            return
        while True:
            status = update.look()
            yield status
            if status.done:
                return
            await asyncio.sleep(LOOK)


def update(state_dir: Path, names: Sequence[str], show: Callable[[Status], None]) -> Status | None:
    """Have the hub that runs with this state_dir update its feeds; None if none runs, DnsguardError if it can't.

    `show` is called with how far it is, until that is returned.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            with reachable(state_dir / NAME) as address:
                sock.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None  # a socket without a listener is one that a killed hub left
        except OSError as error:
            raise DnsguardError(f"{state_dir / NAME}: {error.strerror}; run it as dnsguard's own user") from error
        sock.sendall(msgspec.json.encode(Command(command="update", lists=list(names))) + b"\n")
        for line in sock.makefile("rb"):
            status = msgspec.json.decode(line, type=Status)
            if status.done:
                return status
            show(status)
    raise DnsguardError("the hub ended before the update did")
