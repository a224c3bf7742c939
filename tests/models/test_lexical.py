import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models import lexical


def of(label: str) -> dict[str, float]:
    return dict(zip(lexical.NAMES, lexical.vector(label.encode()), strict=True))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("aab2", {"length": 4, "digits": 1, "class_changes": 1, "repeats": 1, "last_digit": 1, "hex_only": 1}),
        ("strength", {"longest_consonants": 4, "vowel_share": 1 / 8, "alternations": 2 / 8, "hex_only": 0}),
        ("a-bc", {"hyphens": 1, "letters_span": 2}),
        ("2020vision", {"longest_digits": 4, "first_digit": 1, "digit_share": 0.4}),
        ("queue", {"longest_vowels": 4, "rare_share": 1 / 5}),
        ("----", {"vowel_share": 0, "letters_span": 0, "entropy": 0}),
    ],
)
def test_counts(label: str, expected: dict[str, float]) -> None:
    found = of(label)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_entropy_is_in_nats() -> None:
    assert of("abab")["entropy"] == pytest.approx(math.log(2))


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63))
def test_shares_are_shares(label: str) -> None:
    found = of(label)
    assert len(found) == len(lexical.NAMES)
    assert all(0 <= found[name] <= 1 for name in found if name.endswith("share"))
    assert found["longest_consonants"] + found["longest_vowels"] + found["longest_digits"] <= len(label)
