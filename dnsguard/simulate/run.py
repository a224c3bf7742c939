"""Plays all behaviours against one server, and notes which alerts arrive."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dnsguard.behaviours.behaviour import Behaviour
from dnsguard.config import Settings
from dnsguard.model import ALERT_TYPES, AlertType
from dnsguard.simulate.client import Client
from dnsguard.simulate.receiver import Arrival, Receiver
from dnsguard.simulate.server import Server
from dnsguard.simulate.upstream import Upstream

LAST_CHANCE: Final = 6.0
"""How long alerts are waited for when all is sent. [seconds]"""
DEADLINE: Final = 45.0
"""A server that answers nothing makes each client wait: most time for all of it, once it serves. [seconds]"""
NETWORK: Final = "127.0.13."
"""Each client has an address of its own here, which no alert about anything else names."""


@dataclass(slots=True)
class Outcome:
    """What came of one behaviour."""

    behaviour: Behaviour
    client: str = ""
    packets: int = 0
    """How many were sent."""
    began: float | None = None
    """When the first was sent, by the same clock as the arrival. [seconds]"""
    arrival: Arrival | None = None

    @property
    def alert_type(self) -> AlertType:
        """Of the alert that is to arrive."""
        return ALERT_TYPES[self.behaviour.slug]

    @property
    def seconds(self) -> float | None:
        """From the first packet to the alert; None: it did not arrive."""
        return None if self.arrival is None or self.began is None else self.arrival.time - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of all."""

    outcomes: tuple[Outcome, ...]
    others: int
    """Alerts that arrived besides: one behaviour may raise several."""
    refused: int
    """Messages at the receiver that were not signed as they should."""
    seconds: float
    """From the server's start to the last arrival."""
    troubles: tuple[str, ...]
    """Warnings of the server, the last of them."""

    @property
    def missing(self) -> tuple[Outcome, ...]:
        """Those whose alert did not arrive."""
        return tuple(outcome for outcome in self.outcomes if outcome.arrival is None)


OnProgress = Callable[[str, int], None]
"""Takes what happens now, and how many alerts have arrived."""


async def simulate(settings: Settings, behaviours: Sequence[Behaviour], on_progress: OnProgress) -> Result:
    """Play the behaviours in order; DnsguardError or OSError if no server can be had."""
    return await _Simulation(settings, behaviours, on_progress).run()


class _Simulation:
    def __init__(self, settings: Settings, behaviours: Sequence[Behaviour], on_progress: OnProgress) -> None:
        self._settings: Final = settings
        self._behaviours: Final = behaviours
        self._on_progress: Final = on_progress
        self._outcomes: Final = tuple(Outcome(behaviour) for behaviour in behaviours)
        self._clock: Final = time.monotonic
        self._changed: Final = asyncio.Event()
        self._others: Final[set[str]] = set()

    async def run(self) -> Result:
        started = self._clock()
        self._tell("starting the server, compiling its lists")
        transport, upstream = await Upstream.start(self._behaviours)
        try:
            with tempfile.TemporaryDirectory(prefix="dnsguard-simulate-") as folder:
                async with Receiver(self._clock, self._take) as receiver:
                    webhook = {"name": "simulate", "url": receiver.url, "secret": receiver.secret}
                    server = Server(self._settings, Path(folder), upstream=upstream, webhook=webhook)
                    async with server:
                        with suppress(TimeoutError):
                            async with asyncio.timeout(DEADLINE):
                                await self._play(server.port)
                                await self._wait()
                        ended = self._clock()
                    return Result(
                        outcomes=self._outcomes,
                        others=len(self._others),
                        refused=receiver.refused,
                        seconds=ended - started,
                        troubles=tuple(server.troubles()),
                    )
        finally:
            transport.close()

    async def _play(self, port: int) -> None:
        for number, outcome in enumerate(self._outcomes, start=1):
            self._tell(f"a client {outcome.behaviour.story}")
            transport, client = await Client.connect(f"{NETWORK}{number}", port)
            try:
                outcome.client = transport.get_extra_info("sockname")[0]
                outcome.began = self._clock()
                outcome.packets = await client.send(transport, outcome.behaviour.packets())
            finally:
                transport.close()

    async def _wait(self) -> None:
        """Wait for what has not arrived yet."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_CHANCE):
                while missing := sum(outcome.arrival is None for outcome in self._outcomes):
                    self._tell(f"waiting for {missing} more")
                    self._changed.clear()
                    await self._changed.wait()

    def _take(self, arrival: Arrival) -> None:
        self._changed.set()
        for outcome in self._outcomes:
            if arrival.client == outcome.client and arrival.alert_type == outcome.alert_type.id:
                if outcome.arrival is None:
                    outcome.arrival = arrival
                return
        self._others.add(arrival.id)

    def _tell(self, what: str) -> None:
        self._on_progress(what, sum(outcome.arrival is not None for outcome in self._outcomes))
