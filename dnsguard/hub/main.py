"""Joins the hub's parts: start, serve, reload, drain."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp.web import AppRunner

from dnsguard.alerts import database
from dnsguard.alerts.reader import Reader
from dnsguard.config import Settings
from dnsguard.config.feed_path import FOLDER
from dnsguard.hub import allow_file, audit, banner, control, reporting, sockets, web
from dnsguard.hub.alerting import Alerting
from dnsguard.hub.allows import Allows
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.recent import Recent
from dnsguard.hub.audit import Audit
from dnsguard.hub.care import Care
from dnsguard.hub.configuring import Configuring
from dnsguard.hub.control import Control
from dnsguard.hub.ending import drain
from dnsguard.hub.feedback import Marking
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.following import Following
from dnsguard.hub.handlers import handlers
from dnsguard.hub.heartbeats import Heartbeats
from dnsguard.hub.hour import Hour
from dnsguard.hub.launch import COMMAND
from dnsguard.hub.limits import let_workers_first, raise_descriptor_bound, workers
from dnsguard.hub.lists import Lists
from dnsguard.hub.notify import Notifier
from dnsguard.hub.report import Report
from dnsguard.hub.server import Server
from dnsguard.hub.signin.token import Token
from dnsguard.hub.statedir import StateDir
from dnsguard.hub.steering import Steering
from dnsguard.hub.streams import Streams
from dnsguard.hub.supervisor import Supervisor
from dnsguard.logging import setup
from dnsguard.tasks import clock, persist, spawn

PATIENCE: Final = 10.0
"""After this long one ready worker is enough to serve, and to let an earlier hub's workers go. [seconds]"""
LOOK: Final = 1.0
"""How often workers are looked at. [seconds]"""

_log = logging.getLogger("dnsguard.hub")


def run(path: Path | None, settings: Settings, command: Sequence[str] = COMMAND) -> int:
    """Serve until told to end; returns the exit status. DnsguardError if it can't start."""
    raise_descriptor_bound()
    let_workers_first()
    with StateDir(settings.state_dir) as state, contextlib.ExitStack() as stack:
        # all that can be wrong about addresses and privileges shows here, before anything runs
        bound = sockets.bind(settings.listen.dns, workers(settings), beside=state.previous is not None)
        for one in bound:
            stack.callback(one.close)
        page = stack.enter_context(web.bind(settings.listen.web)) if settings.listen.web else None

        async def serve() -> int:
            return await Hub(path, settings, state, bound, page, command).run()

        return asyncio.run(serve())


