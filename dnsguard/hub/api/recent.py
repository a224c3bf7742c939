"""Keeps what was made a moment ago, so that many who look cost what one does."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from cachetools import TTLCache

from dnsguard.tasks import spawn

T = TypeVar("T")

KEPT: Final = 16
"""Kinds of one thing kept at a time: each console asks for two, in its own width and time zone."""
FRESH: Final = 5.0
"""Nobody gets what is older; half of the time after which a console asks again. [seconds]"""


class Recent(Generic[T]):
    """What was made, by kind."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._made: Final[TTLCache[Hashable, asyncio.Task[T]]] = TTLCache(KEPT, FRESH, seconds)

    async def get(self, kind: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Make it, unless that was done, or begun, a moment ago; whoever waits gets the error if it fails."""
        task = self._made.get(kind)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._made[kind] = spawn(_run(make), "making what several look at")
        # one who goes away takes it from nobody else
        return await asyncio.shield(task)


async def _run(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
