import pytest

from dnsguard.state.oddities import (
    CASE_WINDOW,
    CHURN,
    MAX_CLIENTS,
    MAX_NAMES,
    MAX_SCANNERS,
    MAX_ZONES,
    SCAN,
    Oddities,
    is_mixed,
    letters,
)
from dnsguard.wire.names import encode

CLIENT = b"\xc0\0\2\7"


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("www.example.com", False),
        ("WWW.EXAMPLE.COM", False),
        ("Www.Example.Com", False),
        ("MyLaserPrinter.lan", False),
        ("DESKTOP-4H2K9QX", False),
        ("wWw.eXAmpLe.cOm", False),  # labels too short to tell
        ("aGvsBg8gDgHlCmUsIhRo.example", True),
        ("xMpLeSiTeNaMe.example", True),
        ("", False),
    ],
)
def test_mixed_case_is_told_from_how_people_write(name: str, mixed: bool) -> None:
    assert is_mixed(encode(name) + b"\0\1\0\1") is mixed


def test_a_question_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    wire = encode("aGvsBg8gDgHlCmUsIhRo.example")
    for end in range(len(wire)):
        is_mixed(wire[:end])


def test_letters_are_counted() -> None:
    assert letters("a1b2-c.example") == 10


def test_all_that_is_kept_is_bounded() -> None:
    kept = Oddities()
    for number in range(MAX_CLIENTS + 5):
        kept.mixed(number.to_bytes(4, "big"), f"n{number}", "a.example", 1.0)
    assert (len(kept), kept.evicted) == (MAX_CLIENTS, 5)
    for number in range(MAX_ZONES + 5):
        kept.churns(f"z{number}.example", number, 1.0)
    assert (len(kept), kept.evicted) == (MAX_CLIENTS + MAX_ZONES, 10)
    for number in range(MAX_SCANNERS + 5):
        kept.scans(number.to_bytes(4, "big"), "version.bind", 1.0)
    assert (len(kept), kept.evicted) == (MAX_CLIENTS + MAX_ZONES + MAX_SCANNERS, 15)
    for number in range(MAX_NAMES + 5):
        kept.public(f"h{number}.example", 1.0)
    assert (len(kept), kept.evicted) == (MAX_CLIENTS + MAX_ZONES + MAX_SCANNERS + MAX_NAMES, 20)
    assert not kept.was_public("h0.example", 1.0)
    assert kept.was_public(f"h{MAX_NAMES}.example", 1.0)


def test_churn_is_of_different_times_within_the_window() -> None:
    kept = Oddities()
    assert [kept.churns("a.example", 700_000, float(now)) for now in range(10)] == [False] * 10
    assert [kept.churns("b.example", 700_000 + now, float(now)) for now in range(CHURN)] == [False] * (CHURN - 1) + [
        True
    ]
    assert [kept.churns("c.example", 700_000 + now, 601.0 * now) for now in range(9)] == [False] * 9


def test_a_scan_is_of_different_names_of_one_client() -> None:
    kept = Oddities()
    assert not any(kept.scans(CLIENT, f"n{number % (SCAN - 1)}.bind", float(number)) for number in range(500))
    assert not any(kept.scans(bytes([number]), f"n{number}.bind", 1.0) for number in range(30))
    assert kept.scans(CLIENT, "another.bind", 501.0)


def test_a_client_that_mixes_case_everywhere_is_a_resolver() -> None:
    kept = Oddities()
    kept.mixed(CLIENT, "x", "a.example", 0.0)
    for _ in range(9):
        kept.plain(CLIENT, "longplainname.example")
    assert [kept.mixed(CLIENT, f"y{i}", "a.example", 1.0) for i in range(2)] == [False, True]
    assert not kept.mixes_all(CLIENT, 1.0)
    assert not kept.mixed(CLIENT, "z", "b.example", 2.0)
    assert not kept.mixed(CLIENT, "z2", "a.example", 3.0)
    assert kept.mixes_all(CLIENT, 3.0)
    assert not kept.mixes_all(CLIENT, CASE_WINDOW + 1.0)
