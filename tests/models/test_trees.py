import pytest

from dnsguard.models.trees import Trees

#      0: x0 <= 1 ? 1 : 2;  1: -1.0;  2: x1 <= 5 ? 3 : 4;  3: 0.5;  4: 2.0;  5: 0.25 alone
TREES = Trees([0, -1, 1, -1, -1, -1], [1.0, -1.0, 5.0, 0.5, 2.0, 0.25], [1, 0, 3, 0, 0, 0], [2, 0, 4, 0, 0, 0], [0, 5])


@pytest.mark.parametrize(
    ("vector", "expected"), [([1.0, 0.0], -0.75), ([1.1, 5.0], 0.75), ([1.1, 5.1], 2.25), ([0.0, 9.0], -0.75)]
)
def test_each_tree_adds_one_leaf(vector: list[float], expected: float) -> None:
    assert TREES.margin(vector) == expected


def test_no_trees_say_nothing() -> None:
    assert Trees([], [], [], [], []).margin([1.0]) == 0.0
