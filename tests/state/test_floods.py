from hypothesis import given
from hypothesis import strategies as st

from dnsguard.state import floods as state
from dnsguard.state.floods import Floods

CLIENT = b"\xc0\0\2\7"


def fail(floods: Floods, count: int, *, gap: float = 0.1, odd: bool = True, start: float = 1e9) -> state.Zone:
    for at in range(count):
        zone = floods.failed("victim.example", f"n{at}.victim.example", CLIENT, odd, start + at * gap)
    return zone


def test_distinct_names_count() -> None:
    floods = Floods()
    zone = fail(floods, 20)
    assert 18 < zone.odd <= 20
    assert 18 < zone.clients[CLIENT] <= 20
    fail(floods, 20)
    assert zone.odd <= 20


def test_counts_fade() -> None:
    floods = Floods()
    zone = fail(floods, 20)
    zone.fade(zone.last + 10 * state.WINDOW)
    assert (zone.odd < 0.1, zone.clients) == (True, {})


def test_names_like_words_fail_without_being_odd() -> None:
    zone = fail(Floods(), 20, odd=False)
    assert (zone.odd, zone.samples, zone.clients) == (0, [], {})
    assert zone.failed > 18


def test_answers_are_counted_where_something_odd_goes_on() -> None:
    floods = Floods()
    fail(floods, 5)
    assert not floods.suspects
    zone = fail(floods, 10)
    assert floods.suspects == {"victim.example": zone}
    zone.fade(zone.last + 10 * state.WINDOW)
    floods.failed("victim.example", "www2.victim.example", CLIENT, False, zone.last)
    assert not floods.suspects


def test_a_zone_that_denies_odd_names_is_told_from_one_that_answers() -> None:
    floods = Floods()
    assert not floods.denied("victim.example", 1e9)
    zone = fail(floods, 10)
    assert floods.denied("victim.example", zone.last)
    assert not floods.denied("victim.example", zone.last + 10 * state.WINDOW)
    zone = fail(floods, 20, start=2e9)
    zone.answered += 20.0
    assert not floods.denied("victim.example", zone.last)


def test_a_flood_lasts_while_odd_names_are_asked_for() -> None:
    floods = Floods()
    zone = fail(floods, 40)
    floods.begin("victim.example", zone, zone.last)
    later = zone.last + state.QUIET - 1
    assert floods.asked("victim.example", zone, "x.victim.example", CLIENT, later)
    assert floods.asked("victim.example", zone, "y.victim.example", CLIENT, later + state.QUIET - 1)
    assert not floods.asked("victim.example", zone, "z.victim.example", CLIENT, later + 3 * state.QUIET)
    assert not floods.flooded


def test_zones_are_bounded() -> None:
    floods = Floods()
    for at in range(state.MAX_ZONES + 3):
        floods.failed(f"z{at}.example", f"a.z{at}.example", CLIENT, True, 1e9)
    assert (len(floods.zones), floods.evicted) == (state.MAX_ZONES, 3)


def test_names_and_clients_of_a_zone_are_bounded() -> None:
    floods = Floods()
    for at in range(1000):
        client = at.to_bytes(4)
        zone = floods.failed("victim.example", f"n{at}.victim.example", client, True, 1e9)
    assert (len(zone.names), len(zone.clients), len(zone.samples)) == (
        state.MAX_NAMES,
        state.MAX_CLIENTS,
        state.MAX_SAMPLES,
    )


@given(st.text(max_size=40))
def test_what_resolved_is_known(name: str) -> None:
    floods = Floods()
    assert not floods.knows(name)
    floods.resolved(name)
    assert floods.knows(name)


def test_no_others_are_taken_for_known() -> None:
    floods = Floods()
    for at in range(100_000):
        floods.resolved(f"host{at}.example")
    assert sum(floods.knows(f"host{at}.example") for at in range(100_000)) > 80_000
    assert not any(floods.knows(f"random{at}.example") for at in range(10_000))


def test_old_names_make_room_for_new_ones() -> None:
    floods = Floods()
    for at in range(3 * state.SLOTS):
        floods.resolved(f"host{at}.example")
    assert floods.knows(f"host{3 * state.SLOTS - 1}.example")
    assert not all(floods.knows(f"host{at}.example") for at in range(1000))
