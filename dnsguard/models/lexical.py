"""What can be counted in a label: lengths, classes of characters, runs; the same in training and at run time."""

from math import log
from typing import Final

NAMES: Final[list[str]] = [
    "length",
    "digits",
    "digit_share",
    "class_changes",
    "vowel_share",
    "longest_consonants",
    "longest_vowels",
    "distinct_share",
    "entropy",
    "rare_share",
    "repeats",
    "hyphens",
    "hex_only",
    "alternations",
    "first_digit",
    "last_digit",
    "letters_span",
    "longest_digits",
]
"""Of the numbers that `vector` gives, in its order."""

_VOWELS: Final = frozenset(b"aeiouy")
_RARE: Final = frozenset(b"jqxzkwv")
_HEX: Final = frozenset(b"0123456789abcdef")


def vector(label: bytes) -> list[float]:
    """Count; `label` is lower case and not empty. Shares are 0 to 1, the entropy is in nats per character."""
    length = len(label)
    digits = vowels = rare = changes = repeats = hyphens = alternations = 0
    consonant_run = vowel_run = digit_run = longest_consonants = longest_vowels = longest_digits = 0
    in_hex = True
    last_kind = -1
    last = -1
    low = 255
    high = 0
    counts: dict[int, int] = {}
    for char in label:
        counts[char] = counts.get(char, 0) + 1
        if 48 <= char <= 57:
            kind = 2
            digits += 1
        elif 97 <= char <= 122:
            kind = 1 if char in _VOWELS else 0
            vowels += kind
            if char in _RARE:
                rare += 1
            low = min(low, char)
            high = max(high, char)
        else:
            kind = 3
            if char == 45:
                hyphens += 1
        if in_hex and char not in _HEX:
            in_hex = False
        if kind == 0:
            consonant_run += 1
            longest_consonants = max(longest_consonants, consonant_run)
        else:
            consonant_run = 0
        if kind == 1:
            vowel_run += 1
            longest_vowels = max(longest_vowels, vowel_run)
        else:
            vowel_run = 0
        if kind == 2:
            digit_run += 1
            longest_digits = max(longest_digits, digit_run)
        else:
            digit_run = 0
        if last_kind >= 0:
            if (kind == 2) != (last_kind == 2):
                changes += 1
            if kind < 2 and last_kind < 2 and kind != last_kind:
                alternations += 1
        if char == last:
            repeats += 1
        last = char
        last_kind = kind
    size = float(length)
    entropy = 0.0
    for count in counts.values():
        share = count / size
        entropy -= share * log(share)
    letters = length - digits - hyphens
    return [
        size,
        float(digits),
        digits / size,
        float(changes),
        vowels / letters if letters > 0 else 0.0,
        float(longest_consonants),
        float(longest_vowels),
        len(counts) / size,
        entropy,
        rare / size,
        float(repeats),
        float(hyphens),
        1.0 if in_hex else 0.0,
        alternations / size,
        1.0 if 48 <= label[0] <= 57 else 0.0,
        1.0 if 48 <= label[length - 1] <= 57 else 0.0,
        float(high - low) if high else 0.0,
        float(longest_digits),
    ]
