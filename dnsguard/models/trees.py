"""Boosted trees, flattened to arrays: adding up what one leaf of each says."""

from typing import Final


class Trees:
    """Trees one behind the other; node `i` asks whether feature `features[i]` is at most `values[i]`.

    If so, `lefts[i]` is next, else `rights[i]`. Where `features[i]` is -1, `values[i]` is what the leaf says.
    """

    __slots__ = ("features", "lefts", "rights", "roots", "values")

    def __init__(
        self, features: list[int], values: list[float], lefts: list[int], rights: list[int], roots: list[int]
    ) -> None:
        self.features: Final = features
        self.values: Final = values
        self.lefts: Final = lefts
        self.rights: Final = rights
        self.roots: Final = roots

    def margin(self, vector: list[float]) -> float:
        """Log-odds that all trees together give. [nats]."""
        features = self.features
        values = self.values
        lefts = self.lefts
        rights = self.rights
        total = 0.0
        for root in self.roots:
            node = root
            feature = features[node]
            while feature >= 0:
                node = lefts[node] if vector[feature] <= values[node] else rights[node]
                feature = features[node]
            total += values[node]
        return total
