"""Brands as they are looked up: by name, by domain, and by what one step turns their names into."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from dnsguard.models import brands
from dnsguard.models.brands import DISTINCT, IMPERSONATED, Brand
from dnsguard.models.confusables import flattened, folded, paired

SHORTEST_NEAR: Final = 5
"""A shorter name is one step from too much."""
SHORTEST_INSIDE: Final = 5
"""A shorter name counts as a word of its own only, between hyphens."""


class Index:
    """All brands of one configuration."""

    __slots__ = ("_ends", "_near", "_starts", "ends", "innocent", "labels", "owned", "sizes", "starts")

    def __init__(self, known: Iterable[Brand], innocent: frozenset[str]) -> None:
        """`innocent` are labels near a brand's that are words or somebody's name."""
        self.labels: Final[dict[str, Brand]] = {}
        self.owned: Final[dict[str, Brand]] = {}
        """By the owner's domains; two brands may have the same owner."""
        self.innocent: Final = innocent
        self._near: Final[dict[str, list[Brand]]] = {}
        """By the flattened and the folded name (models/confusables), and what is left of them without one character."""
        self.sizes: Final[list[int]] = sorted({len(brand.label) for brand in known if brand.level >= IMPERSONATED})
        """Lengths of the names that are looked for inside others."""
        self.starts: Final[set[str]] = set()
        """First three characters of names that are looked for inside others, a quick no for most."""
        self.ends: Final[set[str]] = set()
        """Their last three."""
        self._starts: Final[dict[str, int]] = {}
        """First characters of what brands are found by -> lengths, as bits, of texts that may be near one."""
        self._ends: Final[dict[str, int]] = {}
        for brand in known:
            self.labels[brand.label] = brand
            if brand.level >= IMPERSONATED and len(brand.label) >= SHORTEST_INSIDE:
                self.starts.add(brand.label[:3])
                self.ends.add(brand.label[-3:])
            for domain in brand.domains:
                self.owned.setdefault(domain, brand)
            for text in {flattened(brand.label), folded(brand.label)}:
                self._add(text, brand)

    def _add(self, text: str, brand: Brand) -> None:
        size = len(text)
        keys = {text}
        if brand.level >= DISTINCT and size >= SHORTEST_NEAR:
            keys.update(text[:at] + text[at + 1 :] for at in range(size))
        for key in keys:
            found = self._near.setdefault(key, [])
            if brand not in found:
                found.append(brand)
        # a step touches two characters at most: it leaves the start whole, or the end
        part = _part(size)
        lengths = 7 << max(size - 1, 0)
        self._starts[text[:part]] = self._starts.get(text[:part], 0) | lengths
        self._ends[text[-part:]] = self._ends.get(text[-part:], 0) | lengths

    def _may_be_near(self, text: str) -> bool:
        """A quick no for most texts."""
        size = len(text)
        for part in (2, 3):
            lengths = self._starts.get(text[:part], 0) | self._ends.get(text[-part:], 0)
            if lengths >> size & 1:
                return True
        return False

    def near(self, text: str) -> list[Brand]:
        """Brands whose names may be one step from `text`, or look like it; most texts have none."""
        flat = flattened(text)
        fold = paired(flat)
        result: list[Brand] = []
        if self._may_be_near(flat):
            self._near_to(flat, result)
        if fold != flat and self._may_be_near(fold):
            self._near_to(fold, result)
        return result

    def _near_to(self, text: str, result: list[Brand]) -> None:
        near = self._near
        found = near.get(text)
        if found is not None:
            result.extend(brand for brand in found if brand not in result)
        before = ""
        for at in range(len(text)):
            part = text[:at] + text[at + 1 :]
            # within a run of one letter it is all the same which of them is left out
            if part == before:
                continue
            before = part
            found = near.get(part)
            if found is not None:
                for brand in found:
                    if brand not in result:
                        result.append(brand)


def _part(size: int) -> int:
    """Characters at either end of which a step in a text of `size` spares one: of shorter texts two, else three."""
    return 3 if size >= 7 else 2


@lru_cache(4)
def index(own: tuple[str, ...]) -> Index:
    """The brands that come with dnsguard and the configuration's: domains, whose first label is the brand's name.

    A configured domain is looked after as the most impersonated are, whatever its name is. Made in 0.1 s, then kept.
    """
    known, innocent = brands.table()
    by_label = {brand.label: brand for brand in known}
    added: dict[str, list[str]] = {}
    for domain in own:
        added.setdefault(domain.partition(".")[0], []).append(domain)
    for label, domains in added.items():
        before = by_label.get(label)
        others = () if before is None else before.domains
        by_label[label] = Brand(label, IMPERSONATED, tuple(dict.fromkeys([*domains, *others])))
    return Index(list(by_label.values()), innocent.difference(added))
