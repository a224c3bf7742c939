"""The private upstream: it answers the behaviours' names as their servers would, and nothing else."""

import asyncio
from collections.abc import Sequence
from typing import Final, cast

from dnslib import QTYPE, DNSError

from dnsguard.behaviours.behaviour import NODATA, Behaviour, Reply, address, response

LOOPBACK: Final = "127.0.0.1"
ANYONE: Final = "192.0.2.1"
"""Where all other names lead (TEST-NET-1, RFC 5737)."""


class Upstream(asyncio.DatagramProtocol):
    """A name server for all names, over UDP."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self._behaviours: Final = behaviours
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def start(cls, behaviours: Sequence[Behaviour]) -> "tuple[asyncio.DatagramTransport, int]":
        """Listen on a free loopback port; returns what closes it, and the port. OSError if that can't be."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: cls(behaviours), local_addr=(LOOPBACK, 0))
        return transport, int(transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are sent with."""
        # asyncio's own datagram transport is none by its class (before Python 3.12)
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: "tuple[str | object, int]") -> None:
        """Answer one query; what is none gets no answer."""
        assert self._transport is not None
        try:
            made = response(data, self.reply)
        except DNSError:
            return
        self._transport.sendto(made, addr)

    def reply(self, name: str, qtype: int) -> Reply:
        """What the name's own servers say."""
        for behaviour in self._behaviours:
            if (reply := behaviour.reply(name, qtype)) is not None:
                return reply
        return address(ANYONE) if qtype == QTYPE.A else NODATA
