import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.state import failing as state
from dnsguard.state.failing import Failing
from dnsguard.state.failing_client import MAX_ALIKE, MAX_NAMES, Client, akin

BOT = b"\xc0\0\2\7"
COM = 0.7
"""-ln of the share of names below com."""


def run(failing: Failing, names: list[str], odds: float, *, gap: float = 1.0, start: float = 1e9) -> Client:
    client = failing.note(BOT, names[0], odds, COM, start)
    for at, name in enumerate(names[1:], 1):
        client = failing.note(BOT, name, odds, COM, start + at * gap)
    return client


def names(count: int, size: int = 12) -> list[str]:
    return [f"{'q' * (size - 4)}{at:04}.com" for at in range(count)]


def test_odd_names_add_up() -> None:
    client = run(Failing(), names(4), 4.0)
    assert client.total > 16
    assert (client.count, client.since) == (4, names(1)[0])


def test_ordinary_names_earn_no_credit() -> None:
    failing = Failing()
    client = run(failing, [f"{'word'[: at % 4 + 1] * 2}{at}.com" for at in range(20)], -3.0, gap=3600)
    assert (client.total, client.count, client.since) == (0.0, 0, "")
    client = run(failing, names(4), 4.0, start=1e9 + 90000)
    assert client.total > 14


def test_a_name_counts_once() -> None:
    client = run(Failing(), ["qqqqqqqq0001.com"] * 50, 4.0)
    assert (client.count, len(client.failures)) == (1, 1)


def test_words_that_fail_alike_and_at_once_add_up_too() -> None:
    alike = run(Failing(), [f"{'w' * 8}{at:02}.net" for at in range(12)], -0.5)
    words = [
        "kuche",
        "rennradladen",
        "bmx",
        "gartenfreunde",
        "ofen",
        "steuerberatung",
        "xy",
        "hafenfest",
        "musikschule",
    ]
    apart = run(Failing(), [f"{word}.{'abcabcabc'[at]}" for at, word in enumerate(words)], -0.5, gap=900.0)
    assert alike.total > 13.8
    assert apart.total < 2


def test_answers_between_failures_speak_against_a_bot() -> None:
    haste = []
    for answers in (0, 100):
        failing = Failing()
        client = run(failing, names(3), 1.0)
        for _ in range(answers):
            failing.watched(BOT, 1e9)
        haste.append(client.haste(1e9 + 3))
    assert haste[0] > haste[1] + 1


def test_a_sum_fades() -> None:
    failing = Failing()
    before = run(failing, names(4), 4.0).total
    after = failing.note(BOT, "unlike-the-others.org", -1.0, 3.0, 1e9 + 3 + state.FADE)
    assert after.total < before / 2


def test_only_the_infected_are_watched() -> None:
    failing = Failing()
    assert not failing.watched(BOT, 1e9)
    client = run(failing, names(4), 4.0)
    assert not failing.watched(BOT, 1e9)
    client.told = 2e9
    assert failing.watched(BOT, 1e9)
    assert client.answered == 2


@pytest.mark.parametrize("many", [3, 10])
def test_clients_are_bounded(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_CLIENTS", 2)
    failing = Failing()
    for at in range(many):
        failing.note(bytes([at]), "x.com", 1.0, COM, 1e9 + at)
    if len(failing.clients) == state.MAX_CLIENTS:  # compiled, the bound is a constant
        assert failing.evicted == many - 2
        assert list(failing.clients) == [bytes([many - 2]), bytes([many - 1])]


def test_names_of_a_client_are_bounded() -> None:
    client = run(Failing(), names(MAX_NAMES * 2), 0.0)
    assert (len(client.known), len(client.failures)) == (MAX_NAMES, MAX_ALIKE)


def test_rendezvous_are_bounded() -> None:
    failing = Failing()
    for at in range(state.MAX_MEETINGS + 5):
        failing.meet(f"{at}.com", at)
    assert len(failing.meetings) == state.MAX_MEETINGS
    assert "4.com" not in failing.meetings


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a.com", "bb.net", "ccc.org", "dddd.co.uk", "e.ddns.net"]),
            st.floats(-5, 7),
            st.floats(0, 15),
            st.floats(-1e9, 1e9),
        ),
        max_size=60,
    )
)
def test_whatever_comes_the_sum_is_finite_and_not_below_zero(steps: list[tuple[str, float, float, float]]) -> None:
    failing = Failing()
    for at, (name, odds, rarity, time) in enumerate(steps):
        client = failing.note(BOT, f"{at}{name}", odds, rarity, time)
        assert 0.0 <= client.total < 1e4


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_crowd_that_fails_under_one_suffix_is_no_bot(seed: int) -> None:
    """A resolver's clients, where all of one suffix fails: a failure in twenty names, for hours, none odd for long."""
    dice = random.Random(seed)
    failing = Failing()
    now, most = 1e9, 0.0
    for index in range(5000):
        for _ in range(19):
            failing.watched(BOT, now)
        odds = dice.choices((-2.2, -0.5, 1.0, 5.0), (80, 14, 5, 1))[0]
        label = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(5, 14)))
        most = max(most, failing.note(BOT, f"{label}{index}.net", odds, 3.2, now).total)
        now += 0.001
    assert most < 13.8


def test_a_bot_among_a_crowd_is_told_all_the_same_if_what_fails_is_mostly_its() -> None:
    failing = Failing()
    now = 1e9
    for index in range(200):
        failing.note(BOT, f"plain{index * 7919}.org", -2.0, 3.5, now)
        now += 1.0
    assert failing.clients[BOT].crowd() > 0
    for index in range(40):
        failing.note(BOT, f"qxzkvwj{index:05}.net", 6.0, 3.2, now)
        now += 1.0
    assert failing.clients[BOT].total > 13.8


def likeness(labels: list[str]) -> float:
    """Of the last one to those before it."""
    client = run(Failing(), [f"{label}.com" for label in labels[:-1]], 0.0)
    return client.likeness(f"{labels[-1]}.com", COM)


def test_labels_that_are_all_long_are_alike_though_their_lengths_differ() -> None:
    long = ["half-curve-blow", "packhabithost", "shoulder-sandwich", "patientexpandfill", "care-seek-family"]
    usual = ["kuche", "bikeladen", "rennradladen", "gartenfest", "abcdefgh"]
    assert likeness(long) > likeness(usual) + 1
    assert likeness([*usual[:4], long[4]]) < likeness(usual)


def test_one_length_is_more_alike_than_lengths_that_vary() -> None:
    assert (
        likeness(["kuchen", "laufen", "herbst", "garten"]) > likeness(["kuche", "lauf", "herbstfest", "garten"]) + 0.5
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("x03rzy", "w03szy", True),  # the same but for two places, at neither end
        ("winsoft84", "winsoft5", True),
        ("app-winsoft", "appx-winsoft", True),
        ("winsoft", "winsoft", False),
        ("kuchen", "laufen", False),
        ("abc", "abd", False),
    ],
)
def test_labels_are_akin_if_most_characters_stand_in_the_same_places(one: str, other: str, *, alike: bool) -> None:
    assert akin(one, len(one), other, len(other)) is alike
    assert akin(other, len(other), one, len(one)) is alike
