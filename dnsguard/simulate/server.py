"""The server under simulation: `dnsguard serve` as a process of its own, in a folder that goes with it."""

import asyncio
import os
import signal
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from dnsguard.config import Settings
from dnsguard.config.toml import key, written
from dnsguard.errors import DnsguardError
from dnsguard.hub import child
from dnsguard.hub.statedir import running

START: Final = 40.0
"""Most time until it serves: starter lists are compiled first. [seconds]"""
END: Final = 10.0
"""Most time for its orderly end. [seconds]"""
LOOK: Final = 0.05
"""[seconds]"""
MARK: Final = "DNSGUARD_SIMULATE"
"""In the environment of all its processes."""
KEPT: Final = ("mode", "fail", "starter_lists", "block", "detect", "allow")
"""Keys of a person's own configuration that hold here as well: they say what is detected, and what becomes of it."""
FETCHING: Final = frozenset({"url", "refresh", "max_size", "sha256", "checksum_url", "allow_private"})


class Server:
    """A running server, with its own state, on free ports of the loopback network."""

    def __init__(self, settings: Settings, folder: Path, *, upstream: int, webhook: Mapping[str, Any]) -> None:
        """Take what is detected from `settings`; `upstream` is a port, `webhook` a `[[webhooks]]` section."""
        self._state: Final = folder / "state"
        self._config: Final = folder / "config.toml"
        self._log: Final = folder / "server.log"
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0
        self._config.touch(mode=0o600)
        self._config.write_text(configuration(settings, self._state, upstream, webhook))

    async def __aenter__(self) -> Self:
        """Start it, and wait until it serves; DnsguardError says why it does not."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *child.command("dnsguard", "serve", "--config", str(self._config)),
                env=child.environment() | {MARK: str(self._state)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours: we end it, in order
            )
        try:
            self.port = await self._serving(self._process)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _serving(self, process: asyncio.subprocess.Process) -> int:
        """Wait until it serves; returns the port."""
        try:
            async with asyncio.timeout(START):
                while (served := running(self._state)) is None:
                    if process.returncode is not None:
                        raise DnsguardError(f"the server ended at its start: {self.last_words()}")
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise DnsguardError(f"the server does not serve after {START:g} s: {self.last_words()}") from None
        return int(served.dns[0].rpartition(":")[2])

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self._log.read_text(errors="replace").split("\n") if self._log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def troubles(self) -> list[str]:
        """The lines of its log that warn, the last of them."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [line for line in lines if "warning" in line.lower() or "error" in line.lower()][-5:]

    async def _stop(self) -> None:
        """End it in order, else at once; none of its processes outlives us, whatever happened to the others."""
        process = self._process
        if process is None:
            return
        # a second signal ends it at once
        for _ in range(2):
            if process.returncode is not None:
                break
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(END):
                    await process.wait()
        _sweep(f"{MARK}={self._state}".encode())
        await process.wait()


def _sweep(mark: bytes) -> None:
    """Kill what carries our mark: workers are sessions of their own, and serve on when their hub is killed."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        # gone meanwhile, somebody else's, or no such folder on this system
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


def configuration(settings: Settings, state: Path, upstream: int, webhook: Mapping[str, Any]) -> str:
    """Write the server's config.toml: what is detected is the person's, everything else the simulation's."""
    given = tomllib.loads(settings.text)
    table: dict[str, Any] = {name: given[name] for name in KEPT if name in given}
    if lists := _lists(settings, given.get("lists", [])):
        table["lists"] = lists
    table |= {
        "state_dir": str(state),
        "listen": {"dns": ["127.0.0.1:0"], "web": "", "allow_from": ["127.0.0.0/8"]},
        "upstream": {"servers": [f"127.0.0.1:{upstream}"]},
        "webhooks": [webhook],
        "log": {"level": "warning"},
    }
    return "".join(f"{key(name)} = {written(value)}\n" for name, value in table.items())


def _lists(settings: Settings, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The person's own lists as files that are there: nothing is fetched."""
    own = settings.lists[len(settings.lists) - len(given) :] if given else ()
    return [
        {name: value for name, value in section.items() if name not in FETCHING} | {"path": config.path}
        for section, config in zip(given, own, strict=True)
        if Path(config.path).is_file()
    ]
