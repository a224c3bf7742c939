"""Follows the configuration while the hub runs: files that change, lists that come, and whoever asks for a reload."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

from dnsguard.hub.configuring import Configuring
from dnsguard.hub.notify import Notifier

LOOK: Final = 1.0
"""How often files are looked at. [seconds]"""
OFFER: Final = 5.0
"""How often workers that could not take their first configuration are offered it again. [seconds]"""
TAKEN: Final = 5.0
"""Whoever changed config.toml waits so long for it to hold; lists may take longer to compile. [seconds]"""

_log = logging.getLogger("dnsguard.hub")


class Following:
    """Does all that concerns configurations, one thing after the other."""

    def __init__(self, configuring: Configuring, notifier: Notifier, summary: Callable[[], str]) -> None:
        """`summary` is how the hub does, in a line."""
        self._configuring: Final = configuring
        self._notifier: Final = notifier
        self._summary: Final = summary
        self._woken: Final = asyncio.Event()
        self._asked = False

    def wake(self) -> None:
        """Look now: a worker has answered, or a feed has brought something."""
        self._woken.set()

    def ask(self) -> None:
        """Read the configuration again."""
        self._asked = True
        self.wake()

    async def reload(self) -> None:
        """Read the configuration again, and wait until it has been handed out."""
        number = self._configuring.number
        self.ask()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAKEN):
                while self._configuring.number == number:  # noqa: ASYNC110 - it rises in several places
                    await asyncio.sleep(0.02)

    async def run(self) -> None:
        """Follow until cancelled."""
        if not self._configuring.number:
            await self._configuring.start()
        offered = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK)
            self._woken.clear()
            if self._asked:
                self._asked = False
                _log.info("reload asked for")
                self._notifier.reloading()
                await self._configuring.reload()
                self._notifier.ready(self._summary())
            await self._configuring.look()
            await self._configuring.settle()
            if time.monotonic() - offered > OFFER:
                offered = time.monotonic()
                self._configuring.retry()
