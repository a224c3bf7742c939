"""What has sockets of its own is tested on both event loops: uvloop, which serves, and asyncio's own, elsewhere."""

import asyncio
from collections.abc import Callable

import uvloop

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


async def until(check: Callable[[], object]) -> None:
    """Let the loop run until `check` holds; the limit only ends a test that would never pass."""
    async with asyncio.timeout(20):
        while not check():  # noqa: ASYNC110 - it has no event: it is a count, or happens in the kernel
            await asyncio.sleep(0.005)
