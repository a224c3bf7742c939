"""When the detectors of made-up names are worth asking; as module cues, compiled, and held to what they promise."""

from typing import Any, Final

from dnsguard.detect.context import Context
from dnsguard.detect.response_view import Response
from dnsguard.intel.cut import cut
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


def generated_name(query: Query, ctx: Context[Any]) -> bool:
    """Some rendezvous is known, or the name looks made up at first sight, where that is to be told."""
    failing: Failing = ctx.memory.of(Failing)
    return len(failing.meetings) > 0 or (ctx.config.lone > 0 and extreme(query.name))


def failed_or_infected(response: Response, ctx: Context[Any]) -> bool:
    """The name does not exist, or the client asked for many that don't."""
    if response.answer.rcode == NXDOMAIN:
        return True
    failing: Failing = ctx.memory.of(Failing)
    return len(failing.clients) > 0 and failing.watched(response.query.client, response.query.time)


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


def flooded(query: Query, ctx: Context[Any]) -> bool:
    """Some zone is flooded, and the name stands in it."""
    floods: Floods = ctx.memory.of(Floods)
    return len(floods.flooded) > 0 and query.name[cut().start(query.name) :] in floods.flooded


def in_flood(query: Query, zone: str, ctx: Context[Any]) -> bool:
    """Say whether a query is random_domain's to judge, and no tunnel's: in a flood it is the zone that suffers.

    Its own hosts are served on, which a tunnel's would not be.
    """
    if len(query.name) - len(zone) > FLOODED:
        return False
    floods: Floods = ctx.memory.of(Floods)
    return floods.denied(zone, query.time)


def failed_or_random(response: Response, ctx: Context[Any]) -> bool:
    """The name failed, or its host's label is random; what resolved is remembered."""
    name = response.query.name
    answer = response.answer
    label = host_label(name)
    if answer.rcode != 0:
        return label != ""
    if answer.message[7] == 0 and answer.message[6] == 0:
        return False
    floods: Floods = ctx.memory.of(Floods)
    floods.resolved(name)
    if label == "":
        return False
    if len(floods.suspects) > 0:
        zone = floods.suspects.get(name[cut().start(name) :])
        if zone is not None:
            zone.answered += 1.0
    return len(label) >= RANDOM_LENGTH and odds_of_label(label) >= RANDOM
