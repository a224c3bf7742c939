"""DNS rebinding: a public name points into the private network, where the visitor's browser then reads for its owner.

Source: Jackson et al., "Protecting Browsers from DNS Rebinding Attacks", ACM CCS 2007, section 4.
Known gap: shared address space (100.64/10), TEST-NETs, addresses inside NAT64 prefixes (RFC 6052) and address hints of
    HTTPS records pass. 0.0.0.0 and :: pass on purpose: upstreams that block answer so.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from dnsguard.intel.names import canonical, suffixes
from dnsguard.wire.networks import unmapped

_LOOPBACK6: Final = bytes(15) + b"\1"
_UNSPECIFIED4: Final = bytes(4)


def is_private(address: bytes) -> bool:
    """Tell whether a packed address (4 or 16 bytes) lies in the private network, or is the machine itself."""
    first = address[0]
    if len(address) == 4:
        return (
            first in {10, 127}
            or (first == 192 and address[1] == 168)
            or (first == 172 and address[1] & 0xF0 == 16)
            or (first == 169 and address[1] == 254)
            or (first == 0 and address != _UNSPECIFIED4)
        )
    if first == 0:
        inner = unmapped(address)
        return address == _LOOPBACK6 or (inner is not address and is_private(inner))
    # fc00::/7 (RFC 4193), fe80::/10 (RFC 4291), and fec0::/10, site-local before RFC 3879
    return first & 0xFE == 0xFC or (first == 0xFE and address[1] & 0x80 != 0)


class Rebinding:
    """Finds the address that an answer may not have.

    `exempt` are the names, and all below them, that may point inside: `rebinding_allow`, `[allow] names` and what is
    forwarded to servers of the inside. ValueError names what is no domain.
    """

    def __init__(self, exempt: Iterable[str] = ()) -> None:
        self._exempt = frozenset(_domain(name) for name in exempt)

    def offending(self, name: str, addresses: Sequence[bytes]) -> bytes | None:
        """Give the first private address of an answer to `name` (lower case, no final dot); None: all is well."""
        for address in addresses:
            if is_private(address):
                return None if self._is_exempt(name) else address
        return None

    def _is_exempt(self, name: str) -> bool:
        return any(suffix in self._exempt for suffix in suffixes(name))


def _domain(text: str) -> str:
    try:
        return canonical(text.removeprefix("*."))
    except ValueError as error:
        raise ValueError(f'{text!r}: {error}; write a domain, such as "plex.direct"') from None
