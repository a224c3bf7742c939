"""A hub that does as a test says: it starts real workers, and reads what they say only when asked to."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self, TypeVar

import dns.message
import msgspec
import pytest

from dnsguard.hub import sockets
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.link import Arguments, Configure, Hello, frame, worker_messages
from dnsguard.state import counters as count
from dnsguard.tasks import clock
from tests import ask
from tests.lab import ROOT, toml

M = TypeVar("M")


class Peer:
    """One connection of a worker."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        self.sock = sock
        self._reader = worker_messages()
        self._messages: list[Any] = []
        self.passed: list[Any] = []

    def next(self, kind: type[M]) -> M:
        """The next message of this kind; others are passed over. EOFError at the end of the connection."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            while self._messages:
                message = self._messages.pop(0)
                if isinstance(message, kind):
                    return message
                self.passed.append(message)
            data = self.sock.recv(1 << 16)
            if not data:
                raise EOFError
            self._messages += self._reader.feed(data)
        pytest.fail(f"the worker said no {kind.__name__}, but {self.passed[-3:]}")

    def send(self, message: Any) -> None:
        self.sock.sendall(frame(message))


class Hub:
    """Sockets, counters and a unix socket, and the worker that was started last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "hub.sock"
        self._number = 0
        self._workers: list[subprocess.Popen[bytes]] = []
        (self.bound,) = sockets.bind(["127.0.0.1:0"], 1)
        self.port = int(self.bound.address.rpartition(":")[2])
        self.counters_fd = count.create()
        self.counters = count.Counters(self.counters_fd)
        self.log = folder / "worker.log"
        self.listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(signal.SIGKILL)
            worker.wait(10)
        self.gone()
        self.bound.close()
        self.counters.close()
        os.close(self.counters_fd)

    def listen(self) -> None:
        """Be there (again)."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.path.unlink(missing_ok=True)
        self.sock.bind(str(self.path))
        self.sock.listen()
        self.sock.settimeout(20)

    def gone(self) -> None:
        """Be no more, as after kill -9."""
        self.sock.close()
        if hasattr(self, "peer"):
            self.peer.sock.close()

    def start(self, changes: str = "") -> subprocess.Popen[bytes]:
        """A real worker process; `changes` is Python that runs first, with its module as `w`."""
        descriptors = [self.bound.udp[0].fileno(), self.bound.tcp[0].fileno(), self.counters_fd]
        udp, tcp, counters = descriptors
        arguments = Arguments(0, "epoch", str(self.path), [udp], [tcp], counters)
        script = f"import os, time\nfrom dnsguard import worker as w\n{changes}\nw.main()"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script, msgspec.json.encode(arguments).decode()],
                pass_fds=descriptors,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )
        self._workers.append(self.process)
        return self.process

    def greet(self) -> Hello:
        """Take the worker's connection."""
        self.peer = Peer(self.sock.accept()[0])
        return self.peer.next(Hello)

    def configure(
        self, *upstreams: int, listed: tuple[str, ...] = (), text: str = "", snapshot: object = "", **config: Any
    ) -> int:
        """Send a configuration; its number."""
        self._number += 1
        if listed:
            (self.folder / "listed.txt").write_text("\n".join(listed))
            lists = [ListConfig(name="listed", category="threat_intel", path="listed.txt")]
            snapshot = compile_lists(lists, self.folder, self.folder / "compiled", now=clock()).path
        servers = [f"127.0.0.1:{port}" for port in upstreams]
        own = {"mode": "block", "listen": {"dns": [self.bound.address]}, "upstream": {"servers": servers}}
        for key, value in config.items():
            own[key] = {**own.get(key, {}), **value} if isinstance(value, dict) else value  # type: ignore[dict-item]
        self.peer.send(Configure(self._number, text or toml(own), str(self.folder), str(snapshot)))
        return self._number

    def ask(self, name: str, rtype: str = "A", **options: Any) -> dns.message.Message:
        return ask.ask(self.port, name, rtype, **options)

    def counted(self, name: str) -> int:
        return self.counters.read()[name]

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """The worker's log, where it writes JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
