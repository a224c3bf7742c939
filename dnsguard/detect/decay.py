"""What a listing is worth as it ages: confidence · 2^(-age / half-life), after MISP's decaying models.

An entry that somebody was sure of a month ago still tells; one that somebody half believed three years ago is counted
in silence (Finding.score below Finding.threshold).
"""

from typing import Final

from dnsguard.intel.snapshot import Match

_WHOLE: Final = 100.0


def weight(match: Match, now: float, half_life: float) -> float:
    """Give 0 to 1; `now` and the entry's date in Unix seconds, `half_life` in seconds, 0 for no decay.

    A listing from after `now`, as in an old recording, has no age.
    """
    confidence = match.confidence / _WHOLE
    age = now - match.added
    return confidence if age <= 0 or half_life <= 0 else confidence * float(2.0 ** (-age / half_life))
