"""What turns a brand's name into another label: one step of optimal string alignment (Damerau 1964), and its kind.

Kinds say how a reader or a typist comes to take the one for the other; they are what dnstwist and its kin make.
"""

from typing import Final

SAME: Final = "the name itself"
LOOKALIKE: Final = "look-alike characters"
HYPHEN: Final = "hyphen put in"
PARTED: Final = "hyphen put between words"
SWAPPED: Final = "letters swapped"
DOUBLED: Final = "letter doubled"
OMITTED: Final = "letter left out"
KEYBOARD: Final = "neighbour on the keyboard"
VOWEL: Final = "vowel for a vowel"
BIT: Final = "one bit flipped"
PLURAL: Final = "plural"
LETTER: Final = "letter changed or put in"
DOT: Final = "dot put in"
AFFIX: Final = "www or the suffix written into the name"
_KEYS: Final = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
_VOWELS: Final = "aeiou"


def _neighbours() -> dict[str, str]:
    """Keys around each key of a QWERTY keyboard, each row half a key further right than the one above."""
    found: dict[str, str] = {}
    for y, row in enumerate(_KEYS):
        for x, key in enumerate(row):
            around = [(y, x - 1), (y, x + 1), (y - 1, x), (y - 1, x + 1), (y + 1, x), (y + 1, x - 1)]
            found[key] = "".join(
                _KEYS[down][along] for down, along in around if 0 <= down < len(_KEYS) and 0 <= along < len(_KEYS[down])
            )
    return found


NEIGHBOURS: Final = _neighbours()


def kind(label: str, brand: str) -> str:
    """Kind of the one step that turns `brand` into `label`; empty if it takes none, or more than one."""
    longer, size = len(label) - len(brand), min(len(label), len(brand))
    if longer > 1 or longer < -1 or label == brand:
        return _plural(label, brand)
    start = 0
    while start < size and label[start] == brand[start]:
        start += 1
    end = 0
    while end < size - start and label[-1 - end] == brand[-1 - end]:
        end += 1
    new, old = label[start : len(label) - end], brand[start : len(brand) - end]
    if len(new) == len(old) == 2 and new == old[::-1]:
        return SWAPPED
    if len(new) > 1 or len(old) > 1:
        return ""
    if not new:
        return OMITTED
    if not old:
        return _inserted(label, brand, start, new)
    return _replaced(new, old)


def _plural(label: str, brand: str) -> str:
    return PLURAL if label == brand + "es" else ""


def _inserted(label: str, brand: str, at: int, new: str) -> str:
    if new == "-":
        return HYPHEN
    beside = label[max(at - 1, 0) : at] + label[at + 1 : at + 2]
    # of a doubled letter the second one is found as the new one
    if new in beside:
        return DOUBLED
    if new == "s" and at == len(brand):
        return PLURAL
    return KEYBOARD if any(new in NEIGHBOURS.get(key, "") for key in beside) else LETTER


def _replaced(new: str, old: str) -> str:
    if new in NEIGHBOURS.get(old, ""):
        return KEYBOARD
    if new in _VOWELS and old in _VOWELS:
        return VOWEL
    flipped = ord(new) ^ ord(old)
    return BIT if flipped & flipped - 1 == 0 else LETTER
