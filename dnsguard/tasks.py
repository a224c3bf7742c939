"""Background tasks that are neither lost nor silent, and the one place that reads the clock."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")

_log = logging.getLogger("dnsguard.tasks")

AGAIN: Final = 1.0
"""Wait before a crashed task runs again. [seconds]"""
SAME_ERROR: Final = 60.0
"""What goes wrong at one place of a callback again and again is logged this often. [seconds]"""
MAX_PLACES: Final = 100
"""Places remembered for that."""

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


class LoopErrors:
    """Logs what callbacks of the event loop raise: a place once a minute, with how often it happened since."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds: Final = seconds
        self._places: Final[dict[str, tuple[float, int]]] = {}

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """As loop.set_exception_handler wants it."""
        error = context.get("exception")
        place = str(context.get("message"))
        if isinstance(error, BaseException):
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{type(error).__name__} {f'{frames[-1].filename}:{frames[-1].lineno}' if frames else place}"
        until, unsaid = self._places.get(place, (0.0, 0))
        if self._seconds() < until:
            self._places[place] = (until, unsaid + 1)
            return
        if len(self._places) >= MAX_PLACES:
            self._places.clear()
        self._places[place] = (self._seconds() + SAME_ERROR, 0)
        _log.error(
            "an event could not be handled",
            exc_info=error if isinstance(error, BaseException) else None,
            extra={"what": str(context.get("message")), "unsaid": unsaid},
        )


def clock() -> float:
    """Unix seconds."""
    return time.time()  # noqa: TID251 - this is what the rule points to
