"""Whom a request comes from, and whether it may do what it asks for.

Three ways in: a bearer token (programs), a session's cookie (browsers), and a header of a trusted proxy. The latter
two are sent by a browser whoever made it send the request, so writes need a header that no other site can set: a cross
origin request with it asks first (CORS preflight), and is never answered. `SameSite=Strict` and a look at `Origin`
stand behind it (OWASP, Cross-Site Request Forgery Prevention Cheat Sheet).
"""

import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import web

from dnsguard.hub.api.problem import ProblemError
from dnsguard.hub.signin.sessions import Session, Sessions
from dnsguard.hub.signin.token import Token
from dnsguard.listen.console import ConsoleConfig
from dnsguard.tasks import clock

ASKED: Final = "X-DNSGuard-Request"
"""Header that a browser's writes must carry, with any value."""
SAFE: Final = frozenset({"GET", "HEAD"})
LONGEST_USER: Final = 64
"""Characters of a proxy's user that are kept."""
FAILURES: Final = 60.0
"""Wrong tokens are logged this often, and counted meanwhile. [seconds]"""

_log = logging.getLogger("dnsguard.hub.signin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is signed in."""

    how: Literal["token", "session", "proxy"]
    name: str
    """For the record of what was done by hand."""
    until: float | None = None
    """When the session ends. [unix seconds]"""

    @property
    def ambient(self) -> bool:
        """Whether a browser adds the proof by itself."""
        return self.how != "token"


class Guard:
    """Decides; `config` gives `[console]` as it holds now."""

    def __init__(self, token: Token, config: Callable[[], ConsoleConfig], *, loopback: bool, tls: bool) -> None:
        self.token: Final = token
        self.sessions: Final = Sessions()
        self._config: Final = config
        self._private: Final = loopback or tls
        self._tls: Final = tls
        self._failures = 0
        self._said = float("-inf")

    @property
    def cookie(self) -> str:
        """The session cookie's name; `__Host-` binds it to this host and to TLS (RFC 6265bis section 4.1.3.2)."""
        return "__Host-dnsguard" if self._tls else "dnsguard"

    def check(self, request: web.Request, *, signed_in: bool) -> Caller | None:
        """Let a request pass, and say whose it is; ProblemError says why not.

        `signed_in`: whether only those who are may do this; None may be returned otherwise.
        """
        config = self._config()
        if not config.enabled:
            raise ProblemError(HTTPStatus.NOT_FOUND, "the console is switched off: [console] enabled = false")
        proxied = _is_among(request.remote, config.proxies)
        if not (self._private or proxied):
            raise ProblemError(
                HTTPStatus.FORBIDDEN, "reach this through the proxy that [console] proxies names, which speaks TLS"
            )
        caller = self._caller(request, config, proxied=proxied)
        if caller is None and signed_in:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "sign in: `dnsguard console token` prints the token")
        if request.method not in SAFE and (caller is None or caller.ambient):
            self._same_site(request)
        return caller

    def knows(self, request: web.Request) -> bool:
        """Whether a request that was let pass would be now: a stream goes on for days."""
        config = self._config()
        proxied = _is_among(request.remote, config.proxies)
        return config.enabled and self._caller(request, config, proxied=proxied) is not None

    def sign_in(self, shown: str) -> tuple[str, float]:
        """Begin a session for a right token: the cookie's value, and its end [unix seconds]; ProblemError."""
        if not self.token.matches(shown):
            self._failed()
            raise ProblemError(HTTPStatus.FORBIDDEN, "that is not the token; `dnsguard console token` prints it")
        until = clock() + self._config().session
        return self.sessions.begin(until, self.token.mark), until

    def session(self, request: web.Request) -> Session | None:
        """The session that a request's cookie belongs to."""
        secret = request.cookies.get(self.cookie, "")
        return self.sessions.find(secret, clock(), self.token.mark) if secret else None

    def set_cookie(self, response: web.StreamResponse, value: str) -> None:
        """Give a browser its session, or, with an empty value, take it away."""
        response.set_cookie(
            self.cookie,
            value,
            max_age=int(self._config().session) if value else 0,
            path="/",
            secure=self._tls,
            httponly=True,
            samesite="Strict",
        )

    def _caller(self, request: web.Request, config: ConsoleConfig, *, proxied: bool) -> Caller | None:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if self.token.matches(shown):
                return Caller(how="token", name="api")
            self._failed()
            return None
        if (session := self.session(request)) is not None:
            return Caller(how="session", name="console", until=session.until)
        if proxied and config.user_header:
            user = "".join(char for char in request.headers.get(config.user_header, "") if char.isprintable()).strip()
            if user:
                return Caller(how="proxy", name=user[:LONGEST_USER])
        return None

    def _same_site(self, request: web.Request) -> None:
        if ASKED not in request.headers:
            raise ProblemError(HTTPStatus.FORBIDDEN, f"a browser's change needs the header {ASKED}")
        origin = request.headers.get("Origin")
        # a proxy may have changed Host; what it cannot change is that browsers say which site they are at
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if site not in {"same-origin", "none"} or (
            origin is not None and "Sec-Fetch-Site" not in request.headers and urlsplit(origin).netloc != request.host
        ):
            raise ProblemError(HTTPStatus.FORBIDDEN, "changes are made from the console's own pages")

    def _failed(self) -> None:
        self._failures += 1
        if clock() - self._said >= FAILURES:
            _log.warning("a wrong token was shown", extra={"times": self._failures})
            self._failures, self._said = 0, clock()


def _is_among(address: str | None, networks: Sequence[str]) -> bool:
    if not address or not networks:
        return False
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(network) for network in networks)
