"""Brands as they are looked up: by name, by domain, and by what one step turns their names into."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from dnsguard.detect.lookalike.deletions import Deletions
from dnsguard.models import brands
from dnsguard.models.brands import DISTINCT, IMPERSONATED, Brand
from dnsguard.models.confusables import flattened, folded, paired

SHORTEST_NEAR: Final = 5
"""A shorter name is one step from too much."""
SHORTEST_INSIDE: Final = 5
"""A shorter name counts as a word of its own only, between hyphens."""


class Index:
    """All brands of one configuration."""

    __slots__ = ("_near", "_reached", "ends", "innocent", "labels", "owned", "starts")

    def __init__(self, known: Iterable[Brand], innocent: frozenset[str]) -> None:
        """`innocent` are labels near a brand's that are words or somebody's name."""
        self.labels: Final[dict[str, Brand]] = {}
        self.owned: Final[dict[str, Brand]] = {}
        """By the owner's domains; two brands may have the same owner."""
        self.innocent: Final = innocent
        self._near: Final[dict[str, list[Brand]]] = {}
        """By the flattened and the folded name (models/confusables), and what is left of them without one character."""
        self.starts: Final[dict[str, list[Brand]]] = {}
        """By the first three characters: names that are looked for inside others, the shortest first."""
        self.ends: Final[dict[str, list[Brand]]] = {}
        """By their last three."""
        for brand in known:
            self.labels[brand.label] = brand
            for domain in brand.domains:
                self.owned.setdefault(domain, brand)
            for text in {flattened(brand.label), folded(brand.label)}:
                self._add(text, brand)
        for brand in sorted(self.labels.values(), key=_size):
            if brand.level >= IMPERSONATED and len(brand.label) >= SHORTEST_INSIDE:
                self.starts.setdefault(brand.label[:3], []).append(brand)
                self.ends.setdefault(brand.label[-3:], []).append(brand)
        self._reached: Final = Deletions([text.encode() for text in self._near])

    def _add(self, text: str, brand: Brand) -> None:
        size = len(text)
        keys = {text}
        if brand.level >= DISTINCT and size >= SHORTEST_NEAR:
            keys.update(text[:at] + text[at + 1 :] for at in range(size))
        for key in keys:
            found = self._near.setdefault(key, [])
            if brand not in found:
                found.append(brand)

    def may_be_near(self, text: str) -> bool:
        """A quick no for most texts: whether `near` is worth asking."""
        flat = flattened(text)
        if self._may_have(flat):
            return True
        fold = paired(flat)
        return fold != flat and self._may_have(fold)

    def _may_have(self, text: str) -> bool:
        return not text.isascii() or self._reached.may_reach(text.encode())

    def near(self, text: str) -> list[Brand]:
        """Brands whose names may be one step from `text`, or look like it; most texts have none."""
        flat = flattened(text)
        fold = paired(flat)
        result: list[Brand] = []
        if self._may_have(flat):
            self._near_to(flat, result)
        if fold != flat and self._may_have(fold):
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


def _size(brand: Brand) -> int:
    return len(brand.label)


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
