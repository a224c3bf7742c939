"""The finding of a detector that knows names or addresses from lists: the same shape for each category."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from dnsguard.intel.snapshot import Match
from dnsguard.intel.starter import note
from dnsguard.model import Finding

MAX_SHOWN: Final = 8
"""Listings in the evidence; a name on more lists than that convinces anyone."""


def listed(
    slug: str,
    technique: str,
    reason: str,
    matches: Sequence[Match],
    *,
    extra: Mapping[str, object] | None = None,
    weigh: Callable[[Match], float] | None = None,
    threshold: float = 1.0,
) -> Finding | None:
    """Make a finding of the matches of the category `slug`; None if there is none.

    `matches` as Snapshot.matches orders them, the longest entry first. The zone is the shortest one, so that all names
    below one listed domain fold into one alert. `weigh` scores a listing; the best one counts.
    """
    own = [match for match in matches if match.category == slug]
    if not own:
        return None
    return Finding(
        slug=slug,
        technique=technique,
        reason=reason,
        zone=own[-1].entry,
        score=1.0 if weigh is None else max(map(weigh, own)),
        threshold=threshold,
        evidence={"matched": own[0].entry, "lists": [_listing(match) for match in own[:MAX_SHOWN]], **(extra or {})},
    )


def _listing(match: Match) -> dict[str, object]:
    listing: dict[str, object] = {
        "list": match.list_name,
        "entry": match.entry,
        "line": match.line,
        "since": datetime.fromtimestamp(match.added, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "confidence": match.confidence,
    }
    if comment := note(match.list_name, match.entry):
        listing["note"] = comment
    return listing
