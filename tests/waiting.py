"""Waiting inside an event loop."""

import asyncio
from collections.abc import Callable


async def until(check: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for the first true result; the limit only ends a test that would never pass."""
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
