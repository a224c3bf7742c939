"""IP fragments put together again, in a table with bounds (RFC 791, RFC 8200 section 4.5)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from dnsguard.replay.recorded import Skipped

MAX_DATAGRAMS: Final = 1024
"""Under way at a time; each has at most 64 kB, so the table stays below 64 MB."""
MAX_BYTES: Final = 65535
LIFETIME: Final = 30.0
"""Linux's `ipfrag_time`: what is not whole by then never will be. [seconds of recorded time]"""

Key = tuple[bytes, bytes, int, int]
"""Source, destination, identification, protocol."""


@dataclass(slots=True)
class _Partial:
    time: float
    parts: dict[int, bytes] = field(default_factory=dict)
    """Payload by its offset."""
    size: int = -1
    """Of the whole payload, once the last fragment is there."""
    held: int = 0


class Fragments:
    """Gives a payload when its last missing fragment comes."""

    def __init__(self, skipped: Skipped) -> None:
        self._skipped = skipped
        self._table: OrderedDict[Key, _Partial] = OrderedDict()

    def add(self, key: Key, time: float, offset: int, more: bool, data: bytes) -> bytes | None:
        """Take one fragment; `offset` in bytes. Overlaps are dropped whole: they only hide something (RFC 5722)."""
        partial = self._table.get(key)
        if partial is not None and not 0 <= time - partial.time <= LIFETIME:
            self._drop(key, "IP fragments whose rest never came")
            partial = None
        if partial is None:
            while len(self._table) >= MAX_DATAGRAMS:
                self._drop(next(iter(self._table)), "IP fragments whose rest never came")
            partial = self._table[key] = _Partial(time)
        known = partial.parts.get(offset)
        if known == data:
            return None  # sent twice
        size = offset + len(data)
        ends = partial.size if more else size
        if known is not None or size > MAX_BYTES or (0 <= ends < size) or (partial.size >= 0 and not more):
            self._drop(key, "IP fragments that contradict each other")
            return None
        partial.parts[offset] = data
        partial.held += len(data)
        partial.size = ends
        if partial.held < ends or ends < 0:
            return None
        del self._table[key]
        return self._joined(partial)

    def _joined(self, partial: _Partial) -> bytes | None:
        whole = bytearray()
        for offset in sorted(partial.parts):
            if offset != len(whole):
                self._skipped["IP fragments that contradict each other"] += len(partial.parts)
                return None
            whole += partial.parts[offset]
        return bytes(whole)

    def _drop(self, key: Key, reason: str) -> None:
        self._skipped[reason] += len(self._table.pop(key).parts)

    def close(self) -> None:
        """Count what never became whole."""
        for key in list(self._table):
            self._drop(key, "IP fragments whose rest never came")
