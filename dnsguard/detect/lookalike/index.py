"""Brands as they are looked up: by name, by domain, and by what one step turns their names into."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from dnsguard.models import brands
from dnsguard.models.brands import DISTINCT, IMPERSONATED, Brand
from dnsguard.models.confusables import flattened, folded

SHORTEST_NEAR: Final = 5
"""A shorter name is one step from too much."""
SHORTEST_INSIDE: Final = 5
"""A shorter name counts as a word of its own only, between hyphens."""


class Index:
    """All brands of one configuration."""

    __slots__ = ("_near", "innocent", "labels", "owned", "sizes")

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
        for brand in known:
            self.labels[brand.label] = brand
            for domain in brand.domains:
                self.owned.setdefault(domain, brand)
            keys = {flattened(brand.label), folded(brand.label)}
            if brand.level >= DISTINCT and len(brand.label) >= SHORTEST_NEAR:
                for text in (flattened(brand.label), folded(brand.label)):
                    keys.update(text[:at] + text[at + 1 :] for at in range(len(text)))
            for key in keys:
                self._near.setdefault(key, []).append(brand)

    def near(self, text: str) -> list[Brand]:
        """Brands whose names may be one step from `text`, or look like it; most texts have none."""
        flat, fold = flattened(text), folded(text)
        result: list[Brand] = []
        self._near_to(flat, result)
        if fold != flat:
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
    return Index(list(by_label.values()), innocent - added.keys())
