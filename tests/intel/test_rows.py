from array import array

from dnsguard.intel.rows import FIRST, KIND_SIZE, NOTHING, SEVERAL, Kind, Rows

A = Kind(added=4_000_000_000, list_number=32766, confidence=100, scope=2, trigger=4, action=7, prefix=128)
B = Kind(added=0, list_number=0, confidence=0, scope=0, trigger=0, action=0, prefix=0)


def test_one_several_and_nothing() -> None:
    table = A.pack() + B.pack()
    assert len(table) == 2 * KIND_SIZE
    rows = Rows(
        array("B", [FIRST, SEVERAL, NOTHING, FIRST + 1]),
        array("I", [7, 1, 0, 4_000_000_000]),
        array("I", [99, 2, FIRST + 1, 5, FIRST, 6]),
        table,
    )
    assert [rows.at(i) for i in range(len(rows))] == [[(A, 7)], [(B, 5), (A, 6)], [], [(B, 4_000_000_000)]]
    assert rows.at(0) == [(A, 7)]  # also when it is remembered
    assert list(rows.kinds()) == [A, B]
