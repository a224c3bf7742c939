"""How one message goes to one target: what all kinds of targets have in common."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

from dnsguard.alerts.deliveries import Delivery

ERROR_TEXT: Final = 200
"""Characters kept of what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt."""

    error: str = ""
    """Empty: accepted."""
    gone: bool = False
    """The receiver wants no more, ever."""
    retry_after: float | None = None
    """Seconds the receiver asked for."""


class Sender(Protocol):
    """One target, while its lane runs."""

    parallel: int
    """Most messages on their way to it."""

    async def __aenter__(self) -> Self:
        """Get ready; a target that is away is no error yet."""

    async def __aexit__(self, *_: object) -> None:
        """Let go of everything."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Make one attempt; OSError and TimeoutError are told of as its failure."""


def printable(text: str) -> str:
    """What others say, short and on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:ERROR_TEXT]
