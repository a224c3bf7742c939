"""One connection to a server, opened when it is first needed, shared by all queries, opened anew when it was lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from dnsguard.errors import UpstreamError
from dnsguard.tasks import spawn
from dnsguard.upstream.certificates import reason
from dnsguard.upstream.exchange import Lookup
from dnsguard.upstream.servers import Server

CONNECT: Final = 4.0
"""For all of a server's addresses together, TLS included. [seconds]"""


class Connection(Protocol):
    """What is kept open."""

    open: bool
    """Whether it may be asked."""
    answered: int
    """Queries it has answered."""

    async def finish(self) -> None:
        """Close it; who still waits is told."""
        ...


C = TypeVar("C", bound=Connection)


class KeptOpen(Generic[C]):
    """Opens through `connect`, which takes one address and raises OSError or UpstreamError."""

    def __init__(self, server: Server, lookup: Lookup | None, connect: Callable[[str], Awaitable[C]]) -> None:
        self._server = server
        self._lookup = lookup
        self._connect = connect
        self._connection: C | None = None
        self._opening: asyncio.Task[C | UpstreamError] | None = None
        self._first = 0
        self._closed = False

    async def ask(self, once: Callable[[C], Awaitable[bytes | str]], timeout: float) -> bytes:  # noqa: ASYNC109 - as in exchange.Exchange
        """Give what `once` gives; a text means that there is no answer, and why.

        RFC 7766 section 6.2.4: what a closed connection left unanswered is asked again, on a new one. One that was
        opened for this query and answered nobody would fail again; each other one has answered, so this ends.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    connection, kept_open = await self._connected()
                    answer = await once(connection)
                    if isinstance(answer, bytes):
                        return answer
                    if self._closed or connection.open or not (kept_open or connection.answered):
                        raise UpstreamError(f"{self._server.text}: {answer}")
        except TimeoutError:
            raise UpstreamError(f"{self._server.text}: no answer within {timeout:g} s") from None

    async def close(self) -> None:
        """Close for good; who still waits gets UpstreamError."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
        if self._connection is not None:
            await self._connection.finish()

    async def _connected(self) -> tuple[C, bool]:
        """Give the connection, and whether it was open before."""
        if self._connection is not None and self._connection.open:
            return self._connection, True
        if self._closed:
            raise UpstreamError(f"{self._server.text}: closed here")
        if self._opening is None:
            self._opening = spawn(self._open(), f"connect to {self._server.text}")
        opening = self._opening
        # shielded: others wait for the same connection when this query has waited long enough
        try:
            opened = await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise UpstreamError(f"{self._server.text}: closed here") from None
            raise
        if isinstance(opened, UpstreamError):
            raise UpstreamError(*opened.args)
        return opened, False

    async def _open(self) -> C | UpstreamError:
        try:
            async with asyncio.timeout(CONNECT):
                self._connection = await self._try_addresses()
        except TimeoutError:
            return UpstreamError(f"{self._server.text}: no connection within {CONNECT:g} s")
        except UpstreamError as error:
            return error
        finally:
            self._opening = None
        return self._connection

    async def _try_addresses(self) -> C:
        """Connect to the first address that takes it, beginning with the one that did so last."""
        addresses: Sequence[str] = (self._server.host,)
        if self._server.address is None:
            if self._lookup is None:
                raise UpstreamError(f"{self._server.text}: its name can't be looked up here")
            addresses = await self._lookup(self._server.host, CONNECT)
        problem = "its name has no address"
        for turn in range(len(addresses)):
            chosen = (self._first + turn) % len(addresses)
            try:
                async with asyncio.timeout(CONNECT / len(addresses)):
                    connection = await self._connect(addresses[chosen])
            except OSError as error:  # TimeoutError is one
                problem = reason(error)
                continue
            self._first = chosen
            return connection
        raise UpstreamError(f"{self._server.text}: {problem}")