class Hub:
    """One run."""

    def __init__(
        self,
        path: Path | None,
        settings: Settings,
        state: StateDir,
        bound: Sequence[sockets.Bound],
        page: socket.socket | None,
        command: Sequence[str],
    ) -> None:
        self._state_dir: Final = state
        self._bound: Final = bound
        self._page: Final = page
        self._web: Final = web.address_of(page) if page else ""
        self._tls: Final = web.context(settings.console) if page else None
        self._steering: Final = Steering(bound)
        self._began: Final = time.monotonic()
        self._state: reporting.State = "starting"
        self._notifier: Final = Notifier()
        self._stop: Final = asyncio.Event()
        self._stop_now: Final = asyncio.Event()
        self._alerting: Final = Alerting(state.path / database.NAME, settings)
        self._streams: Final = Streams(state.path)
        self._feeds: Final = Feeds(
            state.path / FOLDER, settings, announce=self._alerting.announce, on_candidate=self._on_candidate
        )
        self._lists: Final = Lists(state.path / "lists", self._feeds)
        self._server: Final = Server(state.hub_socket, state.epoch, self._alerting, self._on_change)
        trail = Audit(state.path / audit.NAME)
        self.allows: Final = Allows(state.path / allow_file.NAME, trail, self._server)
        self.marking: Final = Marking(state.path / database.NAME, trail, self._alerting.change)
        answers = handlers(self._feeds, self._lists, self.allows, self.marking)
        self._control: Final = Control(state.path / control.NAME, answers)
        self._configuring: Final = Configuring(path, settings, self._lists, self._server, self._apply)
        self._following: Final = Following(self._configuring, self._notifier, self._summary)
        self._supervisor: Final = Supervisor(
            bound, workers(settings), epoch=state.epoch, hub_socket=state.hub_socket, command=command
        )
        self._care: Final = Care(self._supervisor, self._server)
        self._heartbeats: Final = Heartbeats(lambda: self._server.own, self._cells, self._alerting.announce)
        self._parts: Final = Parts(
            report=self._report,
            cells=self._cells,
            began=clock(),
            configuring=self._configuring,
            reload=self._following.reload,
            lists=self._lists,
            feeds=self._feeds,
            alerts=Reader(state.path / database.NAME),
            allows=self.allows,
            marking=self.marking,
            hour=Hour(),
            pictures=Recent(time.monotonic),
            events=self._alerting.events,
        )

    async def run(self) -> int:
        """Serve until a signal says to end."""
        self._listen_to_signals()
        await self._streams.configure(self._configuring.settings)
        running = spawn(self._supervisor.run(), "workers")
        tasks = [
            spawn(persist(self._alerting.run, "alerts"), "alerts"),
            spawn(persist(self._server.run, "link"), "link"),
            spawn(persist(self._following.run, "configuration"), "configuration"),
            spawn(persist(self._feeds.run, "feeds"), "feeds"),
            spawn(persist(self._control.run, "commands"), "commands"),
            spawn(persist(self.allows.run, "allows"), "allows"),
            spawn(persist(self._heartbeats.run, "heartbeats"), "heartbeats"),
            spawn(persist(self._look_after, "care"), "care"),
        ]
        runner: AppRunner | None = None
        try:
            if self._page is not None:
                runner = await web.start(self._page, self._parts, Token(self._state_dir.path), self._tls)
            await self._stop.wait()
            return await self._end(running)
        finally:
            if runner is not None:
                await runner.cleanup()
            self._supervisor.stop()
            self._supervisor.kill()
            for task in tasks:
                task.cancel()
            await asyncio.gather(running, *tasks, return_exceptions=True)
            await self._alerting.close()
            await self._streams.close()
            self._supervisor.close()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._following.ask)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_end)

    def _on_candidate(self) -> None:
        self._following.wake()

    def _on_change(self) -> None:
        """A worker came, went, or answered a configuration."""
        asyncio.get_running_loop().call_soon(self._look_at_workers)
        self._following.wake()

    def _on_end(self) -> None:
        if self._stop.is_set():
            self._stop_now.set()
        self._stop.set()

    async def _apply(self, settings: Settings) -> None:
        setup(settings.log.level, settings.log.format, mask_clients=settings.log.mask_clients, process="hub")
        web.renew(self._tls, settings.console)
        self._feeds.configure(settings)
        await self._alerting.configure(settings)
        await self._streams.configure(settings)

    # serving

    async def _look_after(self) -> None:
        while True:
            self._notifier.watchdog()
            self._care.look()
            self._parts.hour.look(self._cells(), clock())
            self._look_at_workers()
            await asyncio.sleep(min(LOOK, self._notifier.watchdog_every or LOOK))

    def _look_at_workers(self) -> None:
        if self._state == "draining":
            return
        ready = 0
        for peer in self._server.own:
            if peer.ready:
                self._supervisor.serves(peer.hello.pid)
                ready += 1
        waited = time.monotonic() - self._began > PATIENCE
        enough = ready == len(self._supervisor.workers) or (ready > 0 and waited)
        if enough and self._state == "starting":
            self._state = "serving"
            self._serves()
        self._notifier.status(self._summary())
        strangers = self._server.strangers
        if enough and any(not peer.draining for peer in strangers):
            self._steering.pass_by(len({peer.hello.worker for peer in strangers}))
            self._server.drain(strangers)
            _log.info("workers of an earlier run drain", extra={"workers": len(strangers)})
        elif not strangers:
            self._steering.settle()

    def _serves(self) -> None:
        listening = [one.address for one in self._bound]
        try:
            self._state_dir.publish(listening, self._web)
        except OSError as error:
            _log.error("hub.json cannot be written", extra={"error": str(error)})
        self._notifier.ready(self._summary())
        if sys.stdout.isatty():
            print(*banner.lines(self._report(), self._configuring.settings, self._web), sep="\n", flush=True)  # noqa: T201
        else:
            _log.info("serving", extra={"dns": listening, "web": self._web, "workers": len(self._supervisor.workers)})
        if not self._steering.works:
            _log.warning("this kernel does not steer clients to workers: state of a client is spread over them")

    def _summary(self) -> str:
        ready = sum(peer.ready for peer in self._server.own)
        refused = "; the configuration file is wrong, the one before it holds" if self._configuring.faults else ""
        return f"{self._state}, {ready} of {len(self._supervisor.workers)} workers ready{refused}"

    # for the web

    def _cells(self) -> Sequence[Sequence[int]]:
        """Each worker's counters, by index."""
        return [worker.counters.cells.tolist() for worker in self._supervisor.workers]

    def _report(self) -> Report:
        return reporting.report(
            self._state,
            [one.address for one in self._bound],
            self._steering.works,
            self._supervisor,
            self._server,
            self._configuring,
            self._lists,
            self._feeds,
            self._alerting,
            self._heartbeats,
            self._streams,
            self.allows,
        )

    # the end

    async def _end(self, running: "asyncio.Task[None]") -> int:
        """Drain; a second signal ends it at once, with status 1."""
        draining = spawn(self._drain(running), "drain")
        hurry = spawn(self._stop_now.wait(), "hurry")
        await asyncio.wait((draining, hurry), return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if draining.done() and not draining.cancelled() and draining.exception() is None:
            _log.info("ended")
            return 0
        draining.cancel()
        await asyncio.wait((draining,))
        _log.warning("ended at once; findings not yet on disk may be lost")
        return 1

    async def _drain(self, running: "asyncio.Task[None]") -> None:
        self._state = "draining"
        self._notifier.stopping()
        _log.info("draining")
        await drain(running, self._supervisor, self._server, self._care, self._alerting)
