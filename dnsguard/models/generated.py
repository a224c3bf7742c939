"""Whether a machine made a name up: the score of a registered label under its public suffix.

Two stages. The first adds up 4-grams (module ngrams), what the label's length and its suffix say. The second weighs
that with words, runs and classes of characters in boosted trees; it costs more, and is asked where it matters.
What they were trained on, how good they are and where they fail: MODEL_CARD.md.
"""

import json
import zlib
from pathlib import Path
from typing import Final

from dnsguard.models import lexical, ngrams
from dnsguard.models.trees import Trees
from dnsguard.models.words import NAMES as WORD_NAMES
from dnsguard.models.words import Words

FILE: Final = Path(__file__).with_name("generated.bin")
MAGIC: Final = b"dnsguard generated 1\n"
SECTIONS: Final[list[str]] = ["head", "grams", "spoken", "seen"]
LONGEST: Final = 24
"""Lengths from here on share a weight."""
SEEN_BITS: Final = 22
"""5-grams of benign names are kept as so many bits of their hash: 512 KiB."""
NAMES: Final[list[str]] = [
    *lexical.NAMES,
    *WORD_NAMES,
    "spoken_mean",
    "spoken_worst",
    "spoken_worst_four",
    "spoken_best_four",
    "spoken_total",
    "unseen_share",
    "unseen_run",
    "suffix_rarity",
    "suffix_length",
    "grams_total",
    "grams_mean",
    "suffix_weight",
]
"""Of the numbers that the trees ask for."""


class Language:
    """What benign names look like: costs of 4-grams, 5-grams seen, words, suffixes; knows nothing of generators."""

    __slots__ = ("rarities", "seen", "spoken", "unheard", "words")

    def __init__(self, words: Words, spoken: bytes, seen: bytes, rarities: dict[str, float], unheard: float) -> None:
        """`rarities` has -ln of the share of names each suffix has, `unheard` stands for all others. [nats]."""
        self.words: Final = words
        self.spoken: Final = spoken
        self.seen: Final = seen
        self.rarities: Final = rarities
        self.unheard: Final = unheard

    def vector(self, label: str, suffix: str) -> list[float]:
        """All numbers of NAMES but the last three."""
        octets = label.encode()
        found = lexical.vector(octets)
        found.extend(self.words.vector(label))
        costs = ngrams.weights(self.spoken, octets)
        count = len(costs)
        total = 0
        worst = -1000
        for at in range(count):
            cost = costs[at] + 128
            costs[at] = cost
            total += cost
            worst = max(worst, cost)
        width = min(4, count)
        window = 0
        for at in range(width):
            window += costs[at]
        most = least = window
        for at in range(width, count):
            window += costs[at] - costs[at - width]
            most = max(most, window)
            least = min(least, window)
        found.append(total / count / 16.0)
        found.append(worst / 16.0)
        found.append(most / width / 16.0)
        found.append(least / width / 16.0)
        found.append(total / 16.0)
        self._unseen(octets, found)
        found.append(self.rarities.get(suffix, self.unheard))
        found.append(float(len(suffix)))
        return found

    def cost(self, label: str) -> float:
        """How little a label looks like those of benign names: -ln of its likelihood by their 4-grams. [nats]."""
        total = 0
        for cost in ngrams.weights(self.spoken, label.encode()):
            total += cost + 128
        return total / 16.0

    def _unseen(self, octets: bytes, found: list[float]) -> None:
        """Add the share of 5-grams that few benign names have, and the longest run of such."""
        seen = self.seen
        code = 0
        unseen = run = longest = 0
        at = 0
        for symbol in octets.translate(ngrams.SYMBOLS):
            code = (code << 5 | symbol) & 0x1FFFFFF
            at += 1
            if at < 3:
                continue
            place = five(code)
            if seen[place >> 3] >> (place & 7) & 1:
                run = 0
            else:
                unseen += 1
                run += 1
                longest = max(longest, run)
        count = at - 2 if at > 2 else 1
        found.append(unseen / count)
        found.append(float(longest))


def five(code: int) -> int:
    """Place of a packed 5-gram among the bits (Fibonacci hashing)."""
    return (code * 0x9E3779B1 & 0xFFFFFFFF) >> 10


