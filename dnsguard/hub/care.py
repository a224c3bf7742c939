"""Sees workers that hang, and ends them: the supervisor then starts others."""

import logging
import time
from typing import Final

from dnsguard.hub.server import Server
from dnsguard.hub.supervisor import Supervisor

SILENCE: Final = 30.0
"""A worker that serves reports every 2 seconds; one silent for this long hangs. [seconds]"""
UNHEARD: Final = 60.0
"""A worker that has had no link for this long will have none any more. [seconds]"""
SLEPT: Final = 5.0
"""A look this late means that we were stopped ourselves, and know nothing about the others. [seconds]"""

_log = logging.getLogger("dnsguard.hub.care")


class Care:
    """Call `look` every second."""

    def __init__(self, supervisor: Supervisor, server: Server) -> None:
        self._supervisor: Final = supervisor
        self._server: Final = server
        self._looked = self._awake = time.monotonic()
        self._linked: dict[int, float] = {}
        """When each live worker was last seen with a link, by process id: one that drains closes it before it ends."""

    def look(self) -> None:
        """End workers that have been silent for too long."""
        now = time.monotonic()
        if now - self._looked > SLEPT:
            self._awake = now
        self._looked = now
        heard = {peer.hello.pid: peer for peer in self._server.own}
        linked = self._linked | dict.fromkeys(heard, now)
        self._linked = {worker.pid: linked[worker.pid] for worker in self._supervisor.workers if worker.pid in linked}
        for worker in self._supervisor.workers:
            if not worker.pid:
                continue
            peer = heard.get(worker.pid)
            if peer is None:
                silent, bound = now - max(worker.started, self._awake, self._linked.get(worker.pid, 0.0)), UNHEARD
            elif peer.ready:
                silent, bound = now - max(peer.heard, self._awake), SILENCE
            else:
                continue
            if silent > bound:
                _log.error("worker hangs and is ended", extra={"worker": worker.index, "silent": round(silent)})
                self._supervisor.kill(worker.index)

    def end_unconnected(self) -> None:
        """End workers that have no link, over which they could be told to drain: they have not served yet."""
        heard = {peer.hello.pid for peer in self._server.own}
        for worker in self._supervisor.workers:
            if worker.pid and worker.pid not in heard:
                self._supervisor.kill(worker.index)
