"""Keeps the servers that are asked in step with the configuration and with resolv.conf, and loses no query over it."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from dnsguard.errors import UpstreamError
from dnsguard.state.counters import Counters
from dnsguard.tasks import spawn
from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.channel import Channel, StreamChannel
from dnsguard.upstream.config import Config, ForwardConfig
from dnsguard.upstream.opening import open_exchange
from dnsguard.upstream.pool import TICK, Receiver, Upstreams
from dnsguard.upstream.servers import RESOLV_CONF, Server, parse_server, system_servers
from dnsguard.upstream.udp_channel import UdpChannel

_log: Final = logging.getLogger("dnsguard.upstream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom the configuration wants asked, and how."""

    config: Config
    forwards: tuple[ForwardConfig, ...] = ()
    own: tuple[str, ...] = ()
    """Our own addresses: "system" must not lead back to us."""
    groups: tuple[tuple[Server, ...], ...] = ()
    """The servers of `config`, then those of each forward, as `found` has found them."""

    def found(self) -> Self:
        """The same with its groups, "system" replaced by what resolv.conf names; UpstreamError if it names none."""
        groups = []
        for texts in (self.config.servers, *(forward.servers for forward in self.forwards)):
            servers: dict[str, Server] = {}
            for text in texts:
                named = system_servers(RESOLV_CONF, self.own) if text == "system" else (parse_server(text),)
                servers.update({server.text: server for server in named})
            groups.append(tuple(servers.values()))
        return dataclasses.replace(self, groups=tuple(groups))

    @property
    def same_servers(self) -> tuple[object, ...]:
        """What makes a new pool necessary when it changes; which names go where is the pipeline's."""
        return self.config, self.groups


class Keeper:
    """Has the pool in use, once `hold` was called; an old one answers what it was asked, and is closed."""

    pool: Upstreams

    def __init__(
        self, receiver: Receiver, counters: Counters, clock: Callable[[], float], flush: Callable[[], None]
    ) -> None:
        self._receiver: Final = receiver
        self._counters: Final = counters
        self._clock: Final = clock
        self._flush: Final = flush
        self._loop: Final = asyncio.get_running_loop()
        self._wanted: Wanted | None = None
        self._resolv_conf: Sequence[int] = ()

    def hold(self, wanted: Wanted) -> None:
        """Ask these from now on. UpstreamError, and nothing changed, where an extra is missing."""
        old = self._wanted
        if old is None:
            self.pool = self._open(wanted)
        elif old.same_servers != wanted.same_servers:
            before, self.pool = self.pool, self._open(wanted)
            spawn(self._retire(before), "retire upstreams")
        self._wanted = wanted

    def follow(self) -> None:
        """Look whether resolv.conf has changed; call it each second."""
        state = _state(RESOLV_CONF)
        if self._wanted is None or state == self._resolv_conf:
            return
        self._resolv_conf = state
        try:
            self.hold(self._wanted.found())
        except UpstreamError as error:
            # half written, or the network is gone: the next change is looked at again
            _log.warning("keeping the servers there were", extra={"error": str(error)})

    async def close(self) -> None:
        """Close the pool in use."""
        await self.pool.close()

    def _open(self, wanted: Wanted) -> Upstreams:
        config = wanted.config
        pool = Upstreams(config, self._receiver, self._counters, self._clock, self._flush)
        bootstrap = Bootstrap([parse_server(text) for text in config.bootstrap], own=wanted.own)

        def channel(server: Server) -> Channel:
            if server.kind == "udp":
                return UdpChannel(server, config, pool, self._loop)
            return StreamChannel(server, open_exchange(server, bootstrap, pool.rejected), config, pool)

        pool.open([[channel(server) for server in servers] for servers in wanted.groups])
        return pool

    async def _retire(self, pool: Upstreams) -> None:
        pool.retire()
        end = self._loop.time() + pool.timeout + 1
        while self._loop.time() < end:
            pool.tick(self._clock())
            await asyncio.sleep(TICK)
        await pool.close()


def _state(path: str) -> Sequence[int]:
    """Something that is another whenever the file has changed; empty if there is none."""
    try:
        stat = Path(path).stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
