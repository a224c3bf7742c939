from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.substrings import LEAST, finder, rarest

STRINGS = st.lists(st.binary(min_size=LEAST, max_size=24), min_size=1, max_size=12, unique=True)
FEW = st.lists(
    st.text(alphabet="ab.", min_size=LEAST, max_size=16).map(str.encode), min_size=1, max_size=12, unique=True
)


def find(strings: list[bytes], text: bytes) -> set[int]:
    return set(finder([(string, rarest(string), (number,)) for number, string in enumerate(strings)])(text))


def naive(strings: list[bytes], text: bytes) -> set[int]:
    return {number for number, string in enumerate(strings) if string in text}


@given(STRINGS, st.binary(max_size=80), st.integers(0, 40))
def test_equal_to_looking_for_each(strings: list[bytes], text: bytes, place: int) -> None:
    for string in strings:
        around = text[:place] + string + text[place:]
        assert find(strings, around) == naive(strings, around)
    assert find(strings, text) == naive(strings, text)


@given(FEW, st.text(alphabet="ab.", max_size=60).map(str.encode))
def test_equal_where_words_repeat(strings: list[bytes], text: bytes) -> None:
    assert find(strings, text) == naive(strings, text)


def test_long_texts() -> None:
    strings = [b"needle-in", b"ndl"]
    for size in (250, 256, 259, 260, 261, 65535):
        text = b"x" * size
        assert find(strings, text) == set()
        assert find(strings, text + b"needle-in") == {0}
        assert find(strings, b"y" + text + b"ndl") == {1}


def test_no_strings() -> None:
    assert list(finder([])(b"anything")) == []


def test_the_rarest_bytes_are_not_the_usual_ones() -> None:
    string = b"www.xq7-zk9j.com"
    start = rarest(string)
    assert b"xq7-zk9j" in string[start : start + 11]
