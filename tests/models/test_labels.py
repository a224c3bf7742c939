import random

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models.labels import SCALE, SYMBOLS, labels, symbols
from tests import senders


def bits(text: str) -> float:
    return labels().cost(text) / SCALE / max(len(text), 1)


def test_words_cost_less_than_code() -> None:
    for word in ("www", "mail", "static", "images", "update", "autodiscover"):
        assert bits(word) < 3.2
    dice = random.Random(1)
    for _ in range(50):
        data = dice.randbytes(40)
        assert 4.4 <= bits(data.hex()) <= 5.4
        assert 4.9 <= bits(senders.base32(data)) <= 5.6


def test_code_costs_what_it_carries_or_more() -> None:
    dice = random.Random(2)
    for size in (8, 20, 60):
        data = dice.randbytes(size)
        for text in (data.hex(), senders.base32(data)):
            assert labels().cost(text) / SCALE >= 8 * size


@given(st.text(max_size=80))
def test_any_text_has_a_cost(text: str) -> None:
    assert 0 <= labels().cost(text) <= 256 * (len(text) + 1)
    assert all(symbol < SYMBOLS for symbol in symbols(text))
