"""One client's failing domains: how soon each came, and how alike it is to those before it, in nats."""

import math

from dnsguard.state.saved import finite, list_of, number, text_of

MAX_NAMES: int = 64
"""Failing domains of one client that are told from new ones."""
MAX_ALIKE: int = 16
"""Of them, the last ones that a new one is compared with, and the evidence shows."""
USUAL: float = 4.0
"""Failures of the last hours, before this burst, that are nothing special; twice as many halve what haste says."""
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
ALIKE: float = 0.9
"""How likely a bot's next name is like those before it; else it is like anybody's."""
LENGTHS: list[int] = [5, 5, 5, 27, 44, 69, 90, 92, 95, 94, 91, 76, 74, 61, 43, 37, 26, 20, 18, 12, 8, 6]
"""Share of labels of so many characters among registered domains that no longer answer, what honest hosts fail at most;
longer ones count as LONG each, though they are fewer. [per mille]"""
LONG: int = 5
SPREAD: float = 3.0
"""How far the lengths of one generator lie apart, before that is known: it counts as one name of those before.
[characters]"""
STEMS: float = 0.02
"""Share of people's failures that have most of their label in common with an earlier one."""
STEM: float = 0.6
"""What is most of a label, and at least four characters."""


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

    def dump(self) -> list[object]:
        """As JSON-like values, for `load`; paces are over in seconds, and not kept."""
        return [
            self.total,
            self.count,
            self.since,
            [[failure.domain, failure.odds, failure.time] for failure in self.failures],
            list(self.known),
            self.last,
            self.slow,
            self.fast,
            self.met,
            self.told,
        ]

    @staticmethod
    def load(saved: list[object]) -> "Client":
        """What `dump` gave; ValueError or TypeError for anything else."""
        total, count, since, failures, known, last, slow, fast, met, told = saved
        made = Client()
        made.total = number(total)
        made.count = int(number(count))
        made.since = text_of(since)
        for domain, odds, time in list_of(failures)[-MAX_ALIKE:]:
            made.failures.append(Failure(text_of(domain), finite(odds), number(time)))
        for each in list_of(known)[-MAX_NAMES:]:
            made.known[text_of(each)] = 1
        made.last = number(last)
        made.slow = number(slow)
        made.fast = number(fast)
        made.met = int(number(met))
        made.told = number(told)
        return made

    def likeness(self, domain: str, rarity: float) -> float:
        """How much more likely a domain is among the last failures than among anybody's, in nats..

        By suffix, length and stem; `rarity` is -ln of the share of registered names under its suffix.
        """
        count = len(self.failures)
        if count == 0:
            return 0.0
        length = domain.find(".")
        suffix = domain[length + 1 :]
        same = 0
        stems = 0
        mean = 0.0
        suffixes: dict[str, int] = {}
        for failure in self.failures:
            suffixes[failure.suffix] = suffixes.get(failure.suffix, 0) + 1
            mean += failure.length / count
            if failure.suffix == suffix:
                same += 1
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
        return found + self._length(length, mean)

    def _length(self, length: int, mean: float) -> float:
        """How much more likely a label's length is after the last failures, which gather about their mean, in nats.

        They are taken to lie around it as by Laplace's law, as far apart as they were so far. Names of words set side
        by side differ by a word, but are all long, which few others are; names of a usual length say little by it.
        """
        spread = SPREAD
        for failure in self.failures:
            spread += abs(failure.length - mean)
        ratio = math.exp(-(len(self.failures) + 1.0) / spread)
        expected = (1.0 - ratio) / (1.0 + ratio) * math.pow(ratio, abs(length - mean))
        usual = 0.001 * (LENGTHS[length] if length < len(LENGTHS) else LONG)
        return math.log((ALIKE * expected + (1.0 - ALIKE) * usual) / usual)

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
    """Say whether two domains have labels (`size` and `length` characters) that differ, but are mostly the same.

    Characters are compared in their places, counted from the start or from the end.
    """
    least = max(4.0, STEM * max(size, length))
    most = min(size, length)
    if most < least or one[:size] == other[:length]:
        return False
    # most pairs are unlike, and soon have more that differs than they may
    spare = most - least
    for at in range(most):
        if one[at] != other[at]:
            spare -= 1.0
            if spare < 0.0:
                break
    if spare >= 0.0:
        return True
    spare = most - least
    for at in range(most):
        if one[size - 1 - at] != other[length - 1 - at]:
            spare -= 1.0
            if spare < 0.0:
                return False
    return True
