"""Addresses that answer for several domains which lists call malicious: sinkholes that nobody has listed.

Who takes domains over points them all at the same few machines. So does a careless host, but that one answers for
ordinary names as well; the share of ordinary names tells the two apart.
"""

from collections import OrderedDict
from typing import Final

MAX_ADDRESSES: Final = 4096
"""Addresses that answered for a listed name; about 4 MB when full. The one unseen for longest makes room."""
MAX_DOMAINS: Final = 32
"""Domains remembered of each kind; more prove nothing more."""
MEMORY: Final = 7 * 86400.0
"""An address that no listed name led to for so long is forgotten. [seconds]"""


class _Seen:
    """What one address answered for."""

    __slots__ = ("last", "listed", "ordinary")

    def __init__(self) -> None:
        self.listed: Final[dict[str, None]] = {}
        self.ordinary: Final[set[int]] = set()
        """Hashes: ordinary names are nobody's business."""
        self.last = 0.0


class Sinkholes:
    """One worker's; an ordinary name costs one look-up for each address of its answer."""

    __slots__ = ("_seen", "evicted")

    def __init__(self) -> None:
        self._seen: Final[OrderedDict[bytes, _Seen]] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        """Count the addresses."""
        return len(self._seen)

    def watch(self, addresses: tuple[bytes, ...]) -> bool:
        """Say whether listed domains led to any of these addresses."""
        return any(address in self._seen for address in addresses)

    def undecided(self, address: bytes, share: float) -> bool:
        """Say whether one more ordinary domain there matters.

        It does if listed domains led to the address, and could still make up `share` of all its domains.
        """
        seen = self._seen.get(address)
        return seen is not None and share * (MAX_DOMAINS + len(seen.ordinary)) <= MAX_DOMAINS

    def note(self, address: bytes, domain: str, now: float, *, listed: bool) -> tuple[list[str], float]:
        """Remember that an address answered for a registrable domain, `listed` as malicious or not, at `now` (Unix s).

        Returns the listed domains it has answered for, and their share of all its domains, 0 to 1.
        """
        seen = self._seen.get(address)
        if seen is not None and abs(now - seen.last) > MEMORY:
            del self._seen[address]
            seen = None
        if listed:
            if seen is None:
                if len(self._seen) >= MAX_ADDRESSES:
                    self._seen.popitem(last=False)
                    self.evicted += 1
                seen = self._seen[address] = _Seen()
            else:
                self._seen.move_to_end(address)
            seen.last = now
            if len(seen.listed) < MAX_DOMAINS:
                seen.listed[domain] = None
        elif seen is None:
            return [], 0.0
        elif domain not in seen.listed and len(seen.ordinary) < MAX_DOMAINS:
            seen.ordinary.add(hash(domain))
        return list(seen.listed), len(seen.listed) / (len(seen.listed) + len(seen.ordinary))
