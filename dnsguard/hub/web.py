"""The hub's web listener: /healthz, /readyz, /metrics, and the API."""

import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from dnsguard.config.parse import MAX_FILE
from dnsguard.errors import DnsguardError
from dnsguard.hub.api import routes
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.metrics import CONTENT_TYPE, Metrics
from dnsguard.hub.sockets import explain, parse_address
from dnsguard.tasks import clock

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}
SHUTDOWN: Final = 1.0
"""How long a slow reader may hold up the end. [seconds]"""
MAX_BODY: Final = 2 * MAX_FILE
"""Most that is read of a request: a configuration that is to be checked, as JSON. [bytes]"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


async def start(sock: socket.socket, parts: Parts) -> web.AppRunner:
    """Serve on a bound socket until the runner's `cleanup`."""
    loopback = ipaddress.ip_address(sock.getsockname()[0]).is_loopback
    runner = web.AppRunner(_app(parts, loopback=loopback), access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    return runner


def _app(parts: Parts, *, loopback: bool) -> web.Application:
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
        report = parts.report()
        return _json(report, 200 if report.serving else 503)

    async def scrape(_request: web.Request) -> web.Response:
        body = metrics.render(parts.report(), parts.cells(), clock())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(middlewares=[guard], client_max_size=MAX_BODY)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", scrape)
    routes.mount(app, parts)
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
