"""Counts what each answer can carry into the network, once, for all detectors that ask.

An answer seen before carries nothing. Of names in answers their code length counts, of addresses what they don't share
with the one before, of TXT records all that the forms of honest ones don't explain, of types without a use all octets.
"""

from typing import Any, Final

from dnsguard.detect.context import Context
from dnsguard.detect.cue import ResponseCue
from dnsguard.detect.response_view import Response
from dnsguard.detect.tunnel import Counted
from dnsguard.detect.tunnel_address import differing, evidence, ordinary
from dnsguard.detect.txt_forms import honest, magic
from dnsguard.errors import WireError
from dnsguard.intel.leeway import leeway
from dnsguard.models.labels import SCALE
from dnsguard.models.popularity import rank
from dnsguard.state.carried import Carried
from dnsguard.state.tunnel_zone import Zone
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire import names
from dnsguard.wire.kinds import NO_HOSTS
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import AAAA, CNAME, DNAME, MX, NS, PTR, SPF, SRV, TXT, A

OFFERS: Final = frozenset((NS, PTR, MX, SRV))
"""Types whose answers name hosts that a client looks up next."""
NAMES: Final = frozenset((CNAME, NS, PTR, MX, SRV, DNAME))
ADDRESSES: Final = frozenset((A, AAAA))
INFRASTRUCTURE: Final = frozenset(
    (6, 13, 29, 35, 43, 44, 46, 47, 48, 50, 51, 52, 53, 59, 60, 61, 62, 63, 64, 65, 256, 257, 32769)
)
"""Types that zones publish of themselves: signatures, keys, services, policies."""
EXPLAINED: Final = 0.0625
"""Weight of what has an honest form or an honest type."""
PROSE: Final = 0.3
"""Weight of text with spaces between words."""
DENSE_NAME: Final = 9.0
"""A name in an answer from which on only an encoding explains it. [bytes, at 4.25 bits a character]"""
LEAST: Final = 16.0
"""An answer of an unknown zone begins to be remembered from so much on. [bytes]"""
FEW: Final = 4
"""So many questions bring no more than a few addresses: they are counted from then on."""
KEPT: Final = 96
"""Octets of an answer kept as a sample."""


class CountedAnswer:
    """What came of the last answer, for the detector that is asked next."""

    __slots__ = ("carried", "found", "response", "zone")

    def __init__(self) -> None:
        self.response: Response | None = None
        self.zone: Zone | None = None
        self.carried: float = 0.0
        """Bytes that this answer can carry."""
        self.found: str = ""
        """The program, archive or script that it has."""


def count_answer(response: Response, ctx: Context[Any]) -> CountedAnswer:
    """Count an answer, if that was not done yet."""
    counted: CountedAnswer = ctx.memory.of(CountedAnswer)
    if counted.response is not response:
        count_response(response, counted, ctx.memory.of(Counted), ctx)
    return counted


def count_response(response: Response, counted: CountedAnswer, asked: Counted, ctx: Context[Any]) -> None:
    """Count an answer that `counted` has not counted last; it and `asked`, the query stage's, are the memory's."""
    counted.response = response
    counted.zone = None
    counted.carried = 0.0
    counted.found = ""
    answer = response.answer
    message = answer.message
    records = message[6] << 8 | message[7]
    if not records:
        return
    query = response.query
    tunnels = asked.tunnels
    if tunnels is None:
        tunnels = asked.tunnels = ctx.memory.of(Tunnels)
    hosts = answer.kinds & NO_HOSTS == 0
    if not hosts and query.qtype in OFFERS:
        offered(response, tunnels, records)
    zone_name = asked.cuts.of(query)
    if zone_name in asked.exempt:
        return
    zone = tunnels.zones.get(zone_name)
    now = query.time
    if hosts and (zone is None or zone.asked < FEW) and ordinary(message, answer.ttls[records - 1][0]):
        return
    if zone is None:
        # what it carries decides whether the zone is remembered
        zone = Zone(zone_name, 1.0, now)
        dense, weighed = _count(counted, asked, tunnels, zone, response, records)
        if weighed >= LEAST or counted.found or zone.networks:
            zone.leeway = leeway(zone_name, query.name)
        else:
            zone.leeway = 0.0
        if zone.leeway <= 0.0:
            counted.found = ""
            tunnels.discard(zone)
            return
        tunnels.place(zone, now)
    else:
        dense, weighed = _count(counted, asked, tunnels, zone, response, records)
    counted.zone = zone
    counted.carried = weighed
    if weighed > 0.0:
        down = zone.down
        if down is None:
            down = zone.down = Carried(now)
        down.add(dense, weighed, now)
        tunnels.share(zone.down_clients, query.client, weighed)
        if dense > 0.0:
            zone.answered += 1


