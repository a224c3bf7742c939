"""The hub's web listener: /healthz, /readyz, /metrics, the API, and the console."""

import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from dnsguard.config.parse import MAX_FILE
from dnsguard.errors import DnsguardError
from dnsguard.hub import console
from dnsguard.hub.api import routes
from dnsguard.hub.api.openapi import BASE
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import Problem
from dnsguard.hub.api.requests import failure
from dnsguard.hub.metrics import CONTENT_TYPE, Metrics
from dnsguard.hub.signin.guard import Guard
from dnsguard.hub.signin.token import Token
from dnsguard.hub.sockets import explain, parse_address
from dnsguard.listen.console import ConsoleConfig
from dnsguard.tasks import clock

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
SHUTDOWN: Final = 1.0
"""How long a slow reader may hold up the end. [seconds]"""
MAX_LINE: Final = 1 << 14
"""Longest request line: a name of 1,024 characters of four octets each, percent-encoded, and the rest. [bytes]"""
MAX_BODY: Final = 2 * MAX_FILE
"""Most that is read of a request: a configuration that is to be checked, as JSON. [bytes]"""

_log = logging.getLogger("dnsguard.hub.web")

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


async def start(sock: socket.socket, parts: Parts, token: Token, tls: ssl.SSLContext | None = None) -> web.AppRunner:
    """Serve on a bound socket until the runner's `cleanup`."""
    loopback = ipaddress.ip_address(sock.getsockname()[0]).is_loopback
    prepare(token, parts.configuring.settings.console)
    guard = Guard(token, lambda: parts.configuring.settings.console, loopback=loopback, tls=tls is not None)
    app = _app(parts, guard, loopback=loopback)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN, max_line_size=MAX_LINE)
    await runner.setup()
    await web.SockSite(runner, sock, ssl_context=tls).start()
    return runner


def prepare(token: Token, console: ConsoleConfig) -> None:
    """Make the token where there is none; a disk that takes none keeps people out, and queries answered."""
    try:
        if console.enabled and token.ensure():
            _log.info("the console's token was made: `dnsguard console token` prints it")
    except DnsguardError as error:
        _log.error("nobody can sign in to the console", extra={"error": str(error)})


def context(console: ConsoleConfig) -> ssl.SSLContext | None:
    """What TLS is spoken with; None: none is. DnsguardError if the certificate or its key can't be used."""
    if not console.cert:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(console.cert, console.key)
    except (OSError, ssl.SSLError) as error:
        raise DnsguardError(f"console.cert: {console.cert} and {console.key} can't be used: {error}") from error
    return made


def renew(live: ssl.SSLContext | None, console: ConsoleConfig) -> None:
    """Take the certificate's file as it is now for connections from now on; one that can't be used changes nothing."""
    if live is None or not console.cert:
        return
    try:
        context(console)  # a key that does not belong to it would leave the live one with neither
        live.load_cert_chain(console.cert, console.key)
    except (DnsguardError, OSError) as error:
        _log.error("the console's new certificate is not taken, the one before it holds", extra={"error": str(error)})


def _app(parts: Parts, guard: Guard, *, loopback: bool) -> web.Application:
    metrics = Metrics()

    def check_host(request: web.Request) -> None:
        """Keep a web site that points its own name at 127.0.0.1 from reading who asked for what (DNS rebinding)."""
        if loopback and not _is_own_name(request.host, parts.configuring.settings.console.names):
            raise web.HTTPMisdirectedRequest(text="ask for it by address or as localhost\n")

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_host(request)
            return await handler(request)
        except web.HTTPException as error:
            if not request.path.startswith(f"{BASE}/"):
                raise
            said = failure(Problem(status=error.status, title=error.reason, detail=error.text or error.reason))
            if "Allow" in error.headers:
                said.headers["Allow"] = error.headers["Allow"]
            return said
        except Exception:
            if not request.path.startswith(f"{BASE}/"):
                raise
            _log.exception("a request crashed", extra={"path": request.path})
            return failure(Problem(status=500, title="Internal Server Error", detail="see dnsguard's log"))

    async def harden(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        report = parts.report()
        return _json(report, 200 if report.serving else 503)

    async def scrape(_request: web.Request) -> web.Response:
        body = metrics.render(parts.report(), parts.cells(), clock())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(middlewares=[errors], client_max_size=MAX_BODY)
    app.on_response_prepare.append(harden)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", scrape)
    routes.mount(app, parts, guard)
    console.mount(app, guard)
    return app


def _json(value: object, status: int) -> web.Response:
    body = msgspec.json.format(msgspec.json.encode(value), indent=2)
    return web.Response(body=body + b"\n", status=status, content_type="application/json")


def _is_own_name(host: str, names: Sequence[str]) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
