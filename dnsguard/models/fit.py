"""The mathematics of training, in numpy, scipy and lightgbm: none of them is needed at run time."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from dnsguard.models import ngrams
from dnsguard.models.corpus import Name

LONGEST: Final = 24
"""Lengths from here on share a weight."""
STRENGTH: Final = 4.0
"""Penalty on weights, for a family's worth of names; more trusts rare n-grams less."""


def codes(names: Sequence[Name]) -> tuple[Any, Any]:
    """Packed 4-grams of all names one behind the other, and the row each belongs to."""
    import numpy as np  # noqa: PLC0415 - training only

    grams: list[int] = []
    sizes: list[int] = []
    for name in names:
        code = 0
        text = name.label.encode().translate(ngrams.SYMBOLS)
        for symbol in text:
            code = (code << 5 | symbol) & ngrams.MASK
            grams.append(code)
        grams.append(code << 5 & ngrams.MASK)
        sizes.append(len(text) + 1)
    return np.array(grams, dtype=np.int64), np.repeat(np.arange(len(names)), sizes)


def matrix(names: Sequence[Name]) -> Any:
    """One row a name: counts of its 2-, 3- and 4-grams, its length, one; scipy CSR."""
    import numpy as np  # noqa: PLC0415
    from scipy import sparse  # noqa: PLC0415

    grams, owners = codes(names)
    base = 0
    columns = []
    rows = []
    for bits in (10, 15, 20):
        columns.append(base + (grams & (1 << bits) - 1))
        rows.append(owners)
        base += 1 << bits
    every = np.arange(len(names))
    columns.append(base + np.array([min(len(name.label), LONGEST) for name in names]))
    rows.append(every)
    base += LONGEST + 1
    flat = np.concatenate(columns)
    data = np.ones(len(flat), dtype=np.float64)
    return sparse.csr_matrix((data, (np.concatenate(rows), flat)), shape=(len(names), base))


def logistic(names: Sequence[Name], target: Any, weight: Any, strength: float = STRENGTH, rounds: int = 80) -> Any:
    """Weights of `matrix`'s columns, and the bias last, by L-BFGS. `weight` is each row's own."""
    import numpy as np  # noqa: PLC0415
    from scipy import optimize  # noqa: PLC0415

    x = matrix(names)
    xt = x.T.tocsr()
    sign = np.where(target > 0, 1.0, -1.0)

    def loss(w: Any) -> tuple[float, Any]:
        margin = sign * (x @ w[:-1] + w[-1])
        value = float(np.sum(weight * np.logaddexp(0, -margin)) + strength / 2 * np.dot(w[:-1], w[:-1]))
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        gradient = np.append(xt @ slope + strength * w[:-1], slope.sum())
        return value, gradient

    start = np.zeros(x.shape[1] + 1)
    return optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 8}).x


def baked(w: Any) -> tuple[bytes, list[float]]:
    """One table of 4-grams that has the 2- and 3-grams' weights in it, and the weights by length, bias included."""
    import numpy as np  # noqa: PLC0415

    two, three = 1 << 10, 1 << 15
    every = np.arange(ngrams.SIZE)
    whole = w[every & (two - 1)] + w[two + (every & (three - 1))] + w[two + three + every]
    table = np.clip(np.rint(128 + ngrams.SCALE * whole), 0, 255).astype(np.uint8).tobytes()
    return table, [float(each) for each in w[two + three + ngrams.SIZE : -1] + w[-1]]


