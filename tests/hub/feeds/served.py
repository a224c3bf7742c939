"""A server of lists on this machine, that does what a test wants with each request."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass
class Served:
    """`answer` gets each request; what it returns is sent."""

    answer: Handler = lambda _: web.Response(text="evil.example\n")
    requests: list[web.Request] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/list.txt"

    async def hang(self, _: web.Request) -> web.StreamResponse:
        """Let the asker wait until this server ends."""
        await self.closing.wait()
        return web.Response()

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.answer(request)
        return answer if isinstance(answer, web.StreamResponse) else await answer


@asynccontextmanager
async def served(
    answer: Handler | str = "evil.example\n", context: ssl.SSLContext | None = None
) -> AsyncIterator[Served]:
    """Serve every path by `answer`, or a text with an ETag; over TLS if there is a context."""
    server = Served(tagged(answer) if isinstance(answer, str) else answer)
    app = web.Application()
    app.router.add_get("/{path:.*}", server.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.port = runner.addresses[0][1]
    server.scheme = "https" if context else "http"
    try:
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()


def tagged(text: str, tag: str = '"1"') -> Handler:
    """A text that is sent again only to those who do not have it."""

    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=text, headers={"ETag": tag})

    return answer


async def pieces(
    request: web.Request, parts: AsyncIterator[bytes], headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """A body that comes in parts, for as long as there are any."""
    response = web.StreamResponse(headers=headers or {})
    await response.prepare(request)
    try:
        async for part in parts:
            await response.write(part)
    except OSError:
        pass  # the reader has enough
    return response


async def forever(part: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    while True:
        yield part
        await asyncio.sleep(pause)
