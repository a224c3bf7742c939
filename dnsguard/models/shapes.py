"""Generators of no family: made-up names over the alphabets, lengths and suffixes that generators draw from.

Real families are few, and each is a single point among the ways to make names up. These fill the space between the
points, so that what is trained on them knows generators it has not met.
"""

import random
from collections.abc import Callable, Sequence
from typing import Final

from dnsguard.models.corpus import Name

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS: Final = (
    LETTERS,
    LETTERS,
    LETTERS[:25],
    LETTERS[:22],
    LETTERS[:16],
    "bcdfghjklmnpqrstvwxz",
    LETTERS + "0123456789",
    LETTERS + "0123456789",
    LETTERS + "234567",
    "0123456789abcdef",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz01234",
)
_USUAL: Final = (
    "com net org info biz ru cc in me us eu ws tv su co cn top xyz pw online site club life ddns.net dyndns.org "
    "com net org info biz ru com net org com "
)
_OTHERS: Final = (
    "space website live tech shop support ga tk ml cf gq name mobi pro kz ua de uk to la sx bit so im ir tj vg"
)
SUFFIXES: Final = (_USUAL + _OTHERS).split()
"""With the usual ones more than once."""

Draw = Callable[[], str]


def _flat(dice: random.Random) -> Draw:
    """Letters drawn evenly, of a fixed or a varying length."""
    alphabet = dice.choice(ALPHABETS)
    least = dice.randint(6, 24)
    most = least + dice.choice((0, 0, 1, 3, 6, 10))
    return lambda: "".join(dice.choices(alphabet, k=dice.randint(least, most)))


def _skewed(dice: random.Random) -> Draw:
    """Letters drawn unevenly, as a poor generator of random numbers does."""
    letters = dice.sample(LETTERS, dice.randint(10, 26))
    weights = [dice.random() ** 2 + 0.02 for _ in letters]
    least = dice.randint(6, 18)
    most = least + dice.choice((0, 2, 6))
    return lambda: "".join(dice.choices(letters, weights, k=dice.randint(least, most)))


def _spoken(dice: random.Random) -> Draw:
    """Consonants and vowels in turn."""
    consonants = dice.sample("bcdfghjklmnpqrstvwxz", dice.randint(8, 20))
    vowels = dice.sample("aeiouy", dice.randint(3, 6))
    double = dice.random() * 0.3
    least, spread = dice.randint(5, 12), dice.choice((0, 2, 5))

    def draw() -> str:
        size = dice.randint(least, least + spread)
        text = ""
        turn = dice.random() < 0.5
        while len(text) < size:
            text += dice.choice(vowels if turn else consonants)
            if dice.random() >= double:
                turn = not turn
        return text

    return draw


def _syllables(dice: random.Random) -> Draw:
    """A generator's own syllables."""
    made = [
        "".join(dice.choices(LETTERS, k=dice.randint(1, 2)))
        + dice.choice("aeiou")
        + dice.choice(("", "n", "r", "s", "l"))
        for _ in range(dice.randint(12, 60))
    ]
    least = dice.randint(2, 4)
    return lambda: "".join(dice.choices(made, k=dice.randint(least, least + 1)))


def _affixed(dice: random.Random) -> Draw:
    """A fixed part, and one that varies."""
    inner = _flat(dice)
    fixed = "".join(dice.choices(LETTERS, k=dice.randint(1, 6)))
    cut = dice.randint(4, 12)
    before = dice.random() < 0.6
    return lambda: fixed + inner()[:cut] if before else inner()[:cut] + fixed


def _words(dice: random.Random, words: Sequence[str]) -> Draw:
    """Words set side by side, from a short list of its own."""
    own = dice.sample(words, dice.choice((40, 100, 300, 1000)))
    count = dice.choice((2, 2, 2, 3, 3, 4))
    joint = dice.choice(("", "", "", "", "-"))
    digits = dice.random() < 0.1
    return lambda: joint.join(dice.choices(own, k=count)) + (str(dice.randint(0, 99)) if digits else "")


def _cut_words(dice: random.Random, words: Sequence[str]) -> Draw:
    """Words cut short and joined up to a length."""
    own = dice.sample(words, dice.choice((100, 500)))
    size = dice.randint(10, 24)

    def draw() -> str:
        text = ""
        while len(text) < size:
            word = dice.choice(own)
            text += word[: dice.randint(2, len(word))]
        return text[:size]

    return draw


def generators(seed: int, words: Sequence[str], count: int, names: int) -> dict[str, list[Name]]:
    """Make `count` generators, and `names` names of each; the same for the same seed and words."""
    found = {}
    for index in range(count):
        dice = random.Random(f"{seed} {index}")  # noqa: S311 - reproducible on purpose
        kind = dice.choices(range(7), (9, 3, 4, 2, 2, 4, 2))[0]
        draw = (
            (_flat, _skewed, _spoken, _syllables, _affixed)[kind](dice)
            if kind < 5
            else (_words, _cut_words)[kind - 5](dice, words)
        )
        suffixes = dice.choices(SUFFIXES, k=dice.choice((1, 1, 3, 6, 12)))
        made = {Name(draw()[:63], dice.choice(suffixes)): None for _ in range(names)}
        found[f"shape{index}"] = [name for name in made if not name.label.startswith("-")]
    return found
