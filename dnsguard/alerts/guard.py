"""Keeps alerts from being sent into the own network by a host name that somebody else controls (SSRF).

It sits where aiohttp resolves, so that the address checked is the address connected to. An address in the URL, and
`localhost`, never come here as somebody else's word: the operator wrote them.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from dnsguard.errors import DnsguardError

LookUp = Callable[..., list[Any]]
"""As socket.getaddrinfo."""

NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: an IPv4 address stands in the last four bytes."""


class PrivateTarget(DnsguardError, OSError):  # noqa: N818 - what happened, in a log line
    """A host name resolves only to addresses of the own network."""


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet's, also where it only wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def permitted(host: str, addresses: Sequence[str]) -> list[str]:
    """Give those of a host's addresses that somebody else's word may lead to; PrivateTarget if none is left."""
    public = [address for address in addresses if is_public(address)]
    if addresses and not public:
        raise PrivateTarget(
            f"{host} resolves to {addresses[0]}, which is private; if that is meant: allow_private = true"
        )
    return public


class GuardedResolver(AbstractResolver):
    """Resolves for one webhook, in a thread of its own: a name that hangs delays no other webhook."""

    def __init__(self, *, allow_private: bool, look_up: LookUp = socket.getaddrinfo) -> None:
        self._allow_private = allow_private
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="webhook-resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host` that may be connected to; PrivateTarget if all are refused."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port, family, socket.SOCK_STREAM)
        addresses = [(entry[0], entry[2], entry[4][0]) for entry in found]
        if not (self._allow_private or host == "localhost" or host.endswith(".localhost")):
            public = permitted(host, [entry[2] for entry in addresses])
            addresses = [entry for entry in addresses if entry[2] in public]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, proto, address in addresses
        ]

    async def close(self) -> None:
        """Let go of the threads, without waiting for a name that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
