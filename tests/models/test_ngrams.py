from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models import ngrams

LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)


def table(**weights: int) -> bytes:
    made = bytearray([ngrams.ZERO]) * ngrams.SIZE
    for gram, weight in weights.items():
        code = 0
        for symbol in gram.encode().translate(ngrams.SYMBOLS):
            code = code << 5 | symbol
        made[code] = ngrams.ZERO + weight
    return bytes(made)


def test_each_gram_adds_its_weight() -> None:
    made = table(abcd=16, bcda=-8)
    assert ngrams.total(made, b"abcdab") == 8
    assert ngrams.total(made, b"ABCD") == 16
    assert ngrams.total(made, b"zzzz") == 0


def test_borders_are_grams_too() -> None:
    made = bytearray(table())
    made[1] = 130  # border, border, border, a
    made[1 << 5] = 131  # border, border, a, border
    assert ngrams.total(bytes(made), b"a") == 5


def test_the_strongest_are_named_with_their_borders() -> None:
    made = table(abcd=16, bcde=48)
    assert ngrams.strongest(made, "xabcde", 5) == [("bcde", 3.0), ("abcd", 1.0)]
    assert ngrams.strongest(made, "xabcde", 1) == [("bcde", 3.0)]


def test_symbols_tell_letters_apart_and_digits_in_three() -> None:
    assert len({ngrams.SYMBOLS[each] for each in b"abcdefghijklmnopqrstuvwxyz"}) == 26
    assert ngrams.SYMBOLS[ord("1")] == ngrams.SYMBOLS[ord("4")] != ngrams.SYMBOLS[ord("5")] == ngrams.SYMBOLS[ord("9")]
    assert 0 < min(ngrams.SYMBOLS) <= max(ngrams.SYMBOLS) < 32


@given(LABELS, st.randoms(use_true_random=False))
def test_the_total_is_the_sum_of_the_parts(label: str, dice: object) -> None:
    made = bytes(range(256)) * (ngrams.SIZE // 256)
    assert ngrams.total(made, label.encode()) == sum(ngrams.weights(made, label.encode()))
    assert len(ngrams.weights(made, label.encode())) == len(label) + 1
