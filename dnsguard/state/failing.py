"""Which clients ask for one made-up name after the other, none of which exists: a sequential test for each client.

Wald's SPRT as CUSUM (Page 1954): each distinct registrable domain that fails moves the client's sum by how much more
likely it is of a bot than of a person; the sum never falls below 0, so a good hour earns nobody credit. What a failure
says is its name's own log-odds, how soon it came after the last one, and how alike it is to those before it.
"""

import math

MAX_CLIENTS: int = 16384
"""Clients with a failure to remember; some 3 kB each at the most. The one that failed longest ago makes room."""
MAX_NAMES: int = 64
"""Failing domains of one client that are told from new ones."""
MAX_ALIKE: int = 16
"""Of them, the last ones that a new one is compared with, and the evidence shows."""
FADE: float = 6 * 3600.0
"""A sum halves in so many seconds without a failure."""
SLOW: float = 6 * 3600.0
FAST: float = 900.0
"""[seconds]"""
USUAL: float = 4.0
"""Failures of the last hours, before this burst, that are nothing special; twice as many halve what haste says."""
RELIEF: float = 0.05
"""What a name that resolves takes from the sum: a resolver's clients, or a crawler's links, fail among many that do not
[nats]; and no more than RELIEVED of them between two failures."""
RELIEVED: int = 40
BURST: float = 32.0
"""Different domains within a quarter of an hour, which no one host fails at without being told of: from here on it is
many hosts behind one address, or a crawler."""
CROWD: float = 3.0
"""What each failure of a crowd takes from the sum at the most: it fails so often that each kind of oddness comes up in
runs [nats]. At 8 times BURST it is all of that."""
PACE: float = 10.0
BUSY: int = 200
"""A client that so many names resolve for within PACE seconds is many hosts, or asks for them; that its failures
follow each other soon says nothing, however few resolved between. A host's browser asks for some dozens."""
ALIKE: float = 0.75
"""How likely a bot's next name is like those before it; else it is like anybody's."""
LENGTHS: float = 0.24
"""Share of registered names within one character of a usual length."""
STEMS: float = 0.02
"""Share of people's failures that have most of their label in common with an earlier one."""
STEM: float = 0.6
"""What is most of a label, and at least four characters."""
MAX_MEETINGS: int = 4096
"""Rendezvous domains that all clients are kept from; the oldest makes room."""


class Failure:
    """A registrable domain that did not exist: its name's odds [nats], and when it was asked for [Unix s]."""

    __slots__ = ("domain", "length", "odds", "suffix", "time")

    def __init__(self, domain: str, odds: float, time: float) -> None:
        at = domain.find(".")
        self.domain: str = domain
        self.suffix: str = domain[at + 1 :]
        self.length: int = at
        self.odds: float = odds
        self.time: float = time


class Client:
    """One client's failures."""

    __slots__ = (
        "answered",
        "count",
        "failures",
        "fast",
        "known",
        "last",
        "met",
        "pace",
        "pace_before",
        "pace_since",
        "since",
        "slow",
        "told",
        "total",
    )

    def __init__(self) -> None:
        self.total: float = 0.0
        """The sum. [nats]"""
        self.count: int = 0
        """Failures since the sum last stood at 0."""
        self.since: str = ""
        """The first of them: it names the episode."""
        self.failures: list[Failure] = []
        self.known: dict[str, int] = {}
        self.last: float = 0.0
        """Time of the last failure."""
        self.slow: float = 0.0
        """Failures, faded over SLOW seconds."""
        self.fast: float = 0.0
        """And over FAST seconds: the difference is what failed before this burst."""
        self.answered: int = 0
        """Names that resolved since then."""
        self.pace: int = 0
        """Names that resolved since `pace_since`, less than PACE seconds ago, and in as long a time before."""
        self.pace_before: int = 0
        self.pace_since: float = 0.0
        self.met: int = 0
        """Rendezvous told of since the client was found infected."""
        self.told: float = 0.0
        """Until when the client counts as infected; 0: it does not."""

    def likeness(self, domain: str, rarity: float) -> float:
        """How much more likely a domain is among the last failures than among anybody's, in nats..

        By suffix, length and stem; `rarity` is -ln of the share of registered names under its suffix.
        """
        count = len(self.failures)
        if count < 2:
            return 0.0
        length = domain.find(".")
        suffix = domain[length + 1 :]
        same = 0
        near = 0
        stems = 0
        suffixes: dict[str, int] = {}
        for failure in self.failures:
            suffixes[failure.suffix] = suffixes.get(failure.suffix, 0) + 1
            if failure.suffix == suffix:
                same += 1
            if -1 <= failure.length - length <= 1:
                near += 1
            if akin(failure.domain, failure.length, domain, length):
                stems += 1
        once = 0
        for hits in suffixes.values():
            if hits == 1:
                once += 1
        # people of one country meet its suffix more often than the world does
        usual = 0.5 * math.exp(-rarity) + 0.2
        # who never came back to a suffix will not now either (Good and Turing: the share of those met once)
        new = once / count
        expected = (1.0 - new) * (same + 0.5) / (count + 1.0) + new * usual
        found = math.log((ALIKE * expected + (1.0 - ALIKE) * usual) / usual)
        if stems > 0:
            found += math.log((ALIKE * stems / (count + 1.0) + (1.0 - ALIKE) * STEMS) / STEMS)
        return found + math.log((ALIKE * (near + 1.0) / (count + 1.0) + (1.0 - ALIKE) * LENGTHS) / LENGTHS)

    def haste(self, now: float) -> float:
        """What the time since the last failure says, and the names that resolved meanwhile, in nats."""
        if not self.failures:
            return 0.0
        gap = now - self.last
        found = 0.9 if gap <= 10.0 else 0.6 if gap <= 60.0 else 0.3 if gap <= 300.0 else 0.0 if gap <= 1800.0 else -1.5
        between = self.answered
        if self.pace >= BUSY or self.pace_before >= BUSY:
            between = max(between, 13)
        if between > 12:
            # soon by the clock, but not by what the client asks: a resolver or a crawler
            found = min(found, 0.0)
        return found + (0.8 if between <= 3 else 0.3 if between <= 12 else -0.4 if between <= 40 else -0.8)

    def habit(self, haste: float) -> float:
        """Weigh the haste by how often the client fails anyhow.

        Mail servers and crawlers always fail, so soon after the last time as well, and at odd names sooner or later.
        """
        usual = (self.slow - self.fast - USUAL) / USUAL
        if usual <= 0.0:
            return haste
        return (haste / (1.0 + usual) if haste > 0.0 else haste) - min(1.0, 0.5 * usual)

    def crowd(self) -> float:
        """How little another failure says because there are so many, in nats; 0 for a single host."""
        return min(CROWD, CROWD * (self.fast - BURST) / (7.0 * BURST)) if self.fast > BURST else 0.0

    def odds_alike(self, odds: float, share: float) -> float:
        """How much more likely a name of these odds is among the last failures than among anybody's, in nats.

        `share` of registered names have odds within 1 nat of them.
        """
        count = 0
        for failure in self.failures:
            if -1.0 <= failure.odds - odds <= 1.0:
                count += 1
        return math.log((ALIKE * (count + 0.5) / (len(self.failures) + 1.0) + (1.0 - ALIKE) * share) / share)


