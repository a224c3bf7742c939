"""The query log and dnstap as the hub runs them: a thread for each that is wanted, none of its event loop."""

import asyncio
from pathlib import Path
from typing import Final

from dnsguard.config import Settings
from dnsguard.dnstap.sender import Sender
from dnsguard.hub.report import DnstapReport, QueryLogReport
from dnsguard.querylog.recorder import Recorder


class Streams:
    """What workers send besides findings, and who takes it."""

    def __init__(self, state_dir: Path) -> None:
        self._log: Final = Recorder(state_dir)
        self._dnstap: Final = Sender(state_dir)
        self._settings: Settings | None = None

    async def configure(self, settings: Settings) -> None:
        """Take another configuration."""
        self._settings = settings
        # a thread that ends finishes what it is at
        await asyncio.to_thread(self._log.configure, settings.query_log)
        await asyncio.to_thread(self._dnstap.configure, settings.dnstap)

    async def close(self) -> None:
        """Keep and send what has come; workers are gone."""
        await asyncio.to_thread(self._log.close)
        await asyncio.to_thread(self._dnstap.close)

    def query_log(self) -> QueryLogReport:
        """How the query log does."""
        stats = self._log.stats
        if self._settings is None or self._settings.query_log.mode == "off":
            return QueryLogReport()
        return QueryLogReport(
            state="failing" if stats.error else "good",
            saved=stats.saved,
            lost=stats.lost,
            size=stats.size,
            error=stats.error,
        )

    def dnstap(self) -> DnstapReport:
        """How dnstap does."""
        stats = self._dnstap.stats
        if self._settings is None or not self._settings.dnstap.address:
            return DnstapReport()
        return DnstapReport(
            state="connected" if stats.connected else "away", sent=stats.sent, lost=stats.lost, error=stats.error
        )
