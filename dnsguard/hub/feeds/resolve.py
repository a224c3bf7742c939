"""Resolves for one fetch: by the bootstrap servers, never through dnsguard itself, and not into the own network.

dnsguard must not need its own lists, or itself, to get them (blocky#547). A host's addresses are somebody else's word:
they may lead into the own network only if the operator said so (alerts/guard.py).
"""

import ipaddress
import socket
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from dnsguard.alerts.guard import PrivateTarget, is_public, permitted
from dnsguard.upstream.exchange import Lookup

LOOKUP: Final = 10.0
"""[seconds]"""
_LOCAL: Final = ("127.0.0.1", "::1")


class FeedResolver(AbstractResolver):
    """`own` is the host that the operator wrote, so that `localhost` may be meant."""

    def __init__(self, lookup: Lookup, own: str, *, allow_private: bool) -> None:
        self._lookup: Final = lookup
        self._own: Final = own
        self._allow_private: Final = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses that may be connected to; PrivateTarget if none may, UpstreamError if there is none."""
        if host == "localhost" and (host == self._own or self._allow_private):
            addresses = [*_LOCAL]
        else:
            try:
                addresses = list(await self._lookup(host, LOOKUP))
            except ValueError as error:
                raise OSError(f"{host}: is no host name: {error}") from None
            if not self._allow_private:
                addresses = permitted(host, addresses)
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


def check_redirect(host: str, own: str, *, allow_private: bool) -> None:
    """PrivateTarget if a server sends us to an address of the own network, which the operator did not write."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return  # a name, which the resolver looks at
    if not (allow_private or host == own or is_public(str(address))):
        raise PrivateTarget(f"is redirected to {host}, which is private; if that is meant: allow_private = true")
