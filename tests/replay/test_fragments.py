import random

from dnsguard.replay import fragments
from dnsguard.replay.fragments import Fragments
from dnsguard.replay.recorded import Skipped

KEY = (b"aaaa", b"bbbb", 1, 17)
DATA = bytes(range(256)) * 8


def pieces(size: int = 512) -> list[tuple[int, bool, bytes]]:
    return [(at, at + size < len(DATA), DATA[at : at + size]) for at in range(0, len(DATA), size)]


def test_whole_in_any_order_and_with_repeats() -> None:
    rng = random.Random(1)
    for _ in range(50):
        order = pieces()
        rng.shuffle(order)
        table = Fragments(Skipped())
        found = [table.add(KEY, 1.0, *piece) for piece in [order[0], *order]]
        assert found[-1] == DATA
        assert not any(found[:-1])


def test_two_datagrams_do_not_mix() -> None:
    skipped = Skipped()
    table = Fragments(skipped)
    other = (*KEY[:2], 2, 17)
    assert table.add(KEY, 1.0, 0, True, b"a" * 8) is None
    assert table.add(other, 1.0, 0, True, b"b" * 8) is None
    assert table.add(KEY, 1.0, 8, False, b"A") == b"a" * 8 + b"A"
    assert table.add(other, 1.0, 8, False, b"B") == b"b" * 8 + b"B"
    assert not skipped


def test_contradictions_are_dropped_and_counted() -> None:
    for second in [(0, True, b"X" * 8), (8, False, b"x"), (32, True, b"y" * 8), (65528, True, b"y" * 16)]:
        skipped = Skipped()
        table = Fragments(skipped)
        table.add(KEY, 1.0, 0, True, b"a" * 8)
        table.add(KEY, 1.0, 16, False, b"end")
        assert table.add(KEY, 1.0, *second) is None
        assert table.add(KEY, 1.0, 8, True, b"b" * 8) is None
        table.close()
        assert sum(skipped.values()) >= 3


def test_a_datagram_that_is_never_whole_ends_with_its_lifetime() -> None:
    skipped = Skipped()
    table = Fragments(skipped)
    table.add(KEY, 1.0, 0, True, b"old" + bytes(5))
    assert table.add(KEY, 32.0, 8, False, b"new") is None
    assert skipped == {"IP fragments whose rest never came": 1}


def test_the_table_is_bounded() -> None:
    skipped = Skipped()
    table = Fragments(skipped)
    for number in range(fragments.MAX_DATAGRAMS + 10):
        table.add((*KEY[:2], number, 17), 1.0, 0, True, b"x" * 8)
    assert skipped["IP fragments whose rest never came"] == 10
    table.close()
    assert sum(skipped.values()) == fragments.MAX_DATAGRAMS + 10
