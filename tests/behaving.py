"""A running dnsguard to which all thirteen behaviours were shown, among ordinary queries: for what people look at."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Any

from dnsguard.behaviours import BEHAVIOURS
from dnsguard.simulate.client import Client
from dnsguard.simulate.upstream import Upstream
from tests import ask
from tests.lab import Dnsguard, Lab

ORDINARY = ["example.com", "www.example.org", "mail.example.net", "static.example.com", "api.example.org"]


@contextlib.contextmanager
def site(lab: Lab, **config: Any) -> Iterator[Dnsguard]:
    """Serve the starter lists, with the query log on; the simulation's own upstream answers."""
    with upstream() as port:
        yield lab.dnsguard(port, **{"mode": "alert", "starter_lists": True, "query_log": {"mode": "full"}, **config})


@contextlib.contextmanager
def upstream() -> Iterator[int]:
    """The port of a server that knows the behaviours' names, and an address for all others."""
    ready: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = queue.SimpleQueue()

    async def serve() -> None:
        ended = asyncio.Event()
        transport, port = await Upstream.start(BEHAVIOURS)
        ready.put((asyncio.get_running_loop(), ended, port))
        await ended.wait()
        transport.close()
        await asyncio.sleep(0.1)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    loop, ended, port = ready.get(timeout=10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)


def behave(server: Dnsguard) -> None:
    """Show all behaviours, each by a client of its own, and ask for ordinary names."""
    for name in ORDINARY * 20:
        ask.ask(server.port, name)

    async def play() -> None:
        for number, behaviour in enumerate(BEHAVIOURS, start=1):
            transport, client = await Client.connect(f"127.0.13.{number}", server.port)
            await client.send(transport, behaviour.packets())
            transport.close()
            await asyncio.sleep(0)

    asyncio.run(play())
