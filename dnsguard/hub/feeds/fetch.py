"""One fetch of a url into a file: conditional, bounded in time, bytes and redirects, and never into the own network."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import aiohttp
from yarl import URL

from dnsguard.alerts.guard import PrivateTarget
from dnsguard.alerts.retry import retry_after
from dnsguard.errors import UpstreamError
from dnsguard.hub.feeds import checksum
from dnsguard.hub.feeds.body import Body
from dnsguard.hub.feeds.errors import FetchError, RefusedError
from dnsguard.hub.feeds.resolve import FeedResolver, check_redirect
from dnsguard.tasks import clock
from dnsguard.upstream.certificates import client_context, reason
from dnsguard.upstream.exchange import Lookup
from dnsguard.version import VERSION

TOTAL: Final = 1800.0
"""Most time of a fetch. [seconds]"""
CONNECT: Final = 15.0
"""Most time to a connection, TLS included. [seconds]"""
ANSWER: Final = 60.0
"""Most time from there to the end of the answer's head, however many redirects. [seconds]"""
IDLE: Final = 30.0
"""Most time between two pieces of a body. [seconds]"""
SLOW: Final = (30.0, 1000.0)
"""A body that brings less than so many bytes a second for so many seconds ends: a drip would take hours."""
REDIRECTS: Final = 5
"""As many as curl's documentation calls plenty; lists on code forges take one or two."""
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is fetched, and what is known of it."""

    url: str
    max_size: int
    """[bytes]"""
    sha256: str = ""
    checksum_url: str = ""
    allow_private: bool = False
    etag: str = ""
    modified: str = ""
    """Last-Modified, as the server wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came, all of it, in the file."""

    size: int
    digest: str
    etag: str
    modified: str


@dataclass(slots=True)
class Progress:
    """How far a fetch is."""

    received: int = 0
    """Bytes on the way, packed or not."""
    total: int | None = None
    """What the server promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches; `context` stands in for this machine's own authorities. No cookies, no proxy of the environment."""

    lookup: Lookup
    context: ssl.SSLContext | None = None

    async def fetch(self, wanted: Request, into: Path, progress: Progress) -> Fetched | None:
        """Fetch into a file that is on the disk when this returns; None: the server says that nothing changed.

        FetchError or RefusedError, with the file possibly half written.
        """
        try:
            async with asyncio.timeout(TOTAL), self._session(wanted) as session:
                fetched, digests = await _Fetch(session, wanted, progress).into(into)
                if fetched is not None:
                    await self._compare(session, wanted, digests)
                return fetched
        except TimeoutError:
            raise FetchError(f"did not end within {TOTAL:.0f} s") from None
        except (UpstreamError, PrivateTarget, aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(explain(error)) from error

    @contextlib.asynccontextmanager
    async def _session(self, wanted: Request) -> AsyncIterator[aiohttp.ClientSession]:
        own = (URL(wanted.url).raw_host or "").lower()
        connector = aiohttp.TCPConnector(
            resolver=FeedResolver(self.lookup, own, allow_private=wanted.allow_private),
            use_dns_cache=False,  # the look-up has its own, which keeps to the TTL
            ssl=self.context or client_context("http/1.1"),
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # Body does, and knows when to stop
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_read=IDLE),
            trust_env=False,
            headers={"User-Agent": f"dnsguard/{VERSION}", "Accept-Encoding": "gzip"},
        ) as session:
            yield session

    async def _compare(self, session: aiohttp.ClientSession, wanted: Request, digests: frozenset[str]) -> None:
        """Hold what came against the checksum that was configured, or that its publisher gives."""
        expected = wanted.sha256
        if wanted.checksum_url:
            text = await _Fetch(session, _checksum_request(wanted), Progress()).text()
            try:
                expected = checksum.find(text, URL(wanted.url).name)
            except ValueError as error:
                raise FetchError(f"the file at checksum_url {error}") from None
        if expected and expected not in digests:
            source = "its checksum_url" if wanted.checksum_url else "its sha256"
            raise RefusedError(f"has SHA-256 {min(digests)}, not {expected} as {source} says")


def _checksum_request(wanted: Request) -> Request:
    return Request(url=wanted.checksum_url, max_size=checksum.MAX_SIZE, allow_private=wanted.allow_private)


