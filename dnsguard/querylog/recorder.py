"""The hub's part of the query log: one thread that takes workers' batches and writes them to the ring."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.errors import WireError
from dnsguard.link.datagrams import Inlet
from dnsguard.logging import mask
from dnsguard.querylog.config import Config
from dnsguard.querylog.record import SOCKET, Record, decode, folder
from dnsguard.querylog.ring import Ring
from dnsguard.querylog.segment import Row, SegmentError
from dnsguard.wire import names

ROWS: Final = 5000
"""Most rows of one transaction."""
WAIT: Final = 0.5
"""How long a transaction waits for more, and the thread for its end. [seconds]"""
RETRY: Final = 3.0
"""A disk that takes nothing is tried this often. [seconds]"""
CLIENTS: Final = 65536
"""Addresses whose text is remembered, about 10 MB."""

_log = logging.getLogger("dnsguard.querylog")


@dataclass(slots=True)
class Stats:
    """How the log does; written by its thread, read by others."""

    saved: int = 0
    """Records put on disk since the start."""
    lost: int = 0
    """Records that the disk did not take."""
    size: int = 0
    """Of all files. [bytes]"""
    error: str = ""
    """Why nothing can be kept now; empty if all is well."""


class Recorder:
    """Writes while its configuration wants a log; `configure` and `close` are called from one thread."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir: Final = state_dir
        self.stats: Final = Stats()
        self._config = Config()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def configure(self, config: Config) -> None:
        """Begin, end or change it; waits for the last transaction at most."""
        if config == self._config:
            return
        self.close()
        self._config = config
        if config.mode != "off":
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(config, self._stop), name="query log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what has come, and end."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _run(self, config: Config, stop: threading.Event) -> None:
        inlet = self._listen(stop)
        if inlet is None:
            return
        ring = Ring(folder(self._state_dir), config.max_size)
        to_text = _texts(masked=config.mode == "masked")
        try:
            while not stop.is_set():
                self._save(ring, _gather(inlet, WAIT), to_text, stop)
            self._save(ring, _gather(inlet, 0.0), to_text, stop)
        finally:
            ring.close()
            inlet.close()

    def _listen(self, stop: threading.Event) -> Inlet | None:
        while not stop.is_set():
            try:
                return Inlet(self._state_dir / SOCKET)
            except OSError as error:
                self._trouble(f"{self._state_dir / SOCKET}: {error.strerror or error}")
                stop.wait(RETRY)
        return None

    def _save(
        self, ring: Ring, records: list[tuple[float, Record]], to_text: Callable[[bytes], str], stop: threading.Event
    ) -> None:
        if not records:
            return
        try:
            ring.write(rows(records, to_text))
            self.stats.size = ring.size
        except (SegmentError, OSError) as error:
            ring.close()
            self.stats.lost += len(records)
            self._trouble(str(error))
            stop.wait(RETRY)
            return
        self.stats.saved += len(records)
        if self.stats.error:
            _log.warning("the query log is written again", extra={"lost": self.stats.lost})
            self.stats.error = ""

    def _trouble(self, error: str) -> None:
        if not self.stats.error:
            _log.error("the query log cannot be written; queries go unlogged meanwhile", extra={"error": error})
        self.stats.error = error


def _gather(inlet: Inlet, wait: float) -> list[tuple[float, Record]]:
    """Take what has come, at most a transaction's worth: drift and record."""
    found: list[tuple[float, Record]] = []
    data = inlet.take(wait)
    while data is not None:
        try:
            batch = decode(data)
        except msgspec.MsgspecError as error:
            _log.error("a batch of queries cannot be read", extra={"error": str(error)})
        else:
            found += [(batch.drift, record) for record in batch.records]
        data = inlet.take(0.0) if len(found) < ROWS else None
    return sorted(found, key=_time)  # of several workers, each in the order of its batches


def _time(drifting: tuple[float, Record]) -> float:
    drift, record = drifting
    return record.time + drift


def rows(records: list[tuple[float, Record]], to_text: Callable[[bytes], str]) -> Iterator[Row]:
    """Turn records into the ring's rows."""
    for drift, record in records:
        name, qtype = question(record.question)
        found = record.verdict
        yield (
            record.time + drift,
            to_text(record.client),
            name,
            qtype,
            record.rcode,
            round(record.took * 1e6),
            record.times,
            record.stream,
            *(
                (None,) * 7
                if found is None
                else (
                    found.action,
                    found.detector,
                    found.reason,
                    found.score,
                    found.threshold,
                    found.list or None,
                    found.alert or None,
                )
            ),
        )


def question(wire: bytes) -> tuple[str | None, int | None]:
    """The name and type of a question on the wire; None for what can't be read."""
    try:
        name, end = names.text(wire, 0)
    except WireError:
        return None, None
    return name, int.from_bytes(wire[end : end + 2], "big") if end + 2 <= len(wire) else None


def _texts(*, masked: bool) -> Callable[[bytes], str]:
    """Make what writes a packed address as text."""

    @lru_cache(CLIENTS)
    def to_text(client: bytes) -> str:
        text = str(ip_address(client))
        return mask(text) if masked else text

    return to_text
