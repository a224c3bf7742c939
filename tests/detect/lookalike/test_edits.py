import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.edits import NEIGHBOURS, kind

LABELS = st.text("abcdef0-", min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("label", "step"),
    [
        ("paypla", edits.SWAPPED),
        ("paaypal", edits.DOUBLED),
        ("paypall", edits.DOUBLED),
        ("payal", edits.OMITTED),
        ("aypal", edits.OMITTED),
        ("pay-pal", edits.HYPHEN),
        ("paypals", edits.PLURAL),
        ("paypales", edits.PLURAL),
        ("paypsl", edits.KEYBOARD),
        ("paypoal", edits.KEYBOARD),
        ("peypal", edits.VOWEL),
        ("raypal", edits.BIT),
        ("paypax", edits.LETTER),
        ("xpaypal", edits.LETTER),
        ("paypal", ""),
        ("payyypal", ""),
        ("lapyap", ""),
        ("p", ""),
    ],
)
def test_kind(label: str, step: str) -> None:
    assert kind(label, "paypal") == step


def distance(one: str, other: str) -> int:
    """Optimal string alignment, by the book."""
    rows = [[max(i, j) if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(LABELS, LABELS)
def test_one_step_is_distance_one(label: str, brand: str) -> None:
    assert (kind(label, brand) != "") is (distance(label, brand) == 1 or label == brand + "es")


def test_neighbours_are_mutual() -> None:
    assert set(NEIGHBOURS["g"]) == set("fhtyvb")
    for key, around in NEIGHBOURS.items():
        assert all(key in NEIGHBOURS[other] for other in around)
