"""Who is answered: `[listen] allow_from`. Never an open resolver by default (RFC 5358)."""

from collections.abc import Sequence
from typing import Final

from dnsguard.wire.networks import Networks

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
MAX_VERDICTS: Final = 1 << 16
"""Addresses whose verdict is remembered, about 8 MB. Beyond it all are forgotten: each costs 2 µs to find again."""


class Acl:
    """Decides by a client's packed address; the listener may look into `verdicts` first and ask on None.

    ValueError says what an entry must be.
    """

    def __init__(self, allow_from: Sequence[str]) -> None:
        self.verdicts: dict[bytes, bool] = {}
        """What has been decided on; for looking into only."""
        self._networks: Final = Networks([network for text in allow_from for network in _networks(text)])

    def allows(self, client: bytes) -> bool:
        """Tell whether the client, 4 or 16 bytes, is answered; an IPv4-mapped one counts as the IPv4 address it is."""
        verdict = self.verdicts.get(client)
        if verdict is None:
            if len(self.verdicts) >= MAX_VERDICTS:
                self.verdicts.clear()
            verdict = self.verdicts[client] = client in self._networks
        return verdict


def _networks(text: str) -> Sequence[str]:
    """Spell one entry out."""
    if text == "any":
        return ("0.0.0.0/0", "::/0")
    if text == "private":
        return PRIVATE
    try:
        Networks([text])
    except ValueError:
        raise ValueError(f'{text!r}: write "private", "any" or a network, such as "192.0.2.0/24"') from None
    return (text,)
