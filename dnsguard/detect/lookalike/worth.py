"""What a step away from a brand's name says: how rarely others come upon such a label, and where it is registered.

Scores were set on one half of the benign names and held against the other (tests/eval/lookalikes.py).
"""

from typing import Final

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.index import SHORTEST_NEAR
from dnsguard.detect.lookalike.serving import hosted
from dnsguard.detect.lookalike.words import CHEAP, GENERIC
from dnsguard.models import generated
from dnsguard.models.brands import IMPERSONATED, Brand

TWO_STEPS: Final = "look-alike characters and another step"
STEPS: Final = {
    edits.LOOKALIKE: 0.8,
    edits.SWAPPED: 0.75,
    edits.DOUBLED: 0.75,
    edits.HYPHEN: 0.75,
    edits.AFFIX: 0.75,
    edits.PARTED: 0.65,
    edits.OMITTED: 0.65,
    edits.KEYBOARD: 0.6,
    edits.VOWEL: 0.6,
    edits.BIT: 0.55,
    edits.PLURAL: 0.55,
    edits.LETTER: 0.55,
    TWO_STEPS: 0.6,
}
"""What was done to the name; the first five are what a reader overlooks."""
OVERLOOKED: Final = 0.7
COMMON: Final = 15.5
"""Labels as likely as this, and likelier ones, are come upon without a brand in mind (`jmail`, `lithub`). [nats]"""
_TRADES: Final = ("bank", "post", "telecom", "telekom", "transfer")
"""What firms are called by what they do, with a short name of their own before it: `axosbank` is not `axisbank`."""
_SHORT: Final = 4
"""Characters of such a name."""
_LONG: Final = 7
"""A name of so many characters that is spoilt by a step is nobody's own, however common its letters have become."""


def worth(brand: Brand, text: str, step: str, suffix: str) -> float:
    """How much it says that a name is near this brand's: the less often anybody comes upon such a label, the more."""
    overlooked = STEPS[step] >= OVERLOOKED
    if brand.level < IMPERSONATED:
        # nobody dresses up as it
        return -0.1 if _spelt(text, brand, step) else -0.05
    if not text.isascii():
        return 0.3
    if not overlooked and _another(text, brand, step):
        return 0.0
    size = len(brand.label)
    if not brand.word and size > SHORTEST_NEAR and brand.label in text:
        # nobody comes upon a whole brand by chance, however common its letters have become
        return 0.3
    rare = min(0.3, max(0.0, (generated.model().language.cost(text) - COMMON) / 20.0))
    if brand.word:
        return rare if overlooked or suffix in brand.suffixes else rare - 0.25
    if not overlooked and size >= _LONG and rare < 0.15 and _misspelt(text):
        return max(rare, 0.15 if size > _LONG else 0.1)
    return rare


def _spelt(text: str, brand: Brand, step: str) -> bool:
    """Whether it is one way to write the name: with a hyphen, or a letter more in one of its words, `traveller`."""
    words = generated.model().language.words
    return step == edits.HYPHEN or (step == edits.DOUBLED and len(words.cut(text)) <= len(words.cut(brand.label)))


def _another(text: str, brand: Brand, step: str) -> bool:
    """Whether it reads as another's name: in the same trade, or made from the word that the brand is."""
    size = len(brand.label)
    for trade in _TRADES:
        own = size - len(trade)
        # a letter more in a name of its own is a slip of the finger
        if own <= _SHORT and (own == 0 or len(text) <= size) and brand.label.endswith(trade) and text.endswith(trade):
            return True
    if not brand.word or len(text) != size + 1:
        return False
    if text.startswith(brand.label):
        # `twitchy`, `orders`
        return text[-1] in "sy" or text.endswith(("ed", "er"))
    # `efidelity`
    return step == edits.LETTER and text.endswith(brand.label)


def _misspelt(text: str) -> bool:
    """Whether it reads as no words: they have three letters or more each, and one of them four."""
    sizes = [len(part) for part in generated.model().language.words.cut(text)]
    return min(sizes) < 3 or max(sizes) < 4


def place(brand: Brand, suffix: str) -> float:
    """How much the public suffix says: the owner's own hides best, cheap ones cost least."""
    if suffix in brand.suffixes:
        return 0.3
    if suffix in CHEAP or hosted(suffix):
        return 0.25
    return 0.1 if suffix in GENERIC else 0.0
