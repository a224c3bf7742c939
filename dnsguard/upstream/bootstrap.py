"""Looks up the names of encrypted servers, so that `tls://dns.example` works before anything else resolves.

It asks plain servers itself, never dnsguard and never the system's resolver library, which may lead back to dnsguard.
What it finds is not trusted: the certificate proves the server, so a forged address only fails.
"""

import asyncio
import random
import socket
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final, cast

from dnsguard.errors import UpstreamError, WireError
from dnsguard.tasks import spawn
from dnsguard.upstream.exchange import answers, question
from dnsguard.upstream.servers import RESOLV_CONF, Server, sockaddr, system_servers
from dnsguard.upstream.stream import TcpExchange
from dnsguard.wire import names
from dnsguard.wire.answer import Answer
from dnsguard.wire.rrtypes import AAAA, A

TRY: Final = 1.0
"""What one server may take before the next one is asked. [seconds]"""
LOOKUP: Final = 5.0
"""What a look-up may take in all; it goes on if who asked for it waits no longer. [seconds]"""
MIN_TTL: Final = 30.0
MAX_TTL: Final = 86400.0
"""What was found is kept for its TTL, within these. [seconds]"""
MAX_ADDRESSES: Final = 16
"""Addresses taken of one name. [addresses]"""

_HEADER: Final = b"\1\0\0\1\0\0\0\0\0\0"  # a query with RD and one question
_draw: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Found:
    addresses: tuple[str, ...]
    until: float


class Bootstrap:
    """Finds addresses of the few names that stand in the configuration; `lookup` fits `exchange.Lookup`."""

    def __init__(
        self,
        servers: Sequence[Server] = (),
        *,
        own: Collection[str] = (),
        resolv_conf: str | Path = RESOLV_CONF,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask these plain servers, or, without any, those of resolv.conf at that time, but not `own` addresses."""
        self._servers = tuple(servers)
        self._own = tuple(own)
        self._resolv_conf = resolv_conf
        self._now = now
        # both hold only names of the configuration
        self._found: dict[str, _Found] = {}
        self._running: dict[str, asyncio.Task[tuple[str, ...] | UpstreamError]] = {}

    async def lookup(self, name: str, timeout: float) -> tuple[str, ...]:  # noqa: ASYNC109 - as in exchange.Lookup
        """Give the name's addresses, IPv4 and IPv6 in turn; raises UpstreamError.

        An expired address is better than none: it is given where no server can be asked.
        """
        found = self._found.get(name)
        if found is not None and self._now() < found.until:
            return found.addresses
        if name not in self._running:
            self._running[name] = spawn(self._look_up(name), f"look up {name}")
        try:
            async with asyncio.timeout(timeout):
                result = await asyncio.shield(self._running[name])
        except TimeoutError:
            result = UpstreamError(f"{name}: no address found within {timeout:g} s")
        if not isinstance(result, UpstreamError):
            return result
        if found is not None:
            return found.addresses
        raise UpstreamError(*result.args)

    async def _look_up(self, name: str) -> tuple[str, ...] | UpstreamError:
        try:
            servers = self._servers or await asyncio.to_thread(system_servers, self._resolv_conf, self._own)
            async with asyncio.timeout(LOOKUP):
                four, six = await asyncio.gather(self._ask(name, A, servers), self._ask(name, AAAA, servers))
        except TimeoutError:
            return UpstreamError(f"{name}: no address found within {LOOKUP:g} s")
        except UpstreamError as error:
            return error
        finally:
            self._running.pop(name, None)
        # IPv4 first: where IPv6 has no way out, that often shows only by silence
        pairs = chain.from_iterable(zip_longest(four[0], six[0]))
        addresses = tuple(address for address in pairs if address)[:MAX_ADDRESSES]
        if not addresses:
            return UpstreamError(f"{name}: has no address")
        ttl = min([ttl for found, ttl in (four, six) if found])
        self._found[name] = _Found(addresses, self._now() + min(max(ttl, MIN_TTL), MAX_TTL))
        return addresses

    async def _ask(self, name: str, qtype: int, servers: Iterable[Server]) -> tuple[list[str], float]:
        """Give addresses of one family and their least TTL; none, if a server says that there is none."""
        problem = UpstreamError(f"{name}: no server to ask for its address")
        for server in servers:
            query = _draw.randbytes(2) + _HEADER + names.encode(name) + qtype.to_bytes(2, "big") + b"\0\1"
            try:
                answer = Answer(await _exchange(server, query))
            except (UpstreamError, WireError) as error:
                problem = UpstreamError(f"{name}: no address found: {error}")
                continue
            if answer.rcode not in {0, 3}:
                problem = UpstreamError(f"{name}: {server.text} answered with error {answer.rcode}")
                continue
            return _addresses(answer, qtype)
        raise problem


def _addresses(answer: Answer, qtype: int) -> tuple[list[str], float]:
    """Give what stands in the answer section for the name asked for and its aliases."""
    aliases = set(answer.chain)
    family = socket.AF_INET if qtype == A else socket.AF_INET6
    size = 4 if qtype == A else 16
    found: list[str] = []
    ttl = MAX_TTL
    for record in answer.records:
        if record.section or names.text(answer.message, record.owner)[0] not in aliases:
            continue
        ttl = min(ttl, record.ttl)
        if record.rtype == qtype and record.rdlength == size:
            found.append(socket.inet_ntop(family, answer.message[record.rdata : record.rdata + size]))
    return found, ttl


async def _exchange(server: Server, query: bytes) -> bytes:
    """Ask over UDP, and over TCP if the answer is cut."""
    loop = asyncio.get_running_loop()
    waiting = _Datagrams(query, loop.create_future())
    address = sockaddr(server.host, server.port)
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(address)  # from now on the kernel takes packets of this address and port only
            transport, _ = await loop.create_datagram_endpoint(lambda: waiting, sock=sock)
            try:
                async with asyncio.timeout(TRY):
                    answer = await waiting.answer
            finally:
                transport.close()
    except TimeoutError:
        raise UpstreamError(f"{server.text}: no answer within {TRY:g} s") from None
    except OSError as error:
        raise UpstreamError(f"{server.text}: {error.strerror or error}") from None
    if not answer[2] & 0x02:
        return answer
    stream = TcpExchange(server)
    try:
        return await stream.exchange(query, TRY)
    finally:
        await stream.close()


class _Datagrams(asyncio.DatagramProtocol):
    """One query on a socket of its own, so its port is as random as the kernel makes it (RFC 5452 section 9.2)."""

    def __init__(self, query: bytes, answer: "asyncio.Future[bytes]") -> None:
        self.answer = answer
        self._query = query
        self._asked = question(query)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.DatagramTransport", transport).sendto(self._query)

    def datagram_received(self, data: bytes, _addr: object) -> None:
        """Take the one answer with the right id and question."""
        if data[:2] == self._query[:2] and answers(data, self._asked) and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self.answer.done():
            self.answer.set_exception(exc)
