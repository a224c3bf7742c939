"""Cues of the detectors of made-up names."""

from typing import Any, Final

from dnsguard.detect.context import Context
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.response_view import Response
from dnsguard.intel.cut import Cut, cut
from dnsguard.models import generated, ngrams
from dnsguard.state.failing import Failing
from dnsguard.state.floods import Floods
from dnsguard.wire.build import NXDOMAIN
from dnsguard.wire.query import Query

LONG: Final = 12
"""No shorter label is so odd that its name alone condemns it."""
QUICK: Final = 4.0
"""First-stage log-odds that a name has to reach for a second look; one benign name in 250 does. [nats]"""


def extreme(name: str) -> bool:
    """Say whether the label below a name's last, where registered names mostly stand, looks made up at first sight."""
    last = name.rfind(".")
    if last < LONG:
        return False
    start = name.rfind(".", 0, last) + 1
    if last - start < LONG:
        return False
    return generated.model().quick(name[start:last], name[last + 1 :]) >= QUICK


class GeneratedName(QueryCue):
    """Some rendezvous is known, or the name looks made up at first sight, where that is to be told."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.failing: Final[Failing] = ctx.memory.of(Failing)
        self.lone: Final[bool] = ctx.config.lone > 0

    def wakes(self, query: Query) -> bool:
        return len(self.failing.meetings) > 0 or (self.lone and extreme(query.name))


class FailedOrInfected(ResponseCue):
    """The name does not exist, or the client asked for many that don't."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.failing: Final[Failing] = ctx.memory.of(Failing)

    def wakes(self, response: Response) -> bool:
        if response.answer.rcode == NXDOMAIN:
            return True
        return len(self.failing.clients) > 0 and self.failing.watched(response.query.client, response.query.time)


RANDOM: Final = 4.0
"""First-stage log-odds, without the suffix, from which a host that resolves counts as random. [nats]"""
RANDOM_LENGTH: Final = 8
"""And so many characters it must have."""
SHORT: Final = 4
"""Labels of fewer characters say nothing."""
FLOODED: Final = 32
"""Names of floods have no more characters below their zone; what has carries enough to be told as a tunnel."""
HASHES: Final = (32, 36, 40, 56, 64)
"""Characters of hexadecimal digests and UUIDs, which honest look-ups ask with."""


def odds_of_label(label: str) -> float:
    """First-stage log-odds of a host's label, in nats."""
    model = generated.model()
    octets = label.encode()
    size = len(octets)
    if size < SHORT or (size in HASHES and is_hash(octets)):
        return -10.0
    return ngrams.total(model.grams, octets) / 16.0 + model.lengths[min(size, generated.LONGEST)]


def odd(label: str) -> bool:
    """Say whether n-grams speak for a machine rather than against it: of 93 to 100 % of random labels they do.

    Of the first labels of benign host names, 31 % are odd.
    """
    octets = label.encode()
    size = len(octets)
    if size < SHORT or (size in HASHES and is_hash(octets)):
        return False
    return ngrams.total(generated.model().grams, octets) >= 0


def is_hash(label: bytes) -> bool:
    """Say whether a label is all hexadecimal digits and hyphens."""
    return all(48 <= octet <= 57 or 97 <= octet <= 102 or octet == 45 for octet in label)


def host_label(name: str) -> str:
    """The first label of a name of three or more; empty for others."""
    end = name.find(".")
    if end < SHORT or name.find(".", end + 1) < 0:
        return ""
    return name[:end]


class Flooded(QueryCue):
    """Some zone is flooded, and the name stands in it."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.floods: Final[Floods] = ctx.memory.of(Floods)
        self.cuts: Final[Cut] = cut()

    def wakes(self, query: Query) -> bool:
        floods = self.floods
        return len(floods.flooded) > 0 and self.cuts.of(query) in floods.flooded


def in_flood(query: Query, zone: str, ctx: Context[Any]) -> bool:
    """Say whether a query is random_domain's to judge, and no tunnel's: in a flood it is the zone that suffers.

    Its own hosts are served on, which a tunnel's would not be.
    """
    if len(query.name) - len(zone) > FLOODED:
        return False
    floods: Floods = ctx.memory.of(Floods)
    return floods.denied(zone, query.time)


class FailedOrRandom(ResponseCue):
    """The name failed, or its host's label is random; what resolved is remembered."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.floods: Final[Floods] = ctx.memory.of(Floods)
        self.cuts: Final[Cut] = cut()

    def wakes(self, response: Response) -> bool:
        name = response.query.name
        answer = response.answer
        label = host_label(name)
        if answer.rcode != 0:
            return label != ""
        if answer.message[7] == 0 and answer.message[6] == 0:
            return False
        floods = self.floods
        floods.resolved(name)
        if label == "":
            return False
        if len(floods.suspects) > 0:
            zone = floods.suspects.get(self.cuts.of(response.query))
            if zone is not None:
                zone.answered += 1.0
        return len(label) >= RANDOM_LENGTH and odds_of_label(label) >= RANDOM
