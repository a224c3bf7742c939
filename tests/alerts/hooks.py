"""A webhook receiver on aiohttp that does what a test wants at each message."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook

from tests.receiver import SECRET

Answer = Callable[[int], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass
class Hook:
    """`answer` gets the number of the message (from 1); what it returns is sent."""

    answer: Answer = lambda _: web.Response(status=204)
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.messages]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """Microsoft's record of each message, in order of arrival."""
        return [msgspec.json.decode(body)["data"] for _, body in self.messages]

    def verify(self) -> None:
        for headers, body in self.messages:
            Webhook(SECRET).verify(body, headers)

    async def open(self) -> None:
        self._closing.clear()
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def hang(self) -> None:
        """Let the sender wait until this receiver ends."""
        await self._closing.wait()

    async def close(self) -> None:
        self._closing.set()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.messages.append(({key.lower(): value for key, value in request.headers.items()}, body))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answer(len(self.messages))
            return answer if isinstance(answer, web.StreamResponse) else await answer
        finally:
            self.at_once -= 1


@asynccontextmanager
async def hooked(answer: Answer | None = None) -> AsyncIterator[Hook]:
    hook = Hook(answer) if answer else Hook()
    await hook.open()
    try:
        yield hook
    finally:
        await hook.close()


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until it holds; a test that waits in vain fails with its source."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is a file's or a receiver's state
            await asyncio.sleep(0.01)
