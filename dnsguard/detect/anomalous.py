"""From the checks that a message fails to a finding: the severe ones at once, the others by rarity and repetition."""

import math
from collections.abc import Sequence
from typing import Final

from dnsguard.anomaly.checks import CHECKS, Check
from dnsguard.anomaly.walk import Hit
from dnsguard.detect.memory import Memory
from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding
from dnsguard.state.anomalies import Anomalies, repeats, tells
from dnsguard.wire.query import Query

SLUG: Final = "protocol_anomaly"
TECHNIQUE: Final = "T1071.004"
SEVERE: Final = 9.0
"""The score of what alerts alone; the others' is -log10 of their share."""
MAX_SHOWN: Final = 8
"""Checks in the evidence: what is broken fails many, and a few tell."""
MAX_OCTETS: Final = 32
"""Octets shown of what is wrong."""
MAX_PACKET: Final = 96
"""Octets shown of the message."""
SEVERE_EVERY: Final = 3600.0
"""A client that sends one kind of broken message under ever new names is told of once in so many seconds."""
RARE_EVERY: Final = 86400.0
"""Likewise for what is only rare: a device that is odd stays odd. [seconds]"""


def judge(
    hits: Sequence[Hit],
    message: bytes,
    query: Query,
    memory: Memory,
    *,
    rarity: float,
    least: int,
    window: float,
    ignore: Sequence[str] = (),
) -> Finding | None:
    """Count what a message fails, and say what of it is worth telling.

    `rarity` is a share of queries, `least` how often a client must show it within `window` seconds, `ignore` has ids
    of checks that this network has its reasons for.
    """
    if not hits:
        return None
    anomalies = memory.of(Anomalies)
    now = query.time
    zone = registrable(query.name) or "."
    rows: list[tuple[float, Check, Hit, int, float]] = []
    told = False
    for hit in _first(hits):
        check = CHECKS[hit.check]
        if check.id in ignore:
            continue
        seen = anomalies.note(query.client, check.id, now)
        share = anomalies.share(check, seen)
        count = repeats(seen, now, window)
        rare = check.lone and count >= least and not anomalies.ordinary(check)
        score = SEVERE if check.severe else _score(share) if rare else 0.0
        rows.append((score, check, hit, count, share))
        if check.severe or (score and share < rarity):
            told = tells(seen, zone, now, SEVERE_EVERY if check.severe else RARE_EVERY) or told
    threshold = _score(rarity)
    alerting = [row for row in rows if row[0] == SEVERE or (row[0] and row[4] < rarity)]
    if not alerting:
        return None
    rows.sort(key=lambda row: -row[0])
    score, check, *_ = rows[0]
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason=check.meaning,
        zone=zone,
        score=max(score, threshold),
        threshold=threshold,
        quiet=not told,
        evidence={
            "checks": [_shown(message, *row[1:]) for row in rows[:MAX_SHOWN]],
            "rule": "severe"
            if check.severe
            else f"{least} times in {window:g} s by one client, by others in less than {rarity:g} of all queries",
            "message": message[:MAX_PACKET].hex(),
            "octets": len(message),
        },
    )


def _first(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each check."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.check, hit)
    return list(first.values())


def _score(share: float) -> float:
    return min(-math.log10(max(share, 1e-9)), SEVERE)


def _shown(message: bytes, check: Check, hit: Hit, count: int, share: float) -> dict[str, object]:
    shown: dict[str, object] = {
        "check": check.id,
        "clause": check.clause,
        "meaning": check.meaning,
        "severe": check.severe,
        "offset": hit.at,
        "octets": message[hit.at : hit.at + min(hit.size, MAX_OCTETS)].hex(),
    }
    if not check.severe:
        shown |= {"count": count, "share": float(f"{share:.2g}")}
    return shown
