"""The hub's part of dnstap: one thread that takes workers' batches and sends them to the collector."""

import logging
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.dnstap.address import parse_address
from dnsguard.dnstap.config import Config
from dnsguard.dnstap.frames import FrameError, Writer
from dnsguard.dnstap.message import Encoder
from dnsguard.dnstap.tapped import SOCKET, Batch, decode
from dnsguard.errors import DnsguardError
from dnsguard.link import reachable
from dnsguard.link.datagrams import Inlet
from dnsguard.version import VERSION

WAIT: Final = 0.5
"""How long the thread waits for its end. [seconds]"""
TIMEOUT: Final = 5.0
"""A collector that takes nothing for so long is left, and called again. [seconds]"""
RECONNECT: Final = (0.25, 30.0)
"""First and longest wait for a collector that is away. [seconds]"""

_log = logging.getLogger("dnsguard.dnstap")


@dataclass(slots=True)
class Stats:
    """How the stream does; written by its thread, read by others."""

    connected: bool = False
    sent: int = 0
    """Messages sent since the start."""
    lost: int = 0
    """Messages that were on their way when the collector went."""
    error: str = ""
    """Why nothing can be sent now; empty if all is well."""


class Sender:
    """Sends while its configuration names a collector; `configure` and `close` are called from one thread."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir: Final = state_dir
        self.stats: Final = Stats()
        self._config = Config()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def configure(self, config: Config) -> None:
        """Begin, end or change it; waits for what is on its way, at most TIMEOUT."""
        if config == self._config:
            return
        self.close()
        self._config = config
        if config.address:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(config, self._stop), name="dnstap", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Send what has come, and end."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join(2 * TIMEOUT)
            self._thread = None
            self.stats.connected = False

    def _run(self, config: Config, stop: threading.Event) -> None:
        inlet: Inlet | None = None
        wait, longest = RECONNECT
        while not stop.is_set():
            try:
                encoder = Encoder(config.identity or socket.gethostname(), f"dnsguard {VERSION}")
                inlet = inlet or Inlet(self._state_dir / SOCKET)
                writer = Writer(_connect(config.address))
                self._connected(config.address)
                wait = RECONNECT[0]
                self._send(inlet, writer, encoder, stop)
            except (OSError, DnsguardError) as error:
                self._trouble(f"{config.address}: {error}")
                stop.wait(wait)
                wait = min(2 * wait, longest)
        if inlet is not None:
            inlet.close()

    def _send(self, inlet: Inlet, writer: Writer, encoder: Encoder, stop: threading.Event) -> None:
        """Send until told to end; OSError when the collector is gone."""
        politely = False
        try:
            while True:
                # asked beforehand, for what is sent to one who has gone is lost
                if writer.gone:
                    raise FrameError("the collector closed the stream")
                data = inlet.take(0.0 if stop.is_set() else WAIT)
                if data is not None:
                    self._pass_on(data, writer, encoder)
                elif stop.is_set():
                    politely = True
                    return
        finally:
            self.stats.connected = False
            writer.close(politely=politely)

    def _pass_on(self, data: bytes, writer: Writer, encoder: Encoder) -> None:
        try:
            batch: Batch = decode(data)
        except msgspec.MsgspecError as error:
            _log.error("a batch of messages cannot be read", extra={"error": str(error)})
            return
        messages: Sequence[bytes] = [encoder.encode(one, batch.drift) for one in batch.messages]
        try:
            writer.send(list(messages))
        except OSError:
            self.stats.lost += len(messages)
            raise
        self.stats.sent += len(messages)

    def _connected(self, address: str) -> None:
        _log.info("dnstap flows", extra={"collector": address})
        self.stats.connected = True
        self.stats.error = ""

    def _trouble(self, error: str) -> None:
        if not self.stats.error:
            _log.error("dnstap messages cannot be sent; trying again", extra={"error": error})
        self.stats.error = error


def _connect(address: str) -> socket.socket:
    """Connect; OSError if nobody is there."""
    where = parse_address(address)
    if isinstance(where, str):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(TIMEOUT)
            with reachable(where) as name:
                sock.connect(name)
        except BaseException:
            sock.close()
            raise
        return sock
    return socket.create_connection(where, TIMEOUT)
