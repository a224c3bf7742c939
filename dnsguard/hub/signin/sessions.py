"""Browsers that are signed in. In memory: a restart of the hub signs all out."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

MOST: Final = 100
"""Sessions at a time; the one that ends first makes room."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's."""

    until: float
    """[unix seconds]"""
    mark: str
    """The token's, when it began."""


class Sessions:
    """All of them, by what their cookies hash to: who sees this memory can't use them."""

    def __init__(self) -> None:
        self._held: Final[dict[str, Session]] = {}

    def begin(self, until: float, mark: str) -> str:
        """Begin one that holds until then [unix seconds]; gives what the cookie says."""
        secret = secrets.token_urlsafe(32)
        while len(self._held) >= MOST:
            del self._held[min(self._held, key=lambda key: self._held[key].until)]
        self._held[_key(secret)] = Session(until, mark)
        return secret

    def find(self, secret: str, now: float, mark: str) -> Session | None:
        """The session of a cookie, unless it is over, or the token has been changed since."""
        session = self._held.get(_key(secret))
        if session is None:
            return None
        if session.until <= now or session.mark != mark:
            del self._held[_key(secret)]
            return None
        return session

    def end(self, secret: str) -> None:
        """Sign a browser out."""
        self._held.pop(_key(secret), None)

    def __len__(self) -> int:
        return len(self._held)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
