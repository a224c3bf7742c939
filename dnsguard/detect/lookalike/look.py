"""What a name has of a brand: the evidence, and how much it is worth."""

from typing import Final

from dnsguard.models.brands import Brand

HOMOGRAPH: Final = "name that shows as a brand's in other characters"
TYPO: Final = "name a step away from a brand's"
COMBO: Final = "name with a brand's in it beside a lure"
INSIDE: Final = "name with a brand's domain inside a foreign one"
SUFFIX: Final = "name of a brand under a suffix where it is not its owner's"


class Look:
    """One brand's look in a name. `score` is 1 where a name is told at the default threshold."""

    __slots__ = ("brand", "edit", "lures", "part", "reason", "score")

    def __init__(
        self, score: float, reason: str, brand: Brand, part: str, edit: str = "", lures: list[str] | None = None
    ) -> None:
        self.score: Final = score
        self.reason: Final = reason
        self.brand: Final = brand
        self.part: Final = part
        """What looks like the brand, as a reader of Latin letters sees it."""
        self.edit: Final = edit
        """Kind of the step from the brand's name to it (edits.py); empty: it is the name itself."""
        self.lures: Final[list[str]] = [] if lures is None else lures


def better(one: Look | None, other: Look | None) -> Look | None:
    """The one with the higher score."""
    if one is None or (other is not None and other.score > one.score):
        return other
    return one
