"""Which configuration holds: read again when told or when a file changes; where the new is wrong, the old stays."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from dnsguard import link
from dnsguard.config import Settings, load, needs_restart
from dnsguard.errors import ConfigError
from dnsguard.hub.lists import Lists
from dnsguard.hub.reload import Files
from dnsguard.hub.server import Server
from dnsguard.tasks import spawn

START_PATIENCE: Final = 30.0
"""Lists that take longer to read at the start do not keep clients waiting any more. [seconds]"""
RESOLV_CONF: Final = Path("/etc/resolv.conf")

_log = logging.getLogger("dnsguard.hub.config")


class Configuring:
    """`apply` gives the hub's own parts a configuration; workers get it over the link."""

    def __init__(
        self,
        path: Path | None,
        settings: Settings,
        lists: Lists,
        server: Server,
        apply: Callable[[Settings], Awaitable[None]],
    ) -> None:
        self.path: Final = path
        self.settings = settings
        """What holds."""
        self.number = 0
        """Rises with every configuration or snapshot that is handed out."""
        self.faults: list[str] = []
        """Why what the file says now does not hold; empty if it does."""
        self.needs_restart: tuple[str, ...] = ()
        self._started: Final = settings
        self._before: Settings | None = None  # until all workers have taken the new one
        self._lists: Final = lists
        self._server: Final = server
        self._apply: Final = apply
        self._files: Final = Files()

    async def start(self) -> None:
        """Compile the lists and hand out the first configuration."""
        self._watch(self.settings)
        compiling = spawn(self._compile(), "lists")
        try:
            await asyncio.wait((compiling,), timeout=START_PATIENCE)
            if not compiling.done():
                self._lists.take_latest()
                _log.warning(self._lists.error)
                self._push()
            await compiling
        finally:
            compiling.cancel()
        self._push()

    async def look(self) -> None:
        """Follow changed files, and what feeds brought; call it every second."""
        changed = await asyncio.to_thread(self._files.changed)  # a network disk that hangs must hang nothing else
        if not changed:
            if self._lists.stale and await self._compile():
                self._push()
            return
        _log.info("files changed", extra={"files": sorted(map(str, changed))})
        if self.path in changed:
            await self.reload()
        elif changed & _list_files(self.settings):
            if await self._compile():
                self._push()
        else:
            self._push()

    async def reload(self) -> None:
        """Read the file again; what is wrong stands in `faults` afterwards, and the old one holds."""
        try:
            settings = await asyncio.to_thread(load, self.path)
        except ConfigError as error:
            self._refuse(error.faults)
            return
        self.faults = []
        self.needs_restart = needs_restart(self._started, settings)
        if self.needs_restart:
            _log.warning("changed, and held from the next start only", extra={"keys": list(self.needs_restart)})
        for warning in settings.warnings:
            _log.warning(warning)
        self._before = self.settings
        await self._hold(settings)

    async def settle(self) -> None:
        """Look at what the workers answered: where one refuses, all go back to the configuration before."""
        peers = self._server.own
        refused = next((peer.refused for peer in peers if peer.refused), None)
        if refused is not None and self._before is not None:
            self._refuse([f"worker: {refused.error}"])
            settings, self._before = self._before, None
            await self._hold(settings)
        elif peers and all(peer.configured == self.number for peer in peers):
            self._before = None

    def retry(self) -> None:
        """Offer the configuration again to workers that could not take their first: the network may be up now."""
        if self._before is None and any(peer.refused and not peer.configured for peer in self._server.own):
            self._push()

    def _refuse(self, faults: list[str]) -> None:
        self.faults = faults
        for fault in faults:
            _log.error("configuration refused, the one before it holds", extra={"fault": fault})

    async def _hold(self, settings: Settings) -> None:
        """Hand out a configuration, at once where its lists are those in use, and whatever its lists have new."""
        same_lists = (settings.lists, settings.base) == (self.settings.lists, self.settings.base)
        self.settings = settings
        await asyncio.to_thread(self._watch, settings)
        await self._apply(settings)
        if same_lists:
            self._push()
        if await self._compile() or not same_lists:
            self._push()

    async def _compile(self) -> bool:
        faults = self._lists.faults
        changed = await self._lists.compile(self.settings)
        for fault in self._lists.faults:
            if fault not in faults:
                _log.error("list not taken", extra={"fault": fault})
        if changed:
            entries = sum(report.entries for report in self._lists.reports)
            _log.info("lists compiled", extra={"lists": len(self._lists.reports), "entries": entries})
        return changed

    def _push(self) -> None:
        self.number += 1
        snapshot = self._lists.path
        self._server.configure(
            link.Configure(
                number=self.number,
                text=self.settings.text,
                base=str(self.settings.base),
                snapshot=str(snapshot) if snapshot else "",
            )
        )

    def _watch(self, settings: Settings) -> None:
        files = _list_files(settings)
        if self.path is not None:
            files.add(self.path)
        if settings.local.hosts_file:
            files.add(Path(settings.local.hosts_file))
        if "system" in settings.upstream.servers:
            files.add(RESOLV_CONF)
        self._files.watch(files)


def _list_files(settings: Settings) -> set[Path]:
    # a feed says itself when it has something new
    return {settings.base / item.path for item in settings.lists if item.path and not item.url}
