"""Networks of clients: an IPv4-mapped one is the IPv4 network it stands for (RFC 4291 section 2.5.5.2).

Clients are told apart by their IPv4 address, however they came in: a socket bound to `::` names them IPv4-mapped.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final

_MAPPED: Final = bytes(10) + b"\xff\xff"


def unmapped(address: bytes) -> bytes:
    """The IPv4 address that a packed one (4 or 16 bytes) stands for, if it does; else itself."""
    return address[12:] if len(address) == 16 and address.startswith(_MAPPED) else address


def prefix(text: str) -> tuple[int, int, int]:
    """Read an address or CIDR into (32 or 128, prefix length, leading bits); ValueError for what is neither."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no address or CIDR, such as 192.0.2.0/24") from None
    bits, length = network.max_prefixlen, network.prefixlen
    leading = int(network.network_address) >> (bits - length)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is None or length < 96:
        return bits, length, leading
    return 32, length - 96, int(mapped) >> (128 - length)


class Networks:
    """Some of them; asked whether a client is in any."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take addresses and CIDRs; ValueError as `prefix`."""
        tables: dict[tuple[int, int], set[int]] = {}
        for bits, length, leading in map(prefix, texts):
            tables.setdefault((bits, length), set()).add(leading)
        self._tables: Final = [(bits, bits - length, leading) for (bits, length), leading in tables.items()]

    def __bool__(self) -> bool:
        return bool(self._tables)

    def __contains__(self, client: bytes) -> bool:
        """Whether a packed address, 4 or 16 bytes, is in one of them."""
        client = unmapped(client)
        number, size = int.from_bytes(client, "big"), 8 * len(client)
        return any(bits == size and number >> shift in leading for bits, shift, leading in self._tables)
