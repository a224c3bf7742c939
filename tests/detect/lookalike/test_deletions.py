import random

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.lookalike.deletions import Deletions

short = st.binary(max_size=12)


@given(st.lists(short, max_size=20), st.data())
def test_what_is_one_deletion_away_is_never_missed(texts: list[bytes], data: st.DataObject) -> None:
    known = Deletions(texts)
    for text in texts:
        assert known.may_reach(text)
        at = data.draw(st.integers(0, len(text)))
        assert known.may_reach(text[:at] + data.draw(st.binary(min_size=1, max_size=1)) + text[at:])


def test_few_others_are_taken_for_such() -> None:
    dice = random.Random(3)
    labels = [bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz", k=dice.randint(5, 12))) for _ in range(34_000)]
    known = Deletions(labels[:24_000])
    others = labels[24_000:]
    taken = sum(known.may_reach(label) for label in others)
    # 2.3 % of the bits are set, and a label of 9 asks for 10 pairs
    assert taken / len(others) < 0.015
    assert not any(Deletions([]).may_reach(label) for label in others)