def _count(
    counted: CountedAnswer, asked: Counted, tunnels: Tunnels, zone: Zone, response: Response, records: int
) -> tuple[float, float]:
    """Dense and weighed bytes of the answer section's records."""
    answer = response.answer
    message = answer.message
    now = response.query.time
    dense = 0.0
    weighed = 0.0
    aliases = 0
    # no OPT stands in the answer section, so its records are the first of `ttls`; the type stands before the TTL
    for at, _ in answer.ttls[:records]:
        rtype = message[at - 4] << 8 | message[at - 3]
        size = message[at + 4] << 8 | message[at + 5]
        data = message[at + 6 : at + 6 + size]
        if rtype in ADDRESSES:
            if tunnels.new_rdata(zone, data, now):
                apart = differing(zone.address, data)
                weighed += apart
                zone.address = data
                bits = evidence(data, apart)
                # a zone may have a strange network, or one whose octets print, but not many
                if bits <= 0.0 or zone.new_network(data[0]):
                    zone.disguise(bits)
        elif rtype in NAMES:
            if rtype == CNAME:
                # the pipeline has read them, to see whom the answer is of
                target = answer.cnames[aliases]
                aliases += 1
            else:
                target = _target(message, at, rtype)
            spent = _name(asked, tunnels, zone, response.query, target)
            weighed += abs(spent)
            if spent < 0.0:
                dense -= spent
        elif rtype in (TXT, SPF):
            if tunnels.new_rdata(zone, data, now):
                text = joined(data)
                counted.found = counted.found or magic(text)
                share_of = _text(text, response.query.name)
                weighed += share_of * len(text)
                if share_of == 1.0:
                    dense += len(text)
                    tunnels.keep_answer(zone, text[:KEPT], now)
        elif tunnels.new_rdata(zone, data, now):
            if rtype in INFRASTRUCTURE:
                weighed += EXPLAINED * size
            else:
                counted.found = counted.found or magic(data)
                weighed += size
                dense += size
                tunnels.keep_answer(zone, data[:KEPT], now)
    return dense, weighed


def _target(message: bytes, at: int, rtype: int) -> str:
    """The name that a record gives whose TTL stands at `at`; empty if it is none."""
    try:
        return names.text(message, at + 6 + (2 if rtype == MX else 6 if rtype == SRV else 0))[0]
    except WireError:
        return ""


def _name(asked: Counted, tunnels: Tunnels, zone: Zone, query: Query, target: str) -> float:
    """Bytes that a name in an answer can carry; negative where only an encoding explains it."""
    now = query.time
    home = asked.cuts.zone(target)
    # a host's alias in another's zone often begins as the host's own name does
    known = repeated(query.name, target)
    if home == zone.name:
        text = target[known : -len(home) - 1]
    elif home in asked.exempt or rank(home) or leeway(home, target) <= 0.0:
        return 0.0
    else:
        # a zone need not exist to be named
        text = target[known : target.rfind(".")] if "." in target else target
    if not text or not tunnels.new_rdata(zone, target[known:].encode("ascii", "replace"), now):
        return 0.0
    spent = asked.labels.cost(text) / SCALE / 8.0
    if spent >= DENSE_NAME and spent * 8.0 >= 4.25 * len(text):
        tunnels.keep_answer(zone, text[:KEPT].encode("ascii", "replace"), now)
        return -spent
    return spent


def repeated(name: str, target: str) -> int:
    """How many characters of a target are the first labels of the name that was asked for: they tell nothing new."""
    at = 0
    end = name.find(".")
    while end > 0 and target.startswith(name[at : end + 1], at):
        at = end + 1
        end = name.find(".", at)
    if at and end < 0 and target.startswith(name[at:] + ".", at):
        at = len(name) + 1
    return at


def offered(response: Response, tunnels: Tunnels, records: int) -> None:
    """Remember the names that an answer gives a client to look up."""
    message = response.answer.message
    for at, _ in response.answer.ttls[:records]:
        rtype = message[at - 4] << 8 | message[at - 3]
        if rtype in OFFERS:
            target = _target(message, at, rtype)
            if target:
                tunnels.offer(target)


def joined(data: bytes) -> bytes:
    """A TXT record's strings as one (RFC 1035 section 3.3.14)."""
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        size = data[at]
        parts.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    return b"".join(parts)


def _text(text: bytes, name: str) -> float:
    """Weight of a TXT record's octets."""
    if honest(text, name):
        return EXPLAINED
    spaces = text.count(b" ")
    return PROSE if spaces * 12 >= len(text) and text.isascii() else 1.0


class _Counting(ResponseCue):
    """Has what came of the last answer at hand."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.counted: Final[CountedAnswer] = ctx.memory.of(CountedAnswer)
        self.asked: Final[Counted] = ctx.memory.of(Counted)


class EncodedAnswer(_Counting):
    """Whether an answer's zone has carried enough to recognise an encoding."""

    def wakes(self, response: Response) -> bool:
        counted = self.counted
        if counted.response is not response:
            count_response(response, counted, self.asked, self.ctx)
        zone = counted.zone
        if zone is None or counted.carried < 8.0:
            return False
        down = zone.down
        return down is not None and (down.hour >= 64.0 * zone.leeway or down.day >= 512.0 * zone.leeway)


class NearAnswer(_Counting):
    """Whether an answer's zone has carried so much that limits are worth comparing: a quarter of them, or a program."""

    def wakes(self, response: Response) -> bool:
        counted = self.counted
        if counted.response is not response:
            count_response(response, counted, self.asked, self.ctx)
        if counted.found:
            return True
        zone = counted.zone
        if zone is None or counted.carried <= 0.0:
            return False
        down = zone.down
        if down is None:
            return False
        tunnels = self.asked.tunnels
        most = zone.leeway if tunnels is None else zone.leeway * tunnels.part
        return (
            zone.down_until > response.query.time
            or zone.disguised >= 10.0 * zone.leeway
            or down.burst >= 64.0 * most
            or down.minutes >= 96.0 * most
            or down.hour >= 128.0 * most
            or down.day >= 512.0 * most
        )