class _Fetch:
    """One url on its way."""

    def __init__(self, session: aiohttp.ClientSession, wanted: Request, progress: Progress) -> None:
        self._session: Final = session
        self._wanted: Final = wanted
        self._progress: Final = progress

    async def into(self, path: Path) -> tuple[Fetched | None, frozenset[str]]:
        """Fetch into a file, and give its digests."""
        conditions = {"If-None-Match": self._wanted.etag, "If-Modified-Since": self._wanted.modified}
        async with self._answer({key: value for key, value in conditions.items() if value}) as response:
            if response.status == 304:
                return None, frozenset()
            async with _writing(path) as file:
                body = Body(file, self._wanted.max_size, gzip=_packed(response))
                async with contextlib.aclosing(self._pieces(response)) as pieces:
                    async for piece in pieces:
                        await _in_thread(body.feed, piece)
                await _in_thread(body.close)
                await _in_thread(_sync, file)
            fetched = Fetched(
                size=body.size,
                digest=body.digest,
                etag=response.headers.get("ETag", ""),
                modified=response.headers.get("Last-Modified", ""),
            )
            return fetched, body.digests

    async def text(self) -> str:
        """Fetch something small."""
        async with self._answer({}) as response:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise FetchError("the file at checksum_url is packed")
            whole = b""
            async with contextlib.aclosing(self._pieces(response)) as pieces:
                async for piece in pieces:
                    whole += piece
                    if len(whole) > self._wanted.max_size:
                        raise FetchError("the file at checksum_url is too large to be one of checksums")
            return whole.decode("utf-8", "replace")

    @contextlib.asynccontextmanager
    async def _answer(self, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Follow redirects to an answer with status 200, or 304 if that was asked for."""
        url = URL(self._wanted.url)
        own = (url.raw_host or "").lower()
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(ANSWER):
                    for _ in range(REDIRECTS + 1):
                        response = await stack.enter_async_context(
                            self._session.get(url, headers=headers, allow_redirects=False)
                        )
                        if response.status not in _REDIRECT:
                            break
                        url = _next(url, response)
                        check_redirect((url.raw_host or "").lower(), own, allow_private=self._wanted.allow_private)
                        await stack.aclose()
                    else:
                        raise FetchError(f"is redirected more than {REDIRECTS} times")
            except TimeoutError:
                raise FetchError("did not answer in time") from None
            if response.status != 200 and not (response.status == 304 and headers):
                wait = retry_after(response.headers.get("Retry-After"), clock())
                raise FetchError(f"HTTP {response.status} {response.reason or ''}".rstrip(), wait)
            yield response

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes, and end one that comes too slowly."""
        progress = self._progress
        progress.received, progress.total = 0, response.content_length
        span, rate = SLOW
        loop = asyncio.get_running_loop()
        since, had = loop.time(), 0
        try:
            async for piece in response.content.iter_any():
                progress.received += len(piece)
                yield piece
                if (passed := loop.time() - since) > span:
                    if progress.received - had < rate * passed:
                        raise FetchError(f"brings less than {rate:.0f} bytes a second")
                    since, had = loop.time(), progress.received
        except TimeoutError:
            raise FetchError(f"brought nothing for {IDLE:.0f} s") from None


def _next(url: URL, response: aiohttp.ClientResponse) -> URL:
    target = response.headers.get("Location", "")
    if not target:
        raise FetchError(f"HTTP {response.status} without a Location")
    following = url.join(URL(target))
    if following.scheme not in {"http", "https"} or not following.raw_host:
        raise FetchError("is redirected to what is no http:// or https:// URL")
    if url.scheme == "https" and following.scheme == "http":
        raise FetchError("is redirected from https:// to http://, where anyone on the way could change it")
    # a password in the configured url is for its own server
    return following if following.origin() == url.origin() else following.with_user(None)


def _packed(response: aiohttp.ClientResponse) -> bool:
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip", ""}:
        raise FetchError(f"comes in the encoding {coding[:20]!r}; only gzip was asked for")
    return coding.endswith("gzip")


@contextlib.asynccontextmanager
async def _writing(path: Path) -> AsyncIterator[BinaryIO]:
    opened: list[BinaryIO] = []
    try:
        # handed over in a list: a cancellation that comes meanwhile must not lose an open file
        await _in_thread(lambda: opened.append(path.open("wb")))
        yield opened[0]
    finally:
        for file in opened:
            await _in_thread(file.close)


async def _in_thread(work: Callable[..., object], *arguments: object) -> None:
    """Touch a file: a disk that hangs must not hang the hub. A cancellation waits, so that nothing is touched later."""
    touching = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        await asyncio.shield(touching)
    except asyncio.CancelledError:
        await asyncio.gather(touching, return_exceptions=True)
        raise


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def explain(error: BaseException) -> str:
    """Say what went wrong, without the url: it may hold a token."""
    if isinstance(error, FetchError | UpstreamError | PrivateTarget):
        return str(error)
    if isinstance(error, aiohttp.InvalidURL):
        return "the url is not valid"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return reason(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        return str(cause) if isinstance(cause, PrivateTarget) else f"no connection: {reason(cause)}"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return "ended before all of it had come"
    if isinstance(error, aiohttp.ClientError):
        return f"no sound answer: {type(error).__name__}"
    return reason(error)
