"""What is odd only beside what was seen before: letter case, times to live, server names, addresses that change sides.

Times are the queries', in Unix seconds.
"""

from collections import OrderedDict
from typing import Any, Final

MAX_CLIENTS: Final = 2048
"""Clients whose letter case is watched, some 500 bytes each: those that mixed it. The oldest makes room."""
MAX_ZONES: Final = 256
"""Zones with long times to live, some 500 bytes each."""
MAX_NAMES: Final = 8192
"""Names with public addresses that may soon be others, some 150 bytes each."""
CASE_WINDOW: Final = 600.0
"""[seconds]"""
ZONES: Final = 2
"""Zones whose names a client mixes, as whoever carries something in the case of one zone's names does not."""
MIN_MIXED: Final = 3
"""Names of mixed case in one zone."""
MIN_PLAIN: Final = 5
"""Names in plain case, of 8 letters at least, that show that the client does not mix them all: 0x20 would leave one
such plain in 256."""
MIN_LETTERS: Final = 8
CHURN: Final = 4
"""Different times to live above a week."""
CHURN_WINDOW: Final = 600.0
"""[seconds]"""
MAX_SCANNERS: Final = 256
"""Clients that ask in class CHAOS, some 800 bytes each: monitors and scanners, of which a network has few."""
SCAN: Final = 9
"""Names in class CHAOS: dnsmasq has seven that its monitors ask for, and the version is asked for as well."""
SCAN_WINDOW: Final = 3600.0
"""[seconds]"""
REBIND_TTL: Final = 60
"""Rebinding needs the first answer gone from every cache. [seconds]"""
REBIND_WINDOW: Final = 3600.0
"""[seconds]"""


class _Case:
    """A client that sent mixed case."""

    __slots__ = ("plain", "since", "zones")

    def __init__(self, now: float) -> None:
        self.since = now
        self.plain = 0
        self.zones: dict[str, set[int]] = {}
        """Hashes of the names of mixed case, by zone."""

    def holds(self, now: float) -> bool:
        """Whether what was counted is recent enough to count still."""
        return 0 <= now - self.since <= CASE_WINDOW


class _Varied:
    """Keys that have shown several different values within a window; the key seen first makes room.

    `most` keys, told of from `enough` values in `window` seconds on.
    """

    __slots__ = ("_enough", "_kept", "_most", "_window", "evicted")

    def __init__(self, most: int, enough: int, window: float) -> None:
        self.evicted = 0
        self._most: Final = most
        self._enough: Final = enough
        self._window: Final = window
        self._kept: Final[OrderedDict[Any, tuple[float, set[int]]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def shows(self, key: str | bytes, value: int, now: float) -> bool:
        """Count a value; says whether the key has shown enough different ones."""
        kept = self._kept.get(key)
        if kept is None or not 0 <= now - kept[0] <= self._window:
            if kept is None and len(self._kept) >= self._most:
                self._kept.popitem(last=False)
                self.evicted += 1
            kept = self._kept[key] = (now, set())
        if len(kept[1]) < self._enough:
            kept[1].add(value)
        return len(kept[1]) >= self._enough


class Oddities:
    """One worker's."""

    __slots__ = ("_evicted", "_names", "_scans", "_ttls", "cases")

    def __init__(self) -> None:
        self._evicted = 0
        self.cases: Final[OrderedDict[bytes, _Case]] = OrderedDict()
        """Clients that have mixed case; most networks have none, so who counts plain names looks here first."""
        self._ttls: Final = _Varied(MAX_ZONES, CHURN, CHURN_WINDOW)
        self._scans: Final = _Varied(MAX_SCANNERS, SCAN, SCAN_WINDOW)
        self._names: Final[OrderedDict[int, float]] = OrderedDict()

    def __len__(self) -> int:
        """Count what is kept."""
        return len(self.cases) + len(self._ttls) + len(self._scans) + len(self._names)

    @property
    def evicted(self) -> int:
        """What made room for others, so far."""
        return self._evicted + self._ttls.evicted + self._scans.evicted

    def plain(self, client: bytes, name: str) -> None:
        """Count a name in one case only, of a client that has mixed it before."""
        case = self.cases.get(client)
        if case is not None and letters(name) >= MIN_LETTERS:
            case.plain += 1

    def mixes_all(self, client: bytes, now: float) -> bool:
        """Say whether a client mixes case in more than one zone, as resolvers with 0x20 do: `mixed` is false then."""
        case = self.cases.get(client)
        return case is not None and len(case.zones) >= ZONES and case.holds(now)

    def mixed(self, client: bytes, name: str, zone: str, now: float) -> bool:
        """Count a name of mixed case; says whether this zone alone has them, ever new ones, from this client."""
        case = self.cases.get(client)
        if case is None or not case.holds(now):
            if case is None and len(self.cases) >= MAX_CLIENTS:
                self.cases.popitem(last=False)
                self._evicted += 1
            case = self.cases[client] = _Case(now)
        names = case.zones.get(zone)
        if names is None:
            if len(case.zones) >= ZONES:
                return False
            names = case.zones[zone] = set()
        if len(names) < MIN_MIXED:
            names.add(hash(name))
        self.cases.move_to_end(client)
        return len(case.zones) == 1 and len(names) >= MIN_MIXED and case.plain >= MIN_PLAIN

    def churns(self, zone: str, ttl: int, now: float) -> bool:
        """Count a time to live above a week; says whether the zone has had CHURN different ones."""
        return self._ttls.shows(zone, ttl, now)

    def scans(self, client: bytes, name: str, now: float) -> bool:
        """Count a name in class CHAOS; says whether the client has asked for SCAN different ones."""
        return self._scans.shows(client, hash(name), now)

    def public(self, name: str, now: float) -> None:
        """Remember that a name has public addresses, and not for long."""
        names = self._names
        names[hash(name)] = now
        if len(names) > MAX_NAMES:
            # the one that was first seen; of a plain dict, to find it takes longer the more are gone
            names.popitem(last=False)
            self._evicted += 1

    def was_public(self, name: str, now: float) -> bool:
        """Say whether it had such addresses a moment ago."""
        return 0 <= now - self._names.get(hash(name), now + 1.0) <= REBIND_WINDOW


def letters(name: str) -> int:
    """Count a name's letters; `name` is lower case."""
    return sum([name.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"])


def is_mixed(question: bytes) -> bool:
    """Say whether a label of a name on the wire mixes letter case as chance does, not as people do.

    `WPAD`, `Google` and `MyPrinter` change case once or twice at a word's start; chance, at every second letter.
    """
    at = 0
    size = len(question)
    while at < size and question[at]:
        end = at + 1 + question[at]
        changes = 0
        count = 0
        upper = False
        for i in range(at + 1, min(end, size)):
            octet = question[i]
            if 65 <= octet <= 90 or 97 <= octet <= 122:
                now = octet < 97
                if count and now is not upper:
                    changes += 1
                upper = now
                count += 1
        if count >= MIN_LETTERS and 5 * changes >= 2 * count:
            return True
        at = end
    return False
