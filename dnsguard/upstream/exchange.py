"""What all ways to ask a server have in common: one question out, one checked answer back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from dnsguard.errors import WireError
from dnsguard.wire.names import skip

Lookup = Callable[[str, float], Awaitable[Sequence[str]]]
"""Finds the addresses of a server's name within so many seconds; raises UpstreamError."""


class Exchange(Protocol):
    """One server, asked in one way."""

    async def exchange(self, message: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - retries share one deadline
        """Send a whole message, give the whole answer, with the id that `message` has.

        The answer's id and question were checked. Raises UpstreamError after `timeout` seconds at the latest.
        """
        ...

    async def close(self) -> None:
        """Give back what is open; who still waits gets UpstreamError."""
        ...


def ignored() -> None:
    """Count nothing: what is called for each answer that may not be believed, unless the caller counts them."""


def question(message: bytes) -> bytes:
    """Give the one question on the wire, its name in lower case (RFC 4343); WireError if there is not exactly one."""
    if message[4:6] != b"\0\1":
        raise WireError("not one question")
    end = skip(message, 12)
    if end + 4 > len(message):
        raise WireError("the question runs off the message")
    # length bytes are at most 63, so lower-casing a name changes letters only
    return message[12:end].lower() + message[end : end + 4]


def answers(message: bytes, asked: bytes) -> bool:
    """Tell whether this is a response to the question that `question` gave (RFC 5452 section 9.1)."""
    if len(message) < 12 or message[2] & 0xF8 != 0x80:
        return False
    try:
        return question(message) == asked
    except WireError:
        return False


def bare_error(message: bytes) -> int:
    """Give the rcode of a response that is an error without its question, as old servers send it; otherwise 0.

    It tells that no answer will come, but as it could belong to any question, it is none itself.
    """
    if len(message) >= 12 and message[2] & 0x80 and message[4:6] == b"\0\0":
        return message[3] & 0x0F
    return 0
