"""The hub's web listener: /healthz, /readyz, /metrics, and a status page at `/`. It only reads."""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec
from aiohttp import web

from dnsguard.errors import DnsguardError
from dnsguard.hub import page
from dnsguard.hub.metrics import CONTENT_TYPE, Metrics
from dnsguard.hub.report import Report
from dnsguard.hub.sockets import explain, parse_address
from dnsguard.model import Detection
from dnsguard.tasks import clock

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}
SHUTDOWN: Final = 1.0
"""How long a slow reader may hold up the end. [seconds]"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Source(Protocol):
    """What the pages show; the hub."""

    async def report(self) -> Report:
        """How everything does."""

    def cells(self) -> Sequence[Sequence[int]]:
        """Each worker's counters, by index."""

    def recent(self) -> Sequence[Detection]:
        """The last detections, newest first."""


def bind(address: str) -> socket.socket:
    """Bind `listen.web`; DnsguardError says what to do."""
    try:
        family, host, port = parse_address(address)
        sock = socket.socket(family, socket.SOCK_STREAM)
    except ValueError as error:
        raise DnsguardError(f"listen.web: {error}") from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise DnsguardError(explain(address, error, "listen.web")) from error
    return sock


def address_of(sock: socket.socket) -> str:
    """Write where a socket listens, as in config.toml."""
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if sock.family is socket.AF_INET6 else f"{host}:{port}"


async def start(sock: socket.socket, source: Source) -> web.AppRunner:
    """Serve on a bound socket until the runner's `cleanup`."""
    loopback = ipaddress.ip_address(sock.getsockname()[0]).is_loopback
    runner = web.AppRunner(_app(source, loopback=loopback), access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    return runner


def _app(source: Source, *, loopback: bool) -> web.Application:
    metrics = Metrics()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if loopback and not _is_own_name(request.host):
            # a web site that points its own name at 127.0.0.1 must not read who asked for what (DNS rebinding)
            raise web.HTTPMisdirectedRequest(text="ask for it by address or as localhost\n")
        response = await handler(request)
        response.headers.update(HEADERS)
        return response

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        report = await source.report()
        return _json(report, 200 if report.serving else 503)

    async def scrape(_request: web.Request) -> web.Response:
        body = metrics.render(await source.report(), source.cells(), clock())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def home(request: web.Request) -> web.Response:
        report = await source.report()
        if "text/html" in request.headers.get("Accept", ""):
            return web.Response(text=page.render(report, source.recent(), clock()), content_type="text/html")
        return _json({"report": report, "recent": source.recent()}, 200)

    app = web.Application(middlewares=[guard])
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", scrape)
    app.router.add_get("/", home)
    return app


def _json(value: object, status: int) -> web.Response:
    body = msgspec.json.format(msgspec.json.encode(value), indent=2)
    return web.Response(body=body + b"\n", status=status, content_type="application/json")


def _is_own_name(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