def spoken(names: Sequence[Name]) -> bytes:
    """Table of 4-grams' -ln p(character | three before) among benign names, interpolated over orders (Witten-Bell)."""
    import numpy as np  # noqa: PLC0415

    grams, _ = codes(names)
    below: Any = np.full(32, 1 / 32)
    for order in (1, 2, 3, 4):
        bits = 5 * order
        count = np.bincount(grams & ((1 << bits) - 1), minlength=1 << bits).reshape(-1, 32)
        kinds = (count > 0).sum(axis=1, keepdims=True)
        total = count.sum(axis=1, keepdims=True)
        # a context that was not seen says what the shorter one says
        shorter = np.tile(below.reshape(-1, 32), (count.shape[0] // max(1, below.size // 32), 1))
        below = (count + np.maximum(kinds, 1) * shorter) / (total + np.maximum(kinds, 1))
    cost = -np.log(below.reshape(-1))
    return np.clip(np.rint(ngrams.SCALE * cost), 0, 255).astype(np.uint8).tobytes()  # type: ignore[no-any-return]


def seen(names: Sequence[Name], least: int = 3) -> bytes:
    """Bits of the 5-grams that at least so many names have; `generated.five` says which bit."""
    import numpy as np  # noqa: PLC0415

    codes5: list[int] = []
    for name in names:
        code = 0
        own = set()
        for at, symbol in enumerate(name.label.encode().translate(ngrams.SYMBOLS)):
            code = (code << 5 | symbol) & 0x1FFFFFF
            if at >= 2:
                own.add(code)
        codes5.extend(own)
    every, hits = np.unique(np.array(codes5, dtype=np.int64), return_counts=True)
    kept = every[hits >= least].astype(np.uint64)
    places = ((kept * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)) >> np.uint64(10)
    bits = np.zeros(1 << 22, dtype=np.uint8)
    bits[places.astype(np.int64)] = 1
    return np.packbits(bits, bitorder="little").tobytes()  # type: ignore[no-any-return]


def suffix_rarities(names: Sequence[Name]) -> tuple[dict[str, float], float]:
    """-ln of each suffix's share of the names; of one that was not met last."""
    count = Counter(name.suffix for name in names)
    total = len(names)
    kept = {suffix: hits for suffix, hits in count.items() if hits >= 3}
    return {suffix: round(-math.log(hits / total), 2) for suffix, hits in sorted(kept.items())}, round(
        math.log(total), 2
    )


def suffix_weights(
    benign: Sequence[Name], families: Sequence[Sequence[Name]], floor: float = 0.002, limit: float = 2.0
) -> tuple[dict[str, float], float]:
    """Log-odds of each suffix, families counting alike; `floor` is what any suffix has in either kind."""
    ours = Counter(name.suffix for name in benign)
    theirs: Counter[str] = Counter()
    for names in families:
        for name in names:
            theirs[name.suffix] += 1 / len(names) / len(families)  # type: ignore[assignment]
    found = {}
    for suffix in sorted({*ours, *theirs}):
        odds = math.log((theirs[suffix] + floor) / (ours[suffix] / len(benign) + floor))
        odds = round(max(-limit, min(limit, odds)), 2)
        if odds:
            found[suffix] = odds
    return found, 0.0


def lexicon(names: Sequence[Name], size: int) -> tuple[dict[str, float], float]:
    """Words of benign labels with their costs: tokens between hyphens first, then what the cheapest cuts use (EM)."""
    from dnsguard.models.words import LONGEST as LONGEST_WORD  # noqa: PLC0415
    from dnsguard.models.words import Words  # noqa: PLC0415

    tokens: Counter[str] = Counter()
    for name in names:
        parts = name.label.split("-")
        tokens.update(token for token in parts if 2 < len(token) <= LONGEST_WORD and token.isalpha())
        # a whole label is a word only if others use it too
    # what begins or ends many other labels is a word, though it never stands alone
    ends: Counter[str] = Counter()
    for name in names:
        label = name.label
        if label.isalpha():
            for cut in range(3, min(len(label) - 2, LONGEST_WORD + 1)):
                ends[label[:cut]] += 1
                ends[label[-cut:]] += 1
    count = Counter({token: hits + ends[token] // 3 for token, hits in tokens.items() if hits + ends[token] // 3 >= 4})
    unknown = 0.0
    for keep in (4 * size, 2 * size, size):
        kept = dict(count.most_common(keep))
        total = sum(kept.values())
        unknown = math.log(total) - 2.0
        words = Words({word: math.log(total / hits) for word, hits in kept.items()}, unknown)
        count = Counter()
        for name in names:
            count.update(part for part in words.cut(name.label) if len(part) > 1)
    kept = {word: hits for word, hits in count.most_common(size) if hits > 2}
    total = sum(kept.values())
    return {word: round(math.log(total / hits), 2) for word, hits in sorted(kept.items())}, round(
        math.log(total) - 2, 2
    )


def curves(benign: Any, families: Sequence[Any]) -> tuple[list[float], list[float], list[float]]:
    """Margins in rising order; at each, -log10 of the benign share above, and the log-odds of the kinds there."""
    import numpy as np  # noqa: PLC0415

    shares = [0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.003, 0.002, 0.001, 0.0005, 0.0002]
    shares += [0.0001, 0.00005, 0.00002]
    scale = [float(np.quantile(benign, 1 - share)) for share in shares]
    bits = [-float(np.log10(share)) for share in shares]
    odds = []
    edges = [-1e9, *[(a + b) / 2 for a, b in itertools.pairwise(scale)], 1e9]
    for low, high in itertools.pairwise(edges):
        ours = float(((benign > low) & (benign <= high)).mean())
        theirs = float(np.mean([((each > low) & (each <= high)).mean() for each in families]))
        odds.append(float(np.log((theirs + 1e-3) / (ours + 1e-5))))
    # a higher margin never speaks less for a machine
    odds = list(np.maximum.accumulate(odds))
    rounded = [[round(each, 4) for each in curve] for curve in (scale, bits, odds)]
    return rounded[0], rounded[1], rounded[2]
