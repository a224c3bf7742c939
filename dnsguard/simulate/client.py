"""A client that shows one behaviour, from a loopback address of its own: so its alerts can be told from the others'."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

PATIENCE: Final = 1.0
"""How long an answer is waited for. [seconds]"""
IMPATIENCE: Final = 0.1
"""How long it is waited for after a message that got none: malformed ones may not get any. [seconds]"""
SHARED: Final = "127.0.0.1"


class Client(asyncio.DatagramProtocol):
    """Sends one packet at a time, and goes on when it is answered."""

    def __init__(self) -> None:
        self._answered: Final = asyncio.Event()
        self.answers = 0
        """Messages that came back."""

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the protocol's own arguments
        """Note an answer."""
        self.answers += 1
        self._answered.set()

    def error_received(self, exc: Exception) -> None:
        """Pass over it: a server that is gone shows by what does not arrive."""

    @classmethod
    async def connect(cls, address: str, port: int) -> "tuple[asyncio.DatagramTransport, Client]":
        """Make one at `address`, or at the one address that some systems' loopback network has. OSError."""
        loop = asyncio.get_running_loop()
        for source in (address, SHARED):
            with suppress(OSError):
                return await loop.create_datagram_endpoint(cls, local_addr=(source, 0), remote_addr=(SHARED, port))
        return await loop.create_datagram_endpoint(cls, remote_addr=(SHARED, port))

    async def send(self, transport: asyncio.DatagramTransport, packets: Iterable[bytes]) -> int:
        """Send the packets in order, each when the one before is answered or given up; returns how many were sent."""
        number = 0
        wait = PATIENCE
        for packet in packets:
            self._answered.clear()
            transport.sendto(packet)
            number += 1
            try:
                async with asyncio.timeout(wait):
                    await self._answered.wait()
                wait = PATIENCE
            except TimeoutError:
                wait = IMPATIENCE
        return number
