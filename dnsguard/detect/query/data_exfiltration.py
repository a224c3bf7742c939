"""Names below one zone carry data out of the network, as a DNS tunnel's do.

Alert type: AzureDNS_DataExfiltration
MITRE ATT&CK: T1048.003 (Exfiltration Over Alternative Protocol: Exfiltration Over Unencrypted Non-C2 Protocol)
Units: bytes that names can have carried, by their code length among honest host names, over fading windows
Source: Paxson et al., USENIX Security 2013, bound what a day's names can carry to 4 kB; ibHH (2024) finds 0.7 B/s in
    windows of two minutes. Here each query is charged as it comes, before it leaves
Known gap: a sender that stays below the limits; one that writes its data as addresses of a DNSBL, which count a
    sixteenth; data in the order of registrable domains; zones of an attacker who has broken into a popular one. What
    other workers see of a zone is added two seconds later, and once a quarter of a limit has passed in this one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dnsguard.detect.codec import Encodings
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.made_up_cues import in_flood
from dnsguard.detect.tunnel import Counted, count
from dnsguard.detect.tunnel_cost import cost
from dnsguard.detect.tunnel_evidence import carried, names
from dnsguard.detect.txt_forms import magic_in
from dnsguard.intel.cut import cut
from dnsguard.intel.leeway import leeway
from dnsguard.model import Duration, Finding, Size
from dnsguard.models.labels import labels
from dnsguard.state.carried import Carried
from dnsguard.state.shares import Shares
from dnsguard.state.tunnel_zone import COMMON_CLIENTS, Zone
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.query import Query

SLUG: Final = "data_exfiltration"
ALERT: Final = "AzureDNS_DataExfiltration"
TECHNIQUE: Final = "T1048.003"
LONGEST: Final = 220.0
"""More than one name of 255 octets costs. [bytes]"""
PACKED: Final = 32.0
"""What carries so much is looked at for the first octets of an archive. [bytes]"""
PLAIN: Final = 3
"""Of a zone that several clients ask for, so many names to one encoded are hosts' names, until more is known of it."""
NEW: Final = 2.0
"""Factor on what such a zone's names may carry in an hour: a firm's own hosts are all new on the first day."""
STRANGE: Final = 0.5
"""Factor on what may go fast through a zone whose encoded names are asked for by types that hosts have no use for
(NULL, KEY, private ones): a tunnel takes them for what their answers can hold, and honest software asks for none."""
FEW: Final = 4.0
"""Less than that in one query is no more than a host name. [bytes]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Data leaving in the names of queries. Limits are for zones nobody knows; popular ones get a multiple."""

    burst: Size = Size(128)
    """Encoded bytes below one zone, over ten seconds. [32B or more]"""
    minutes: Size = Size(192)
    """Encoded bytes below one zone, over two minutes. [48B or more]"""
    hour: Size = Size(512)
    """All that names below one zone can have carried, over an hour. [128B or more]"""
    day: Size = Size(2500)
    """The same, over a day. [512B or more]"""
    sender: Size = Size(1500)
    """Encoded bytes of one client to all zones nobody knows, over a day. [512B or more]"""
    sender_hour: Size = Size(384)
    """The same, over an hour. [128B or more]"""
    sender_minutes: Size = Size(256)
    """The same, over two minutes. [64B or more]"""
    names: int = 3
    """Different names that must have been asked for below the zone within minutes. [names]"""
    hold: Duration = Duration(86400)
    """A zone found to be a tunnel counts as one for so long after its last query that carried anything. [duration]"""
    known_after: Duration = Duration(7 * 86400)
    """A zone that several clients used for so long, and never too much, gets sixteen times the limits. [duration]"""
    known_clients: int = 5
    """So many clients. [clients, at most 8]"""

    def __post_init__(self) -> None:
        """Refuse limits below what the cue looks at."""
        self.refuse_below({"burst": 32, "minutes": 48, "hour": 128, "day": 512})
        self.refuse_below({"sender": 512, "sender_hour": 128, "sender_minutes": 64})
        if self.names < 1:
            raise ValueError(f"names must be 1 or more, not {self.names}")
        if not 2 <= self.known_clients <= 8:
            raise ValueError(f"known_clients must be from 2 to 8, not {self.known_clients}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Compare what the query's zone, and its client, have carried with the limits."""
    counted = count(query, ctx)
    zone = counted.zone
    if zone is None or counted.carried <= 0.0:
        return None
    config = ctx.config
    now = query.time
    if in_flood(query, zone.name, ctx):
        return None
    more, more_names = ctx.memory.of(Shares).look(zone, now) or (None, 0)
    rule, reached, limit = max(_rules(counted, zone, more, config, now), key=lambda each: each[1] / each[2])
    score = reached / limit
    # what takes hours may be one name, asked for in several ways; what fits into no one name needs but two
    several = zone.names + more_names >= config.names or rule not in {"burst", "minutes"} or reached >= LONGEST
    packed = magic_in(query.name) if counted.carried >= PACKED and zone.leeway <= 1.0 else ""
    over = bool(packed) or (score >= 1.0 and several)
    if over:
        if zone.up_until <= now and rule not in SENDERS:
            # it counts for itself: the other zones of its clients are not to blame
            excuse(ctx.memory.of(Tunnels), zone, now)
        zone.up_until = now + config.hold
    elif zone.up_until <= now or (score < 1.0 and zone.common()):
        # not found, or found before it was seen that its clients share its names
        return None
    if counted.carried < FEW and zone.clients.get(query.client, 0.0) < FEW * config.names:
        # another client's look at a host below it
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason=REASONS["archive" if packed else rule],
        zone=zone.name,
        score=max(score, 1.0),
        evidence={
            "rule": "archive" if packed else rule,
            **({"found": packed} if packed else {}),
            "bytes": round(reached),
            "limit": round(limit),
            "encoding": ctx.memory.of(Encodings).of(zone.name, "names", zone.names, zone.samples).text,
            **carried(zone.up, zone.first, now),
            "names": zone.names,
            "samples": names(zone),
            "clients": len(zone.clients),
            **({"elsewhere": round(more.day)} if more is not None else {}),
        },
    )


