"""Asks over QUIC (RFC 9250): one connection, kept open, and a stream for each query. Needs the extra `quic`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dnsguard.errors import UpstreamError
from dnsguard.upstream.exchange import Lookup, answers, ignored, question
from dnsguard.upstream.kept_open import KeptOpen
from dnsguard.upstream.padding import padded, unpadded
from dnsguard.upstream.servers import Server
from dnsguard.wire.framing import HEADER, framed

if TYPE_CHECKING:
    from dnsguard.upstream.quic_connection import Connection


class QuicExchange:
    """Asks one DNS-over-QUIC server; the certificate must show its name, lengths are padded."""

    def __init__(
        self,
        server: Server,
        *,
        lookup: Lookup | None = None,
        on_rejected: Callable[[], None] = ignored,
        authorities: Path | None = None,
    ) -> None:
        """Open nothing yet; `authorities`, a PEM file, stands in for this machine's own.

        Raises UpstreamError if the extra is not installed.
        """
        try:
            from dnsguard.upstream import quic_connection  # noqa: PLC0415 - only who uses QUIC needs aioquic
        except ImportError as error:
            raise UpstreamError(
                f"{server.text}: DNS over QUIC needs one more package; run: pip install dnsguard[quic]",
            ) from error
        self.server = server
        self._module = quic_connection
        self._on_rejected = on_rejected
        self._authorities = authorities
        self._session = quic_connection.Session()
        self._kept = KeptOpen(server, lookup, self._connect)

    async def exchange(self, message: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - retries share one deadline
        """Send `message`, give its answer; raises UpstreamError."""
        asked = question(message)
        # RFC 9250 section 4.2.1: the id is 0, as the stream tells which answer belongs to which query
        body = framed(padded(b"\0\0" + message[2:]))
        stream = await self._kept.ask(lambda connection: connection.ask(body), timeout)
        answer = stream[2:]
        if len(answer) < HEADER or len(answer) != stream[0] << 8 | stream[1]:
            raise UpstreamError(f"{self.server.text}: its answer is cut or is not one message")
        if answer[:2] != b"\0\0" or not answers(answer, asked):
            self._on_rejected()
            raise UpstreamError(f"{self.server.text}: answered another question")
        return unpadded(message[:2] + answer[2:])

    async def close(self) -> None:
        """Close the connection; who still waits gets UpstreamError."""
        await self._kept.close()

    async def _connect(self, host: str) -> "Connection":
        return await self._module.connect(host, self.server, self._authorities, self._session)
