from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models.words import NAMES, Words

WORDS = Words({"able": 5.0, "army": 6.0, "ab": 4.0, "learn": 6.0, "my": 3.0}, 8.0)


def test_the_cheapest_cut() -> None:
    assert WORDS.cut("ablearmy") == ["able", "army"]
    assert WORDS.cut("ablexarmy") == ["able", "x", "army"]
    assert WORDS.cut("") == []


def test_numbers_of_a_cut() -> None:
    assert dict(zip(NAMES, WORDS.vector("ablexmy"), strict=True)) == {
        "word_cost": 16 / 7,
        "words": 2,
        "longest_word": 4,
        "covered": 4 / 7,
        "dearest_word": 5,
        "crumbs": 1 / 7,
    }


@given(st.text("abelrmyn-", min_size=1, max_size=40))
def test_a_cut_loses_nothing_and_no_cut_is_cheaper_than_the_first(text: str) -> None:
    parts = WORDS.cut(text)
    assert "".join(parts) == text
    cost = sum(WORDS.costs.get(part, WORDS.unknown) for part in parts)
    assert cost <= len(text) * WORDS.unknown
    assert all(part in WORDS.costs or len(part) == 1 for part in parts)
