"""The end: workers answer what is under way, findings reach the disk, what is due gets one attempt."""

import asyncio
import logging
from typing import Final

from dnsguard.hub.alerting import Alerting
from dnsguard.hub.care import Care
from dnsguard.hub.server import Server
from dnsguard.hub.supervisor import Supervisor

DRAIN: Final = 7.0
"""Most time for workers to end; they give queries under way 5 seconds. [seconds]"""
FLUSH: Final = 2.0
"""Most time for findings to reach the disk, and again for one attempt at what is due. [seconds]"""

_log = logging.getLogger("dnsguard.hub")


async def drain(
    running: "asyncio.Task[None]", supervisor: Supervisor, server: Server, care: Care, alerting: Alerting
) -> None:
    """Let all end in order; `running` is the task that ends when all workers have."""
    supervisor.stop()
    server.close()
    care.end_unconnected()
    done, _ = await asyncio.wait((running,), timeout=DRAIN)
    if not done:
        _log.warning("workers did not end in time and are killed")
        supervisor.kill()
        await asyncio.wait((running,))
    await server.all_gone(FLUSH)
    if not await server.inbox.flush(FLUSH):
        _log.error("findings could not be stored", extra={"findings": server.inbox.waiting})
    await alerting.finish(FLUSH)
