"""What fails, what floods, and what resolves at random outlives the process; what was not saved so is refused whole."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from dnsguard.state import failing, floods
from dnsguard.state.failing import Failing
from dnsguard.state.floods import Floods
from dnsguard.state.random_hosts import RandomHosts
from dnsguard.state.saved import AT_ONCE, finite, frame, frames

NOW = 1_700_000_000.0
BOT = b"\xc0\0\2\7"


class Kept(Protocol):
    def dump(self) -> Iterator[bytes]: ...
    def load(self, data: bytes) -> None: ...


def failed(clients: int = 1) -> Failing:
    made = Failing()
    for number in range(clients):
        for at in range(5):
            made.note(BOT + number.to_bytes(2), f"qqqqqqqq{at:04}.com", 3.0, 0.7, NOW + at)
    made.clients[BOT + b"\0\0"].told = NOW + 3600.0
    made.meet("rendezvous.example", NOW)
    return made


def flooded(zones: int = 1) -> Floods:
    made = Floods()
    for number in range(zones):
        name = f"victim{number}.example"
        for at in range(20):
            zone = made.failed(name, f"n{at}.{name}", BOT, at % 4 > 0, NOW + at * 0.1)
        made.begin(name, zone, NOW + 2)
    made.failed("quiet.example", "www.quiet.example", BOT, False, NOW)
    return made


def random_hosts(zones: int = 1) -> RandomHosts:
    made = RandomHosts()
    for number in range(zones):
        made.note(f"wild{number}.example", "qx7.wild.example", BOT, NOW)
    return made


def saved(kept: Kept) -> bytes:
    return b"".join(kept.dump())


@pytest.mark.parametrize("made", [failed, flooded, random_hosts])
@pytest.mark.parametrize("count", [1, AT_ONCE + 1])
def test_what_is_saved_comes_back(made: Callable[[int], Kept], count: int) -> None:
    before = made(count)
    after = type(before)()
    after.load(saved(before))
    assert saved(after) == saved(before)
    assert len(list(after.dump())) == len(list(before.dump()))


def test_a_bot_goes_on_where_it_stood() -> None:
    before, after = failed(), Failing()
    after.load(saved(before))
    assert all(each.watched(BOT + b"\0\0", NOW + 60.0) for each in (before, after))
    assert after.known(BOT + b"\0\0", "qqqqqqqq0003.com")
    assert after.meetings == {"rendezvous.example": NOW}
    totals = [each.note(BOT + b"\0\0", "qqqqqqqq0009.com", 3.0, 0.7, NOW + 6).total for each in (before, after)]
    assert totals[0] == totals[1]
    assert totals[0] > 3.0


def test_a_flood_goes_on() -> None:
    after = Floods()
    after.load(saved(flooded()))
    zone = after.flooded["victim0.example"]
    assert after.suspects == {"victim0.example": zone}
    assert after.denied("victim0.example", NOW + 3)
    assert after.asked("victim0.example", zone, "other.victim0.example", BOT, NOW + 3)
    assert "quiet.example" in after.zones


def test_random_hosts_are_counted_on() -> None:
    after = RandomHosts()
    after.load(saved(random_hosts()))
    found = after.note("wild0.example", "a8k.wild.example", b"1", NOW + 5)
    assert (len(found.names), len(found.clients), found.since) == (2, 2, NOW)


def test_no_more_is_taken_than_may_be_kept() -> None:
    after = Failing()
    head = frames(saved(failed()))
    client = head[1][0][1]
    many = [[number.to_bytes(4), client] for number in range(failing.MAX_CLIENTS + 3)]
    after.load(frame(head[0]) + frame(many))
    assert len(after.clients) == failing.MAX_CLIENTS
    assert (3).to_bytes(4) in after.clients
    assert (2).to_bytes(4) not in after.clients
    torture = Floods()
    zone = frames(saved(flooded()))[0][0][2]
    torture.load(frame([[f"z{number}.example", True, zone] for number in range(floods.MAX_ZONES + 3)]))
    assert len(torture.zones) == len(torture.flooded) == floods.MAX_ZONES


def wrong(value: object, bad: object) -> Iterator[object]:
    """The same value with one leaf in it spoilt, for each leaf."""
    if isinstance(value, list):
        for at, part in enumerate(value):
            for spoilt in wrong(part, bad):
                yield [*value[:at], spoilt, *value[at + 1 :]]
    elif not isinstance(value, bool):
        yield bad


@pytest.mark.parametrize("made", [failed, flooded, random_hosts])
def test_what_was_not_saved_so_is_refused_whole(made: Callable[[], Kept]) -> None:
    before = saved(made())
    kept = made()
    for cut in range(1, len(before)):
        # between two pieces: that none is missing, the file says
        if cut == len(frame(frames(before)[0])):
            continue
        with pytest.raises(ValueError, match="not a table of"):
            kept.load(before[:cut])
    parts: list[Any] = frames(before)
    for at, part in enumerate(parts):
        for spoilt in wrong(part, {}):
            with pytest.raises(ValueError, match="not a table of"):
                kept.load(b"".join(map(frame, [*parts[:at], spoilt, *parts[at + 1 :]])))
    assert saved(kept) == before


@pytest.mark.parametrize(("value", "error"), [(True, TypeError), ("1", TypeError), (float("nan"), ValueError)])
def test_finite(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        finite(value)
    assert finite(-2) == -2.0
