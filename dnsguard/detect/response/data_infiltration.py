"""Answers below one zone carry data into the network, as a DNS tunnel's or a stager's do.

Alert type: AzureDNS_DataInfiltration
MITRE ATT&CK: T1071.004 (Application Layer Protocol: DNS)
Units: bytes of answers not seen before that honest records' forms don't explain, over fading windows
Source: Portier et al., DIMVA 2019, explain 99.5 % of TXT records by their form; magic numbers of programs and archives,
    as stagers carry them; the windows are those of data_exfiltration
Known gap: a stager below the limits whose payload shows no magic number; text that follows an honest form counts a
    sixteenth, prose a third; addresses of one network cost a byte each. What other workers see of a zone is added as
    data_exfiltration adds it, but for what comes as addresses alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dnsguard.detect.codec import Encodings
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.response_view import Response
from dnsguard.detect.tunnel_answer import CountedAnswer, count_answer
from dnsguard.detect.tunnel_evidence import answers, carried, names, texts
from dnsguard.model import Duration, Finding, Severity, Size
from dnsguard.state.carried import Carried
from dnsguard.state.shares import Shares
from dnsguard.state.tunnel_zone import COMMON, Zone
from dnsguard.wire.rrtypes import type_text

SLUG: Final = "data_infiltration"
ALERT: Final = "AzureDNS_DataInfiltration"
TECHNIQUE: Final = "T1071.004"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Data coming in with answers. Limits are for zones nobody knows; popular ones get a multiple."""

    burst: Size = Size(256)
    """Encoded bytes of answers below one zone, over ten seconds. [64B or more]"""
    minutes: Size = Size(384)
    """Encoded bytes of answers below one zone, over two minutes. [96B or more]"""
    hour: Size = Size(512)
    """All that answers below one zone can have carried, over an hour. [128B or more]"""
    day: Size = Size(2500)
    """The same, over a day. [512B or more]"""
    addresses: int = 24
    """Evidence that addresses are data written as such: reserved ones count 9, printable ones 6. [bits, 10 or more]"""
    names: int = 3
    """Answers that carried encoded bytes; of what takes hours, names below the zone will do. [answers]"""
    hold: Duration = Duration(86400)
    """A zone found to be a tunnel counts as one for so long after its last answer that carried anything. [duration]"""

    known_after: Duration = Duration(7 * 86400)
    """A zone that several clients used for so long, and never too much, gets sixteen times the limits. [duration]"""
    known_clients: int = 5
    """So many clients. [clients, at most 8]"""

    def __post_init__(self) -> None:
        """Refuse limits below what the cue looks at."""
        self.refuse_below({"burst": 64, "minutes": 96, "hour": 128, "day": 512})
        if self.addresses < 10:
            raise ValueError(f"addresses must be 10 or more, not {self.addresses}")
        if self.names < 1:
            raise ValueError(f"names must be 1 or more, not {self.names}")
        if not 2 <= self.known_clients <= 8:
            raise ValueError(f"known_clients must be from 2 to 8, not {self.known_clients}")


REASONS: Final = {
    "burst": "answers carry data in, fast",
    "minutes": "answers carry data in",
    "hour": "answers carry data in, slowly",
    "day": "answers carry data in, over a day",
    "addresses": "answers are addresses that no hosts have",
    "program": "answer carries a program, an archive or a script",
}


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Compare what the answer's zone has carried with the limits; what is a program needs no limit."""
    counted = count_answer(response, ctx)
    zone = counted.zone
    if zone is None:
        return None
    config = ctx.config
    now = response.query.time
    if counted.found:
        zone.down_until = now + config.hold
        return _finding("program", 1.0, counted, zone, None, response, ctx, {"found": counted.found})
    down = zone.down
    if counted.carried <= 0.0 or down is None:
        return None
    more, more_answers = ctx.memory.of(Shares).look(zone, now, answers=True) or (None, 0)
    rule, reached, limit = max(_rules(down, zone, more, config, now), key=lambda each: each[1] / each[2])
    score = reached / limit
    answered = zone.answered + more_answers
    several = answered if rule in {"burst", "minutes"} else max(answered, zone.names)
    if score >= 1.0 and (several >= config.names or rule == "addresses"):
        zone.down_until = now + config.hold
    elif zone.down_until <= now or (score < 1.0 and zone.common()):
        # not found, or found before it was seen that its clients share its names
        return None
    return _finding(
        rule, max(score, 1.0), counted, zone, more, response, ctx, {"bytes": round(reached), "limit": round(limit)}
    )


def _finding(
    rule: str,
    score: float,
    counted: CountedAnswer,
    zone: Zone,
    more: Carried | None,
    response: Response,
    ctx: Context[Config],
    reached: dict[str, object],
) -> Finding:
    encodings = ctx.memory.of(Encodings)
    now = response.query.time
    down = zone.down or Carried(now)
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason=REASONS[rule],
        zone=zone.name,
        score=score,
        severity=Severity.HIGH if counted.found else None,
        evidence={
            "rule": rule,
            **reached,
            "type": type_text(response.query.qtype),
            "encoding": encodings.of(zone.name, "answers", zone.answered, texts(zone)).text,
            **carried(down, zone.first, now),
            **({"elsewhere": round(more.day)} if more is not None else {}),
            "answers": answers(zone),
            "samples": names(zone),
        },
    )


def _rules(
    down: Carried, zone: Zone, more: Carried | None, config: Config, now: float
) -> Iterator[tuple[str, float, float]]:
    """Each rule with the bytes, or bits, reached and their limit; `more` is what came in elsewhere."""
    quick, slow = zone.factors(now, config.known_after, config.known_clients)
    if not zone.answered and len(zone.down_clients) >= config.known_clients:
        # hosts' addresses and aliases only, and for several clients: a pull has one, and answers that are encoded
        slow = max(slow, COMMON)
    burst, minutes, hour, day = down.burst, down.minutes, down.hour, down.day
    # of hosts' addresses and aliases alone, how many clients have them tells: no worker knows that of all
    if more is not None and zone.answered:
        burst, minutes, hour, day = burst + more.burst, minutes + more.minutes, hour + more.hour, day + more.day
    yield "burst", burst, config.burst * quick
    yield "minutes", minutes, config.minutes * quick
    yield "hour", hour, config.hour * slow
    yield "day", day, config.day * slow
    yield "addresses", zone.disguised, config.addresses * zone.leeway
