"""How often each rule has matched, for those that tell only then: Suricata's `threshold` and `detection_filter`.

Times are those of the messages [Unix seconds], so a recording counts as live traffic does.
"""

from typing import Final

from dnsguard.signatures.rule import Rule

MAX_ENTRIES: Final = 32768
"""(rule, tracked address) pairs that are counted at once, about 6 MB; the oldest make room."""


class Thresholds:
    """Counts of one process; made once, and kept over reloads: a rule is known by its generator and signature id."""

    __slots__ = ("_counts", "evicted")

    def __init__(self) -> None:
        self._counts: Final[dict[tuple[int, int, bytes], list[float]]] = {}
        """Start of the period, matches in it; in order of their starts, nearly."""
        self.evicted = 0

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self._counts)

    def reached(self, rule: Rule, client: bytes, now: float, *, response: bool) -> bool | None:
        """Count a match; True: tell it, None: it counts but is not told (a limit is reached), False: not yet.

        A period begins with a match and is over `seconds` later; the next match begins another.
        """
        threshold = rule.threshold
        if threshold is None:
            return True
        track = threshold.track
        # the client is a query's source and a response's destination; the other end is one server, whichever was asked
        tracked = track in {"by_both", "by_dst" if response else "by_src"}
        key = (rule.gid, rule.sid, client if tracked else b"")
        kind, count = threshold.kind, threshold.count
        entry = self._counts.get(key)
        if entry is not None and now < entry[0] + threshold.seconds:
            entry[1] += 1
        else:
            if entry is not None:
                # behind the others again: what began last is forgotten last
                del self._counts[key]
            elif len(self._counts) >= MAX_ENTRIES:
                del self._counts[next(iter(self._counts))]
                self.evicted += 1
            entry = self._counts[key] = [now, 1]
        matches = entry[1]
        if kind == "limit":
            return True if matches <= count else None
        if kind == "detection_filter":
            return matches > count
        if kind == "both":
            return True if matches == count else None if matches > count else False
        if matches >= count:
            entry[1] = 0
            return True
        return False
