"""Signing in and out."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.signin.guard import Caller, Guard


class Session(msgspec.Struct, kw_only=True):
    """Whether, and how, one is signed in."""

    signed_in: bool
    how: Literal["", "token", "session", "proxy"] = ""
    """A bearer token, a browser's session, or a proxy that says so."""
    name: str = ""
    """Whom the proxy names."""
    until: float | None = None
    """When the session ends. [unix seconds]"""


class SignIn(Asked):
    """The proof."""

    token: Annotated[str, Meta(min_length=1, max_length=256)]
    """As `dnsguard console token` prints it."""


class Signing:
    """A request's caller, and the cookie that its answer takes along."""

    def __init__(self, guard: Guard, request: web.Request, caller: Caller | None) -> None:
        self.guard = guard
        self.request = request
        self.caller = caller
        self.cookie: str | None = None
        """None: it stays as it is; empty: it is taken away."""

    @property
    def name(self) -> str:
        """Who it is, for the record of what was done by hand."""
        return self.caller.name if self.caller else ""


async def show(_parts: Parts, *, signing: Signing) -> Session:
    """Say whether, and how, one is signed in."""
    caller = signing.caller
    if caller is None:
        return Session(signed_in=False)
    return Session(signed_in=True, how=caller.how, name=caller.name, until=caller.until)


async def sign_in(_parts: Parts, *, body: SignIn, signing: Signing) -> Session:
    """Begin a browser's session: the answer sets a cookie."""
    signing.cookie, until = signing.guard.sign_in(body.token)
    return Session(signed_in=True, how="session", name="console", until=until)


async def sign_out(_parts: Parts, *, signing: Signing) -> Session:
    """End a browser's session."""
    signing.guard.sessions.end(signing.request.cookies.get(signing.guard.cookie, ""))
    signing.cookie = ""
    return Session(signed_in=False)
