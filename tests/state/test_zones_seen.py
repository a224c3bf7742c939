import random

import pytest

from dnsguard.state import zones_seen
from dnsguard.state.zones_seen import DAY, NEVER, TURN, ZonesSeen

START = 20_000 * DAY


def test_a_zone_has_the_age_of_its_first_query() -> None:
    seen = ZonesSeen()
    assert seen.age("example.com", START) == NEVER
    assert seen.note("example.com", START) == NEVER
    assert seen.note("example.com", START + 100) == 0
    assert seen.note("example.com", START + 3 * DAY) == 3
    assert seen.age("example.com", START + 9.5 * DAY) == 9
    assert seen.age("example.net", START + 9.5 * DAY) == NEVER


def test_history_has_an_age_too() -> None:
    seen = ZonesSeen()
    assert seen.watched(START) == 0
    seen.note("example.com", START)
    assert seen.watched(START + 10 * DAY) == 10


def test_a_zone_asked_for_again_and_again_keeps_its_day_over_the_turns() -> None:
    seen = ZonesSeen()
    for day in range(0, 5 * TURN, 10):
        assert seen.note("example.com", START + day * DAY) == (day or NEVER)


def test_a_zone_unseen_for_two_turns_is_forgotten() -> None:
    seen = ZonesSeen()
    seen.note("old.example", START)
    for day in range(0, 2 * TURN + 1, TURN):
        seen.note("example.com", START + day * DAY)
    assert seen.age("old.example", START + 2 * TURN * DAY) == NEVER


def test_seen_zones_are_never_new_and_few_new_ones_pass_for_seen() -> None:
    seen = ZonesSeen()
    dice = random.Random(4)
    zones = {f"{dice.randrange(1 << 60):x}.example" for _ in range(120_000)}
    for zone in zones:
        seen.note(zone, START)
    assert all(seen.age(zone, START) == 0 for zone in zones)
    others = [f"{dice.randrange(1 << 60):x}.test" for _ in range(20_000)]
    assert sum(seen.age(zone, START) != NEVER for zone in others) < 10
    assert seen.evicted == 0


def test_a_full_table_changes_over_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = ZonesSeen()
    seen._filled = zones_seen.MAX_FILL
    seen.note("first.example", START)
    seen.note("second.example", START)
    assert seen.evicted == 1
    assert seen.age("first.example", START) == 0


def test_a_clock_set_back_makes_no_negative_age() -> None:
    seen = ZonesSeen()
    seen.note("example.com", START)
    assert seen.note("example.com", START - 5 * DAY) == 0
    assert seen.watched(START - 5 * DAY) == 0


def test_what_is_dumped_is_loaded() -> None:
    seen = ZonesSeen()
    for day in range(TURN + 2):
        seen.note(f"day{day}.example", START + day * DAY)
    data = seen.dump()
    again = ZonesSeen()
    again.load(data)
    now = START + (TURN + 2) * DAY
    assert [again.age(f"day{day}.example", now) for day in range(TURN + 2)] == [
        TURN + 2 - day for day in range(TURN + 2)
    ]
    assert again.watched(now) == TURN + 2
    assert again.dump() == data
    assert len(data) < 100_000


@pytest.mark.parametrize("damage", ["", "cut", "flip", "other", "short", "full"])
def test_damaged_history_is_refused_and_changes_nothing(damage: str) -> None:
    source = ZonesSeen()
    source.note("example.com", START)
    data = source.dump()
    bad = {
        "": b"",
        "cut": data[:-10],
        "flip": data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
        "other": b"dnsguard zones seen 9\n" + data[22:],
        "full": zones_seen.MAGIC + zones_seen.zlib.compress(b"\1" * (12 + 8 * zones_seen.SLOTS)),
        "short": zones_seen.MAGIC + zones_seen.zlib.compress(b"x"),
    }[damage]
    seen = ZonesSeen()
    seen.note("example.net", START)
    with pytest.raises(ValueError, match="history"):
        seen.load(bad)
    assert seen.age("example.net", START) == 0
    assert seen.age("example.com", START) == NEVER
