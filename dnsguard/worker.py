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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.config import Settings, parse
from dnsguard.crashes import Crashes
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.link import Allows, Arguments, Configure, Elsewhere, HubLink, Status, UpstreamStatus
from dnsguard.listen.tcp import TcpListener
from dnsguard.listen.tcp_connection import Reason
from dnsguard.listen.udp import UdpListener
from dnsguard.logging import setup
from dnsguard.memory_file import MemoryFile
from dnsguard.memory_metrics import MemoryMetrics
from dnsguard.model import Detection
from dnsguard.pending import Source
from dnsguard.pipeline import Pipeline
from dnsguard.policy.temporary import Temporary
from dnsguard.rules import Rules
from dnsguard.selftest import Crash, SelfTest
from dnsguard.sharing import Sharing
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.tasks import LoopErrors, clock, persist, spawn
from dnsguard.upstream.keeper import Keeper, Wanted
from dnsguard.upstream.pool import TICK
from dnsguard.watching import Watching

CUT: Final = tuple(set(Reason) - {Reason.CLIENT, Reason.LOST, Reason.IDLE, Reason.DRAINED})
"""Ends of TCP connections that a client did not choose."""
ORPHANED: Final = 5
"""Seconds without a hub after which a worker that was never configured ends."""
DRAIN: Final = 5.0
"""How long queries under way may take once the worker is told to end. [seconds]"""
STATUS_EVERY: Final = 2.0
"""[seconds]"""
FLUSH_EVERY: Final = 1.0
"""Folded repeats go to the hub this often at most, see alerts/fold.py. [seconds]"""
MAX_DRIFT: Final = 1.0
"""A wall clock this far from ours was set by hand: what is told carries its time. [seconds]"""
QUEUED: Final = 100
"""Turns of a listener that take what came before the end; the kernel's buffer holds some ten of them."""
GC_THRESHOLDS: Final = (50_000, 50, 100)
"""Allocations before a collection: nothing on a query's way makes cycles, so the collector need rarely look."""
SWITCH: Final = 0.0001
"""How long the thread that reads a new configuration may hold the interpreter while queries wait. Measured while a
snapshot of a million names is opened: the longest wait was 5.1 ms at CPython's default of 5 ms, 3.2 ms so. [seconds]"""
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where that can be had: answers age meanwhile."""

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
        self._offset: Final = clock() - time.clock_gettime(_CLOCK)
        self._drift = 0.0
        self._pipeline: Pipeline | None = None
        self._settings: Settings | None = None
        self._servers: Keeper | None = None
        self._udp: list[UdpListener] = []
        self._tcp: TcpListener | None = None
        self._ended: Final = asyncio.Event()
        self._draining = False
        self._on_crash: Final = Crashes(self._counters)
        self._memory: Final = Memory()
        self._temporary: Final = Temporary()
        self._memory_file: Final = MemoryFile(Path(arguments.hub).parent, arguments.index, self._memory)
        self._sharing: Final = Sharing(Path(arguments.hub).parent, self._memory, self._link)
        self._watching: Final = Watching(Path(arguments.hub).parent, self._counters)
        self._memory_metrics: Final = MemoryMetrics(self._memory, self._counters)
        self._tcp_cut = 0
        self._selftest: Final = SelfTest()

    async def run(self) -> None:
        """Serve until told to drain."""
        self._loop.set_exception_handler(LoopErrors(self._loop.time))
        self._loop.add_signal_handler(signal.SIGTERM, self._on_drain)
        # Ctrl-C reaches the whole process group; the hub decides what comes of it
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        running = [
            spawn(self._link.run(self._on_configure, self._on_drain, self._on_allows, self._on_elsewhere), "link"),
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
        """Unix seconds that never jump, whoever sets the clock: time-outs and TTLs are counted in them."""
        return time.clock_gettime(_CLOCK) + self._offset

    # configuration

    async def _on_configure(self, message: Configure) -> None:
        # in a thread, for it may take long and queries are answered meanwhile
        settings, rules, wanted = await asyncio.to_thread(self._read, message)
        pipeline = self._pipeline or Pipeline(rules, self._counters, self._teller)
        servers = self._servers or Keeper(pipeline, self._counters, self.now, self._flush)
        servers.hold(wanted)
        # all that can fail is behind us: from here on the new configuration holds
        setup(
            settings.log.level,
            settings.log.format,
            mask_clients=settings.log.mask_clients,
            process=f"worker {self._arguments.index}",
        )
        self._teller.configure(mask_clients=settings.alerts.mask_clients, repeat_every=settings.alerts.repeat_every)
        pipeline.rules.inspector.count_judged(self._counters.cells)
        pipeline.configure(rules)
        pipeline.watch = self._watching.configure(settings)
        self._pipeline = pipeline
        self._servers = servers
        self._settings = settings
        if self._tcp is None:
            self._listen(settings)
            # what is here now stays, and need not be looked at again
            gc.collect()
            gc.freeze()

    def _on_allows(self, message: Allows) -> None:
        # their ends are the hub's wall clock's, which ours may differ from
        self._temporary.hold(msgspec.structs.replace(one, until=one.until - self._drift) for one in message.allows)

    def _on_elsewhere(self, message: Elsewhere) -> None:
        self._sharing.take(message, self.now())

    def _read(self, message: Configure) -> tuple[Settings, Rules, Wanted]:
        settings = parse(message.text, Path(message.base))
        snapshot = Snapshot.open(Path(message.snapshot)) if message.snapshot else EMPTY
        rules = assemble.rules(settings, snapshot, message.number, self._on_crash, self._memory, self._temporary)
        # port 0 is for tests: nobody can name it in resolv.conf
        own = tuple(address for address in settings.listen.dns if not address.endswith(":0"))
        return settings, rules, Wanted(config=settings.upstream, forwards=settings.forward, own=own).found()

    def _listen(self, settings: Settings) -> None:
        for fd in self._arguments.udp:
            udp = UdpListener(socket.socket(fileno=fd), self._handle)
            self._udp.append(udp)
            self._loop.add_reader(udp.sock, udp.on_readable)
        self._tcp = TcpListener([socket.socket(fileno=fd) for fd in self._arguments.tcp], self._handle, settings.listen)
        self._tcp.start()
        self._loop.call_later(TICK, self._tick)
        spawn(persist(self._report, "report"), "report")
        spawn(persist(self._memory_file.keep, "memory"), "memory")
        spawn(persist(lambda: self._selftest.run(self._rules, self.now), "self-test"), "self-test")

    # the way of a query

    def _handle(self, source: Source, packets: list[bytes], peers: list[Any], clients: list[bytes]) -> None:
        pipeline = self._pipeline
        assert pipeline is not None
        out, out_peers = pipeline.on_queries(source, packets, peers, clients, self.now())
        if self._teller.outgoing:
            # before the answers: whoever is told that a name is blocked finds its alert, even if we die now
            self._tell(self._teller.take())
        if out:
            source.send(out, out_peers)
        if pipeline.forwards:
            forwards, pipeline.forwards = pipeline.forwards, []
            assert self._servers is not None
            self._servers.pool.send(forwards)

    def _flush(self) -> None:
        """Send the replies that answers have brought, findings first."""
        pipeline = self._pipeline
        if pipeline is None or not pipeline.replies:
            return
        if self._teller.outgoing:
            self._tell(self._teller.take())
        for source, packets, peers in pipeline.take_replies():
            source.send(packets, peers)

    def _tell(self, detections: Sequence[Detection]) -> None:
        if self._drift:
            detections = [
                msgspec.structs.replace(one, time=one.time + self._drift, last=one.last and one.last + self._drift)
                for one in detections
            ]
        self._link.tell(detections)

    # time

    def _tick(self) -> None:
        if self._ended.is_set() or self._pipeline is None or self._servers is None:
            return
        self._loop.call_later(TICK, self._tick)
        now = self.now()
        for step in (self._servers.pool.tick, self._pipeline.on_tick):
            try:
                step(now)
            except Exception as error:  # noqa: BLE001 - time goes on for the others
                self._loop.call_exception_handler({"message": "a tick failed", "exception": error})
        self._flush()
        if self._pipeline.watch is not None:
            self._pipeline.watch.flush(now, self._drift)

    async def _report(self) -> None:
        """Tell the hub how we do, and what was folded."""
        told = 0.0
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            drift = clock() - self.now()
            self._drift = drift if abs(drift) > MAX_DRIFT else 0.0
            self._tell(self._teller.flush(self.now()))
            self._sharing.tell(self.now())
            self._rules().inspector.count_judged(self._counters.cells)
            if self._servers is not None:
                self._servers.follow()
            if self._loop.time() - told >= STATUS_EVERY - 0.1:
                told = self._loop.time()
                self._link.status(self._status())
                self._memory_metrics.show()
            if self._tcp is not None:
                self._counters.set(count.TCP_CONNECTIONS, self._tcp.connections)
                cut = sum(self._tcp.closed[reason] for reason in CUT)
                self._counters.add(count.TCP_CLOSED, cut - self._tcp_cut)
                self._tcp_cut = cut

    def _status(self) -> Status:
        assert self._servers is not None and self._settings is not None  # noqa: PT018 - one thought
        names = ["", *(", ".join(forward.names) for forward in self._settings.forward)]
        return Status(
            upstreams=[
                UpstreamStatus(channel.server.text, not channel.down, channel.rtt, zone, channel.error)
                for zone, group in zip(names, self._servers.pool.groups, strict=False)
                for channel in group
            ],
            generation=self._pipeline.rules.generation if self._pipeline else 0,
            draining=self._draining,
            selftests=self._selftest.status(self.now()),
        )

    def _rules(self) -> Rules:
        assert self._pipeline is not None
        return self._pipeline.rules

    # the end

    def _on_drain(self) -> None:
        if not self._draining:
            self._draining = True
            spawn(self._drain(), "drain")

    async def _drain(self) -> None:
        """Take what is queued, answer what is under way, hand over what was found, end."""
        end = self._loop.time() + DRAIN
        try:
            for udp in self._udp:
                turns = 0
                while udp.on_readable() and turns < QUEUED:
                    turns += 1
                self._loop.remove_reader(udp.sock)
            if self._tcp is not None:
                await self._tcp.drain(DRAIN)
            # polled, for nothing on a query's way should have to tell that it is the last
            while self._pipeline is not None and self._pipeline.waiting and self._loop.time() < end:  # noqa: ASYNC110
                await asyncio.sleep(TICK)
            self._tell(self._teller.drain())
            self._watching.close()
            await self._link.settle(max(end - self._loop.time(), 1.0))
            if self._pipeline is not None:
                await self._memory_file.write()
            if self._servers is not None:
                await self._servers.close()
        finally:
            self._ended.set()


def prepare() -> Iterator[None]:
    """Load what the first query would load, step by step: play what detectors must find to nobody."""
    yield
    rules = assemble.rules(Settings(), EMPTY, 0, Crash())
    own = SelfTest()
    for behaviour in BEHAVIOURS:
        yield from own.test(behaviour, rules, clock())


def main() -> None:
    """Run one worker; its argument is Arguments as JSON."""
    import uvloop  # noqa: PLC0415 - not there on every system

    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH)
    arguments = msgspec.json.decode(sys.argv[1], type=Arguments)

    async def serve() -> None:
        await Worker(arguments).run()

    uvloop.run(serve())


if __name__ == "__main__":
    main()
