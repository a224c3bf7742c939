"""A worker: listeners, pipeline, upstreams, and nothing else, so that nothing else can delay an answer.

Started by the hub as `python -m dnsguard.worker JSON`; it inherits its sockets and the memory of its counters, and gets
its configuration over the link. If the hub dies it serves on; a new hub takes its findings and tells it to drain.
"""

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.config import Settings, parse
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.link import Arguments, Configure, HubLink, Status, UpstreamStatus
from dnsguard.listen.tcp import TcpListener
from dnsguard.listen.tcp_connection import Reason
from dnsguard.listen.udp import UdpListener
from dnsguard.logging import setup
from dnsguard.pending import Source
from dnsguard.pipeline import Pipeline
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.tasks import clock, spawn
from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.channel import Channel, StreamChannel, UdpChannel
from dnsguard.upstream.opening import open_exchange
from dnsguard.upstream.pool import TICK, Upstreams
from dnsguard.upstream.servers import Server, parse_server, system_servers

CUT: Final = tuple(set(Reason) - {Reason.CLIENT, Reason.LOST, Reason.IDLE, Reason.DRAINED})
"""Ends of TCP connections that a client did not choose."""
ORPHANED: Final = 5
"""Seconds without a hub after which a worker that was never configured ends."""
DRAIN: Final = 5.0
"""How long queries under way may take once the worker is told to end. [seconds]"""
STATUS_EVERY: Final = 2.0
"""[seconds]"""
FLUSH_EVERY: Final = 1.0
"""Folded repeats go to the hub this often. [seconds]"""
MAX_DRIFT: Final = 1.0
"""A wall clock this far from ours was set by hand, and is followed. [seconds]"""
GC_THRESHOLDS: Final = (50_000, 50, 100)
"""Allocations before a collection: nothing on a query's way makes cycles, so the collector need rarely look."""

_log: Final = logging.getLogger("dnsguard.worker")