def akin(one: str, size: int, other: str, length: int) -> bool:
    """Say whether two domains have labels (`size` and `length` characters) that differ, and begin or end alike."""
    least = max(4.0, STEM * max(size, length))
    most = min(size, length)
    if most < least or one[:size] == other[:length]:
        return False
    alike = 0
    while alike < most and one[alike] == other[alike]:
        alike += 1
    if alike >= least:
        return True
    alike = 0
    while alike < most and one[size - 1 - alike] == other[length - 1 - alike]:
        alike += 1
    return alike >= least


class Failing:
    """All clients of one worker, and the rendezvous domains that were found."""

    __slots__ = ("clients", "evicted", "meetings")

    def __init__(self) -> None:
        self.clients: dict[bytes, Client] = {}
        self.meetings: dict[str, float] = {}
        """Domain -> when it was found. [Unix s]"""
        self.evicted: int = 0

    def known(self, client: bytes, domain: str) -> bool:
        """Say whether this client's failure is an old one."""
        found = self.clients.get(client)
        return found is not None and domain in found.known

    def note(self, client: bytes, domain: str, odds: float, rarity: float, now: float) -> Client:
        """Count a domain that failed, if it is new; gives what is now known of the client."""
        found = self.clients.pop(client, None)
        if found is None:
            if len(self.clients) >= MAX_CLIENTS:
                del self.clients[next(iter(self.clients))]
                self.evicted += 1
            found = Client()
        self.clients[client] = found
        if domain in found.known:
            return found
        failure = Failure(domain, odds, now)
        if now > found.last:
            gone = now - found.last
            found.total *= math.pow(0.5, gone / FADE)
            found.slow *= math.exp(-gone / SLOW)
            found.fast *= math.exp(-gone / FAST)
        crowd = found.crowd()
        step = (
            odds
            - RELIEF * min(found.answered, RELIEVED)
            + found.habit(found.haste(now))
            # what many hosts fail at is not one host's, however alike it is
            + (found.likeness(domain, rarity) if crowd < CROWD else 0.0)
            - crowd
        )
        found.total += step
        found.slow += 1.0
        found.fast += 1.0
        if found.total <= 0.0:
            found.total = 0.0
            found.count = 0
            found.since = ""
        else:
            found.count += 1
            if not found.since:
                found.since = domain
        if len(found.known) >= MAX_NAMES:
            del found.known[next(iter(found.known))]
        found.known[domain] = 1
        if len(found.failures) >= MAX_ALIKE:
            del found.failures[0]
        found.failures.append(failure)
        found.last = now
        found.answered = 0
        return found

    def watched(self, client: bytes, now: float) -> bool:
        """Count an answer, and say whether the client counts as infected."""
        found = self.clients.get(client)
        if found is None:
            return False
        found.answered += 1
        if now - found.pace_since >= PACE:
            found.pace_before = found.pace if now - found.pace_since < 2.0 * PACE else 0
            found.pace = 0
            found.pace_since = now
        found.pace += 1
        return found.told > now

    def meet(self, domain: str, now: float) -> None:
        """Remember a rendezvous."""
        if domain not in self.meetings and len(self.meetings) >= MAX_MEETINGS:
            del self.meetings[next(iter(self.meetings))]
        self.meetings[domain] = now
