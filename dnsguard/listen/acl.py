"""Who is answered: `[listen] allow_from`. Never an open resolver by default (RFC 5358)."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final

PRIVATE: Final = (
    "127.0.0.0/8",  # RFC 1122 section 3.2.1.3
    "10.0.0.0/8",  # RFC 1918
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",  # RFC 3927
    "100.64.0.0/10",  # RFC 6598: clients behind a carrier's or an overlay network's translator
    "::1/128",
    "fe80::/10",
    "fc00::/7",  # RFC 4193
)
"""What `private` stands for. The network's own public IPv6 prefix is not in it: only its owner knows that."""
_MAPPED: Final = bytes(10) + b"\xff\xff"
MAX_VERDICTS: Final = 1 << 16
"""Addresses whose verdict is remembered, about 8 MB. Beyond it all are forgotten: each costs 2 µs to find again."""


class Acl:
    """Decides by a client's packed address; the listener may look into `verdicts` first and ask on None.

    ValueError says what an entry must be.
    """

    def __init__(self, allow_from: Sequence[str]) -> None:
        self._decided: dict[bytes, bool] = {}
        self.verdicts: Mapping[bytes, bool] = self._decided
        """What has been decided on; for looking into only."""
        networks: dict[tuple[int, int], set[int]] = {}
        for text in allow_from:
            for size, length, leading in _networks(text):
                networks.setdefault((size, length), set()).add(leading)
        self._networks = tuple((size, length, frozenset(leading)) for (size, length), leading in networks.items())

    def allows(self, client: bytes) -> bool:
        """Tell whether the client, 4 or 16 bytes, is answered; an IPv4-mapped one counts as the IPv4 address it is."""
        verdict = self.verdicts.get(client)
        if verdict is None:
            if len(self._decided) >= MAX_VERDICTS:
                self._decided.clear()
            verdict = self._decided[client] = self._decide(client)
        return verdict

    def _decide(self, client: bytes) -> bool:
        if client.startswith(_MAPPED) and len(client) == 16:
            client = client[12:]
        number, bits = int.from_bytes(client, "big"), 8 * len(client)
        return any(bits == size and number >> (bits - length) in leading for size, length, leading in self._networks)


def _networks(text: str) -> list[tuple[int, int, int]]:
    """Read one entry into (32 or 128, prefix length, leading bits)."""
    if text == "any":
        return [(32, 0, 0), (128, 0, 0)]
    if text == "private":
        return [part for network in PRIVATE for part in _networks(network)]
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f'{text!r}: {error}; write "private", "any" or a network, such as "192.0.2.0/24"') from None
    size, length = network.max_prefixlen, network.prefixlen
    leading = int(network.network_address) >> (size - length)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is not None and length >= 96:
        length -= 96
        return [(32, length, int(mapped) >> (32 - length))]
    return [(size, length, leading)]