class Worker:
    """Joins the parts; the only place that knows them all."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments: Final = arguments
        self._counters: Final = Counters(arguments.counters)
        self._counters.clear_gauges()
        self._link: Final = HubLink(
            arguments.hub, index=arguments.index, epoch=arguments.epoch, counters=self._counters
        )
        self._teller: Final = Teller()
        self._loop: Final = asyncio.get_running_loop()
        self._offset = clock() - time.monotonic()
        self._pipeline: Pipeline | None = None
        self._settings: Settings | None = None
        self._upstreams: Upstreams | None = None
        self._udp: list[UdpListener] = []
        self._tcp: TcpListener | None = None
        self._ended: Final = asyncio.Event()
        self._draining = False
        self._crashes: Final[dict[str, int]] = {}

    async def run(self) -> None:
        """Serve until told to drain."""
        self._loop.add_signal_handler(signal.SIGTERM, self._on_drain)
        # Ctrl-C reaches the whole process group; the hub decides what comes of it
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        running = [
            spawn(self._link.run(self._on_configure, self._on_drain), "link"),
            spawn(self._orphaned(), "orphaned"),
        ]
        await self._ended.wait()
        for task in running:
            task.cancel()

    async def _orphaned(self) -> None:
        """End if the hub dies before it said what to serve: our sockets would swallow queries others could take."""
        missed = 0
        while self._settings is None and missed < ORPHANED:
            await asyncio.sleep(FLUSH_EVERY)
            missed = 0 if self._link.connected else missed + 1
        if self._settings is None:
            self._ended.set()

    def now(self) -> float:
        """Unix seconds that never jump back by themselves."""
        return time.monotonic() + self._offset

    # configuration

    async def _on_configure(self, message: Configure) -> None:
        settings = parse(message.text, Path(message.base))
        setup(
            settings.log.level,
            settings.log.format,
            mask_clients=settings.log.mask_clients,
            process=f"worker {self._arguments.index}",
        )
        snapshot = await asyncio.to_thread(Snapshot.open, Path(message.snapshot)) if message.snapshot else EMPTY
        rules = assemble.rules(settings, snapshot, message.number, self._on_crash)
        pipeline = self._pipeline or Pipeline(rules, self._counters, self._teller)
        upstreams = self._upstreams
        if upstreams is None or self._settings is None or _asks_others(self._settings, settings):
            upstreams = self._open_upstreams(settings, pipeline)
        # all that can fail is behind us: from here on the new configuration holds
        self._teller.mask_clients = settings.alerts.mask_clients
        pipeline.configure(rules)
        self._pipeline = pipeline
        if self._upstreams is not None and self._settings is not None and upstreams is not self._upstreams:
            spawn(self._retire(self._upstreams, float(self._settings.upstream.timeout)), "retire")
        self._upstreams = upstreams
        if self._settings is None:
            self._listen(settings)
        self._settings = settings
        gc.collect()
        gc.freeze()

    def _listen(self, settings: Settings) -> None:
        for fd in self._arguments.udp:
            udp = UdpListener(socket.socket(fileno=fd), self._handle)
            self._udp.append(udp)
            self._loop.add_reader(udp.sock, udp.on_readable)
        self._tcp = TcpListener([socket.socket(fileno=fd) for fd in self._arguments.tcp], self._handle, settings.listen)
        self._tcp.start()
        self._loop.call_later(TICK, self._tick)
        spawn(self._report(), "report")

    def _open_upstreams(self, settings: Settings, pipeline: Pipeline) -> Upstreams:
        pool = Upstreams(settings.upstream, pipeline, self._counters, self.now, self._flush)
        # port 0 is for tests: nobody can name it in resolv.conf
        own = [address for address in settings.listen.dns if not address.endswith(":0")]
        bootstrap = Bootstrap([parse_server(text) for text in settings.upstream.bootstrap], own=own)

        def channel(server: Server) -> Channel:
            if server.kind == "udp":
                return UdpChannel(server, settings.upstream, pool, self._loop)
            return StreamChannel(server, open_exchange(server, bootstrap), settings.upstream, pool)

        def group(texts: Sequence[str]) -> list[Channel]:
            servers: dict[str, Server] = {}
            for text in texts:
                found = system_servers(own=own) if text == "system" else (parse_server(text),)
                servers.update({server.text: server for server in found})
            return [channel(server) for server in servers.values()]

        pool.open([group(settings.upstream.servers), *(group(forward.servers) for forward in settings.forward)])
        return pool

    async def _retire(self, upstreams: Upstreams, patience: float) -> None:
        """Let the old servers answer what they were asked, then close them."""
        end = self._loop.time() + patience + 1
        while self._loop.time() < end:
            upstreams.tick(self.now())
            await asyncio.sleep(TICK)
        await upstreams.close()

    # the way of a query

    def _handle(self, source: Source, packets: list[bytes], peers: list[Any], clients: list[bytes]) -> None:
        pipeline = self._pipeline
        assert pipeline is not None
        out, out_peers = pipeline.on_queries(source, packets, peers, clients, self.now())
        if self._teller.outgoing:
            # before the answers: whoever is told that a name is blocked finds its alert, even if we die now
            self._link.tell(self._teller.take())
        if out:
            source.send(out, out_peers)
        if pipeline.forwards:
            forwards, pipeline.forwards = pipeline.forwards, []
            assert self._upstreams is not None
            self._upstreams.send(forwards)

    def _flush(self) -> None:
        """Send the replies that answers have brought, findings first."""
        pipeline = self._pipeline
        if pipeline is None or not pipeline.replies:
            return
        if self._teller.outgoing:
            self._link.tell(self._teller.take())
        replies, pipeline.replies = pipeline.replies, []
        first = replies[0][0]
        if all(reply[0] is first for reply in replies):
            first.send([reply[2] for reply in replies], [reply[1] for reply in replies])
            return
        by_source: dict[int, tuple[Source, list[bytes], list[Any]]] = {}
        for source, peer, packet in replies:
            _, packets, peers = by_source.setdefault(id(source), (source, [], []))
            packets.append(packet)
            peers.append(peer)
        for source, packets, peers in by_source.values():
            source.send(packets, peers)

    # time

    def _tick(self) -> None:
        if self._ended.is_set() or self._pipeline is None or self._upstreams is None:
            return
        now = self.now()
        self._pipeline.on_tick(now)
        self._upstreams.tick(now)
        self._flush()
        self._loop.call_later(TICK, self._tick)

    async def _report(self) -> None:
        """Tell the hub how we do, and what was folded."""
        told = 0.0
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            self._link.tell(self._teller.flush(self.now()))
            if abs(clock() - self.now()) > MAX_DRIFT:
                self._offset = clock() - time.monotonic()
            if self._loop.time() - told >= STATUS_EVERY - 0.1:
                told = self._loop.time()
                self._link.status(self._status())
            self._count()

    def _count(self) -> None:
        """Bring the counters up to date that others keep."""
        if self._upstreams is not None:
            rejected = sum(channel.rejected_so_far for group in self._upstreams.groups for channel in group)
            self._counters.set(count.UPSTREAM_REJECTED, rejected)
        if self._tcp is not None:
            self._counters.set(count.TCP_CONNECTIONS, self._tcp.connections)
            self._counters.set(count.TCP_CLOSED, sum(self._tcp.closed[reason] for reason in CUT))

    def _status(self) -> Status:
        upstreams = self._upstreams
        settings = self._settings
        assert upstreams is not None
        assert settings is not None
        names = ["", *(", ".join(forward.names) for forward in settings.forward)]
        return Status(
            upstreams=[
                UpstreamStatus(
                    server=channel.server.text,
                    healthy=not channel.down,
                    rtt=channel.rtt,
                    names=zone,
                    error=channel.error,
                )
                for zone, group in zip(names, upstreams.groups, strict=False)
                for channel in group
            ],
            generation=self._pipeline.rules.generation if self._pipeline else 0,
            draining=self._draining,
        )

    def _on_crash(self, slug: str, error: Exception) -> None:
        if slug in count.DETECTOR_ERRORS:
            self._counters.add(count.DETECTOR_ERRORS[slug])
        crashes = self._crashes[slug] = self._crashes.get(slug, 0) + 1
        # the metric counts every one; the log shows the 1st, 2nd, 4th, 8th …, so that a flood of them fills no disk
        if crashes & (crashes - 1) == 0:
            _log.error("crashed and was skipped", exc_info=error, extra={"part": slug, "crashes": crashes})

    # the end

    def _on_drain(self) -> None:
        if not self._draining:
            self._draining = True
            spawn(self._drain(), "drain")

    async def _drain(self) -> None:
        """Take what is queued, answer what is under way, hand over what was found, end."""
        for udp in self._udp:
            udp.on_readable()
            self._loop.remove_reader(udp.sock)
        end = self._loop.time() + DRAIN
        if self._tcp is not None:
            await self._tcp.drain(DRAIN)
        # polled, for nothing on a query's way should have to tell that it is the last
        while self._pipeline is not None and self._pipeline.waiting and self._loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(TICK)
        self._link.tell(self._teller.drain())
        await self._link.settle(max(end - self._loop.time(), 1.0))
        if self._upstreams is not None:
            await self._upstreams.close()
        self._ended.set()


def _asks_others(old: Settings, new: Settings) -> bool:
    """Whether the servers, or how they are asked, have changed."""
    return (old.upstream, old.forward) != (new.upstream, new.forward) or "system" in new.upstream.servers


def main() -> None:
    """Run one worker; its argument is Arguments as JSON."""
    import uvloop  # noqa: PLC0415 - not there on every system

    gc.set_threshold(*GC_THRESHOLDS)
    arguments = msgspec.json.decode(sys.argv[1], type=Arguments)

    async def serve() -> None:
        await Worker(arguments).run()

    uvloop.run(serve())


if __name__ == "__main__":
    main()
