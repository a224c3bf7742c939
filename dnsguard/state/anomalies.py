"""How often each client, and the whole network, showed each oddity of the protocol: what makes the legal ones rare.

The share of a check is of judged queries, and starts from what an ordinary network shows (anomaly/checks.py), which
weighs as much as PRIOR queries of its own. A client's own part is left out, and what it adds in a day is bounded, so
that one client that floods does not become the measure of what is ordinary; what honest software is known to do becomes
ordinary once a handful of clients do it.
Times are the queries', in Unix seconds.
"""

from collections import OrderedDict
from typing import Final

from dnsguard.anomaly.checks import RARE, Check
from dnsguard.state.counters import Table
from dnsguard.state.oddities import Oddities

MAX_RECORDS: Final = 8192
"""Pairs of client and check, some 400 bytes each; the one unseen for longest makes room."""
PRIOR: Final = 100_000.0
"""Queries' worth of belief in the shares that the product comes with."""
DAY: Final = 86400.0
"""Counts are halved each day: the baseline is that of the last days. [seconds]"""
MAX_OWN: Final = 9
"""Most that one client adds to a check's count in a day."""
HANDFUL: Final = 5
"""Other clients that show a check, of those that honest software is known to fail: it is ordinary on this network."""
MAX_TIMES: Final = 16
"""Times kept of one client and check; no rule asks for more repeats."""
MAX_A_SECOND: Final = 50
"""Unreadable messages of one client that are looked through in a second: answering them all costs less than that."""
MAX_WATCHED: Final = 10_000
"""Clients counted in one second."""


class Seen:
    """One client and check."""

    __slots__ = ("day", "own", "times", "told_at", "told_zone", "total")

    def __init__(self, day: int) -> None:
        self.day = day
        self.own = 0
        """What it added to the check's count, halved with it."""
        self.total = 0
        self.times: list[float] = []
        self.told_at = -1.0
        self.told_zone = ""


class Anomalies:
    """One worker's counts."""

    __slots__ = (
        "_clients",
        "_counts",
        "_day",
        "_second",
        "_seen",
        "_this_second",
        "evicted",
        "oddities",
        "queries",
        "skipped",
    )

    def __init__(self) -> None:
        self.queries = 0
        """Judged queries; halved as the counts are."""
        self.evicted = 0
        self.oddities: Final = Oddities()
        self.skipped = 0
        """Unreadable messages that were not looked through."""
        self._seen: Final[OrderedDict[tuple[bytes, str], Seen]] = OrderedDict()
        self._counts: Final[dict[str, int]] = {}
        self._clients: Final[dict[str, int]] = {}
        """Clients that have shown a check, each counted once a day, and halved as the counts are."""
        self._day = -1
        self._second = -1
        self._this_second: Final[dict[bytes, int]] = {}

    def __len__(self) -> int:
        """Count the records."""
        return len(self._seen)

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [
            ("anomalies", len(self._seen), self.evicted),
            ("oddities", len(self.oddities), self.oddities.evicted),
        ]

    def admit(self, client: bytes, now: float) -> bool:
        """Say whether another unreadable message of this client may be looked through in this second."""
        second = int(now)
        if second != self._second:
            self._second = second
            self._this_second.clear()
        count = self._this_second.get(client, 0)
        if count >= MAX_A_SECOND or (not count and len(self._this_second) >= MAX_WATCHED):
            self.skipped += 1
            return False
        self._this_second[client] = count + 1
        return True

    def note(self, client: bytes, check: str, now: float) -> Seen:
        """Count one more message of this client that fails the check."""
        day = int(now // DAY)
        if day > self._day:
            self._roll(day)
        key = (client, check)
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= MAX_RECORDS:
                self._seen.popitem(last=False)
                self.evicted += 1
            seen = self._seen[key] = Seen(self._day)
            self._clients[check] = self._clients.get(check, 0) + 1
        else:
            self._seen.move_to_end(key)
            if seen.day < self._day:
                seen.own >>= min(self._day - seen.day, 62)
                seen.day = self._day
                self._clients[check] = self._clients.get(check, 0) + 1
        seen.total += 1
        if len(seen.times) >= MAX_TIMES:
            del seen.times[0]
        seen.times.append(now)
        if seen.own < MAX_OWN:
            seen.own += 1
            self._counts[check] = self._counts.get(check, 0) + 1
        return seen

    def share(self, check: Check, seen: Seen) -> float:
        """Give the part of queries that are expected to fail the check, as others' do."""
        others = max(self._counts.get(check.id, 0) - seen.own, 0)
        return (check.usual * PRIOR + others) / (PRIOR + self.queries)

    def ordinary(self, check: Check) -> bool:
        """Say whether a handful show it besides the client that has just done so, however few of all queries do."""
        return check.usual > RARE and self._clients.get(check.id, 0) > HANDFUL

    def _roll(self, day: int) -> None:
        if self._day >= 0:
            shift = min(day - self._day, 62)
            self.queries >>= shift
            for check in list(self._counts):
                self._counts[check] >>= shift
                self._clients[check] >>= shift
        self._day = day


def repeats(seen: Seen, now: float, window: float) -> int:
    """Count how often it was seen in the last `window` seconds, MAX_TIMES at most."""
    return len([time for time in seen.times if 0 <= now - time <= window])


def tells(seen: Seen, zone: str, now: float, every: float) -> bool:
    """Say whether to tell of it: once in `every` seconds, and again only where it joins what was told, by its zone."""
    if seen.told_at < 0 or not 0 <= now - seen.told_at < every:
        seen.told_at = now
        seen.told_zone = zone
        return True
    return seen.told_zone == zone
