"""Asks over HTTPS (RFC 8484): each query one POST, on HTTP/1.1 connections that are kept open.

Known gap: servers that speak HTTP/2 only can't be asked.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from dnsguard.errors import UpstreamError
from dnsguard.upstream.certificates import client_context, reason
from dnsguard.upstream.exchange import Lookup, answers, ignored, question
from dnsguard.upstream.padding import padded, unpadded
from dnsguard.upstream.servers import Server
from dnsguard.wire.framing import MAX_MESSAGE

CONNECTIONS: Final = 32
"""HTTP/1.1 carries one query at a time, so this is how many are under way; more wait their turn. [connections]"""
CONNECT: Final = 4.0
"""[seconds]"""
KEEP_OPEN: Final = 20.0
"""A connection without a query is closed after this. [seconds]"""
CONTENT_TYPE: Final = "application/dns-message"
_HEADERS: Final = {"Accept": CONTENT_TYPE, "Content-Type": CONTENT_TYPE, "Accept-Encoding": "identity"}


class HttpsExchange:
    """Asks one DNS-over-HTTPS server; no cookies, no redirects, no user agent, no proxy."""

    def __init__(
        self,
        server: Server,
        *,
        lookup: Lookup | None = None,
        on_rejected: Callable[[], None] = ignored,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet; `context` stands in for this machine's own authorities."""
        self.server = server
        self._resolver = _Resolver(server, lookup)
        self._on_rejected = on_rejected
        self._context = context
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        # the certificate must show the host of the URL, so that is the name; the resolver leads to the server's address
        host = f"[{server.sni}]" if ":" in server.sni else server.sni
        self._url = f"https://{host}:{server.port}{server.path}"

    async def exchange(self, message: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - retries share one deadline
        """Send `message`, give its answer; raises UpstreamError."""
        asked = question(message)
        # RFC 8484 section 4.1: id 0, for the sake of HTTP caches
        body = padded(b"\0\0" + message[2:])
        try:
            async with asyncio.timeout(timeout):
                answer = await self._post(body)
        except TimeoutError:
            raise UpstreamError(f"{self.server.text}: no answer within {timeout:g} s") from None
        if answer[:2] != b"\0\0" or not answers(answer, asked):
            self._on_rejected()
            raise UpstreamError(f"{self.server.text}: answered another question")
        return unpadded(message[:2] + answer[2:])

    async def close(self) -> None:
        """Close all connections; who still waits gets UpstreamError."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes) -> bytes:
        try:
            try:
                return await self._post_once(body)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                # the server closed a kept-open connection at the moment we used it
                return await self._post_once(body)
        except aiohttp.ClientError as error:
            cause: Exception = error
            if isinstance(error, aiohttp.ClientConnectorCertificateError):
                cause = error.certificate_error
            elif isinstance(error, aiohttp.ClientConnectorError):
                cause = error.os_error
            raise UpstreamError(f"{self.server.text}: {reason(cause)}") from None
        except RuntimeError:
            raise UpstreamError(f"{self.server.text}: closed here") from None

    async def _post_once(self, body: bytes) -> bytes:
        async with self._opened().post(self._url, data=body, headers=_HEADERS, allow_redirects=False) as response:
            if response.status != 200:
                raise UpstreamError(f"{self.server.text}: HTTP status {response.status}")
            if response.content_type != CONTENT_TYPE:
                raise UpstreamError(f"{self.server.text}: its answer is not of type {CONTENT_TYPE}")
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > MAX_MESSAGE:
                    raise UpstreamError(f"{self.server.text}: its answer is longer than a DNS message can be")
            return bytes(answer)

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            raise UpstreamError(f"{self.server.text}: closed here")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=self._resolver,
                    use_dns_cache=False,  # the look-up has its own, which keeps to the TTL
                    ssl=self._context or client_context("http/1.1"),
                    limit=CONNECTIONS,
                    keepalive_timeout=KEEP_OPEN,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent",),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
                trust_env=False,
            )
        return self._session


class _Resolver(AbstractResolver):
    """Leads aiohttp to the server's own address, or to those that the look-up finds for its name."""

    def __init__(self, server: Server, lookup: Lookup | None) -> None:
        self._server = server
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        """Give the addresses in the order they are to be tried."""
        if self._server.address is not None:
            addresses = [self._server.host]
        elif self._lookup is not None:
            addresses = list(await self._lookup(self._server.host, CONNECT))
        else:
            raise UpstreamError(f"{self._server.text}: its name can't be looked up here")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
            if family in {socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET}
        ]

    async def close(self) -> None:
        """Nothing is open here."""
