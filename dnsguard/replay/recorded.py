"""What every reader of recorded traffic gives, and how it says what it could not read."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from dnsguard.errors import DnsguardError


@dataclass(frozen=True, slots=True)
class Recorded:
    """One DNS message as it once went over a network."""

    time: float
    """Unix seconds, as recorded."""
    client: bytes
    """Who asked, packed: 4 or 16 bytes, an IPv4-mapped address as 4."""
    server: bytes
    """Who was asked, packed."""
    response: bool
    """Went from server to client."""
    stream: bool
    """Went over TCP; its two length bytes are taken off."""
    payload: bytes
    """The message, which nobody has checked yet."""
    port: int = 0
    """The client's port: with the id it tells two clients' equal questions apart."""


class Frame(NamedTuple):
    """One link-layer frame of a capture."""

    link: int
    """LINKTYPE_ number (tcpdump.org/linktypes.html)."""
    time: float
    """Unix seconds."""
    data: bytes
    """As captured, from the link header on."""


class DamagedError(DnsguardError):
    """A file that cannot be read, or not beyond here; everything before was given."""

    def __init__(self, name: str, where: str, reason: str) -> None:
        super().__init__(f"{name}: {where}: {reason}" if where else f"{name}: {reason}")


Skipped = Counter[str]
"""How often something was left out, by a fixed reason; the reader counts, the command tells."""
