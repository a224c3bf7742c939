"""Background tasks that are neither lost nor silent, and the one place that reads the clock."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

_log = logging.getLogger("dnsguard.tasks")

AGAIN: Final = 1.0
"""Wait before a crashed task runs again. [seconds]"""

# the event loop only keeps weak references to tasks
_running: Final[set[asyncio.Task[Any]]] = set()


def spawn(coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Run `coro` beside the caller; it is kept alive, and a crash is logged with its traceback."""
    task = asyncio.create_task(coro, name=name)  # noqa: TID251 - this is what the rule points to
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background task crashed", exc_info=error, extra={"task": task.get_name()})


async def persist(make: Callable[[], Coroutine[Any, Any, T]], name: str) -> T:
    """Run something that its process cannot do without: where it crashes, that is logged, and it runs again."""
    while True:
        try:
            return await make()
        except Exception:  # noqa: BLE001 - whatever it is, the others go on
            _log.exception("task crashed; starting it again", extra={"task": name})
            await asyncio.sleep(AGAIN)


def clock() -> float:
    """Unix seconds."""
    return time.time()  # noqa: TID251 - this is what the rule points to