class Generated:
    """The whole model."""

    __slots__ = ("bits", "grams", "language", "lengths", "odds", "scale", "suffixes", "trees", "unheard")

    def __init__(
        self,
        language: Language,
        grams: bytes,
        lengths: list[float],
        suffixes: dict[str, float],
        unheard: float,
        trees: Trees,
        scale: list[float],
        bits: list[float],
        odds: list[float],
    ) -> None:
        """`scale` has margins in rising order, `bits` and `odds` what `score` and `odds_of` make of each."""
        self.language: Final = language
        self.grams: Final = grams
        self.lengths: Final = lengths
        self.suffixes: Final = suffixes
        self.unheard: Final = unheard
        self.trees: Final = trees
        self.scale: Final = scale
        self.bits: Final = bits
        self.odds: Final = odds

    def quick(self, label: str, suffix: str) -> float:
        """First stage: log-odds by 4-grams, length and suffix, in nats."""
        octets = label.encode()
        size = len(octets)
        return (
            ngrams.total(self.grams, octets) / 16.0
            + self.lengths[min(LONGEST, size)]
            + self.suffixes.get(suffix, self.unheard)
        )

    def vector(self, label: str, suffix: str) -> list[float]:
        """All numbers of NAMES."""
        found = self.language.vector(label, suffix)
        found.extend(self.added(label, suffix))
        return found

    def added(self, label: str, suffix: str) -> list[float]:
        """The last three numbers of NAMES."""
        octets = label.encode()
        size = len(octets)
        total = ngrams.total(self.grams, octets) / 16.0
        return [
            total + self.lengths[min(LONGEST, size)],
            total / (size + 1),
            self.suffixes.get(suffix, self.unheard),
        ]

    def margin(self, label: str, suffix: str) -> float:
        """Both stages: log-odds between made-up names of all families alike and registered ones. [nats]."""
        return self.trees.margin(self.vector(label, suffix))

    def score(self, label: str, suffix: str) -> float:
        """-log10 of the share of benign registered names that look as made up: 3 is one in a thousand."""
        return self.at(self.margin(label, suffix), self.bits)

    def at(self, margin: float, values: list[float]) -> float:
        """Read a curve over `scale` at a margin; the last two points lead on where it ends."""
        scale = self.scale
        low = 0
        high = len(scale) - 1
        if margin <= scale[0]:
            return values[0]
        while high - low > 1:
            middle = (low + high) // 2
            if scale[middle] <= margin:
                low = middle
            else:
                high = middle
        step = (margin - scale[low]) / (scale[high] - scale[low])
        return values[low] + step * (values[high] - values[low])


def pack(head: dict[str, object], sections: list[bytes]) -> bytes:
    """Make the file of a model: each section packed, with its length before it."""
    parts = [MAGIC]
    for section in (json.dumps(head, sort_keys=True, separators=(",", ":")).encode(), *sections):
        packed = zlib.compress(section, 9)
        parts += [len(packed).to_bytes(4, "big"), packed]
    return b"".join(parts)


def unpack(data: bytes) -> Generated:
    """Read the file of a model; ValueError if it is none."""
    if not data.startswith(MAGIC):
        raise ValueError("is no model of this version")
    at = len(MAGIC)
    sections: list[bytes] = []
    for _ in SECTIONS:
        size = int.from_bytes(data[at : at + 4], "big")
        sections.append(zlib.decompress(data[at + 4 : at + 4 + size]))
        at += 4 + size
    head = json.loads(sections[0])
    language = Language(
        Words(head["words"], head["unknown"]), sections[2], sections[3], head["rarities"], head["rarity"]
    )
    trees = head["trees"]
    return Generated(
        language,
        sections[1],
        head["lengths"],
        head["suffixes"],
        head["suffix"],
        Trees(trees["features"], trees["values"], trees["lefts"], trees["rights"], trees["roots"]),
        head["scale"],
        head["bits"],
        head["odds"],
    )


class _Once:
    """The model, read when it is first asked for."""

    __slots__ = ("model",)

    def __init__(self) -> None:
        self.model: Generated | None = None


_once: Final = _Once()


def model() -> Generated:
    """The model that comes with the package (0.2 s at the first call)."""
    made = _once.model
    if made is None:
        made = _once.model = unpack(FILE.read_bytes())
    return made
