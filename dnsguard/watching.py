"""Which of a worker's watches its configuration wants: the query log, dnstap, both or none."""

from pathlib import Path
from typing import Final

from dnsguard.config import Settings
from dnsguard.dnstap import tapped
from dnsguard.dnstap.tap import Tap
from dnsguard.link.datagrams import Outlet
from dnsguard.querylog import record
from dnsguard.querylog.collector import Collector
from dnsguard.state.counters import Counters
from dnsguard.watch import Watch, Watches


class Watching:
    """One worker's; what they send goes to the hub of this state_dir."""

    def __init__(self, state_dir: Path, counters: Counters) -> None:
        self._state_dir: Final = state_dir
        self._counters: Final = counters
        self._wanted: object = None
        self._watch: Watch | None = None

    def configure(self, settings: Settings) -> Watch | None:
        """Give the watch that a configuration wants; None: no one watches."""
        wanted = (settings.query_log.mode != "off", settings.dnstap)
        if wanted != self._wanted:
            self.close()
            self._wanted = wanted
            self._watch = self._make(settings)
        return self._watch

    def close(self) -> None:
        """Send on what is left."""
        if self._watch is not None:
            self._watch.close()

    def _make(self, settings: Settings) -> Watch | None:
        watches: list[Watch] = []
        if settings.query_log.mode != "off":
            watches.append(Collector(Outlet(self._state_dir / record.SOCKET), self._counters))
        if settings.dnstap.address:
            watches.append(Tap(Outlet(self._state_dir / tapped.SOCKET), self._counters, settings.dnstap))
        if len(watches) > 1:
            return Watches(watches)
        return watches[0] if watches else None
