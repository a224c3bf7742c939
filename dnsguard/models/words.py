"""How well words cover a label: the cheapest way to cut it into words that real names are made of (Viterbi, unigrams).

A word costs what its rarity says, -ln p; what is no word costs a flat price a character, so that a machine's letters
come out dear, and cut into crumbs.
"""

from typing import Final

LONGEST: Final = 16
"""Characters of the longest word that is looked for."""
NAMES: Final[list[str]] = ["word_cost", "words", "longest_word", "covered", "dearest_word", "crumbs"]


class Words:
    """A list of words with their costs [nats]."""

    __slots__ = ("costs", "unknown")

    def __init__(self, costs: dict[str, float], unknown: float) -> None:
        """`unknown` is the price of a character outside all words. [nats]."""
        self.costs: Final = costs
        self.unknown: Final = unknown

    def cut(self, text: str) -> list[str]:
        """Cut a label (hyphens and all) at the cheapest places; parts that are no words come as single characters."""
        size = len(text)
        best: list[float] = [0.0] * (size + 1)
        start: list[int] = [0] * (size + 1)
        costs = self.costs
        for end in range(1, size + 1):
            low = best[end - 1] + self.unknown
            at = end - 1
            first = end - LONGEST
            for begin in range(max(first, 0), end):
                cost = costs.get(text[begin:end])
                if cost is not None and best[begin] + cost < low:
                    low = best[begin] + cost
                    at = begin
            best[end] = low
            start[end] = at
        parts: list[str] = []
        end = size
        while end > 0:
            parts.append(text[start[end] : end])
            end = start[end]
        parts.reverse()
        return parts

    def vector(self, text: str) -> list[float]:
        """Numbers of NAMES: `covered` is the share of characters in words of 4 and more, `crumbs` of those in none."""
        total = 0.0
        dearest = 0.0
        words = longest = covered = crumbs = 0
        for part in self.cut(text):
            cost = self.costs.get(part)
            size = len(part)
            if cost is None or size == 1:
                total += self.unknown if cost is None else cost
                crumbs += 1
                continue
            total += cost
            words += 1
            longest = max(longest, size)
            if size >= 4:
                covered += size
            dearest = max(dearest, cost)
        size = len(text)
        return [total / size, float(words), float(longest), covered / size, dearest, crumbs / size]