def score(query: Query, _ctx: Context[Config]) -> float:
    """Bytes of one name that only an encoding explains, and an eighth of all it can carry, by its zone's leeway."""
    cuts = cut()
    name = query.name
    zone = cuts.zone(name)
    below = name[: -len(zone) - 1]
    excused = leeway(zone, name)
    if not below or excused <= 0.0:
        return 0.0
    spent = cost(labels(), cuts, below, query.question, query.qtype)
    return (spent.dense + spent.weighed / 8.0) / excused


REASONS: Final = {
    "burst": "names carry data out, fast",
    "minutes": "names carry data out",
    "hour": "names carry data out, slowly",
    "day": "names carry data out, over a day",
    "archive": "name carries an archive or a program out",
    "sender": "one client's names carry data out through several zones, over a day",
    "sender_hour": "one client's names carry data out through several zones",
    "sender_minutes": "one client's names carry data out through several zones, fast",
}


SENDERS: Final = frozenset(("sender", "sender_hour", "sender_minutes"))


def excuse(tunnels: Tunnels, zone: Zone, now: float) -> None:
    """Take what went through a zone from the sums of the clients that sent it."""
    zone.up.fade(now)
    for client, through in zone.clients.items():
        sent = tunnels.senders.get(client)
        if sent is not None:
            sent.fade(now)
            part = min(through / zone.up.total, 1.0)
            sent.minutes = max(sent.minutes - part * zone.up.minutes, 0.0)
            sent.hour = max(sent.hour - part * zone.up.hour, 0.0)
            sent.day = max(sent.day - part * zone.up.day, 0.0)


def _rules(
    counted: Counted, zone: Zone, more: Carried | None, config: Config, now: float
) -> Iterator[tuple[str, float, float]]:
    """Each rule with the bytes reached and their limit; `more` is what other workers saw of the zone."""
    quick, slow = zone.factors(now, config.known_after, config.known_clients)
    if zone.strange >= config.names:
        quick *= STRANGE
    up = zone.up
    burst, minutes, hour, day = up.burst, up.minutes, up.hour, up.day
    if more is not None:
        burst, minutes, hour, day = burst + more.burst, minutes + more.minutes, hour + more.hour, day + more.day
    yield "burst", burst, config.burst * quick
    yield "minutes", minutes, config.minutes * quick
    new = len(zone.clients) >= COMMON_CLIENTS and PLAIN * zone.dense_names < zone.names
    yield "hour", hour, config.hour * (max(slow, NEW) if new else slow)
    yield "day", day, config.day * slow
    sent = counted.sent
    if sent is not None:
        yield "sender", sent.day, float(config.sender)
        yield "sender_hour", sent.hour, float(config.sender_hour)
        yield "sender_minutes", sent.minutes, float(config.sender_minutes)
