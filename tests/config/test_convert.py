from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dnsguard.config.convert import INVALID, Converter
from dnsguard.config.faults import dotted
from dnsguard.model import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    name: str
    score: float = 0.5

    def __post_init__(self) -> None:
        if self.score > 1:
            raise ValueError(f"score must be at most 1, not {self.score}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    zones: frozenset[str] = frozenset()
    mode: Mode | None = None
    count: int | Literal["auto"] = 1
    modes: Mapping[str, Mode] = field(default_factory=dict)
    inner: tuple[Inner, ...] = ()
    secret: str = ""
    hidden: int = field(default=0, metadata={"internal": True})


def upper(text: str) -> str:
    if text == "bad":
        raise ValueError("is bad")
    return text.upper()


def convert(raw: object) -> tuple[object, list[str]]:
    converter = Converter({(Outer, "zones"): upper, (Outer, "modes"): upper}, {"servers": "[upstream]"})
    value = converter.table(Outer, raw, ())
    return value, [f"{dotted(path)}: {problem}" for path, problem in converter.faults]


def test_all_kinds_of_field() -> None:
    raw = {
        "zones": ["a", "b", "a"],
        "mode": "off",
        "count": "auto",
        "modes": {"x": "block"},
        "inner": [{"name": "n"}, {"name": "m", "score": 1}],
    }
    assert convert(raw) == (
        Outer(
            zones=frozenset({"A", "B"}),
            mode=Mode.OFF,
            count="auto",
            modes={"X": Mode.BLOCK},
            inner=(Inner(name="n"), Inner(name="m", score=1.0)),
        ),
        [],
    )


def test_faults_are_all_told_and_the_rest_is_kept() -> None:
    raw = {
        "zones": ["a", "bad", 3],
        "mode": "of",
        "count": "aut",
        "modes": {"bad": "block", "x": "blok"},
        "inner": [{"name": "n", "score": 2}, {"score": "high"}, 5, {"name": "m"}],
        "secret": ["hush"],
        "hidden": 1,
        "servers": [],
        "a\nb": 1,
    }
    value, faults = convert(raw)
    assert value == Outer(zones=frozenset({"A"}), inner=(Inner(name="m"),))
    assert faults == [
        "zones[1]: is bad",
        "zones[2]: must be text, in quotes, not 3",
        'mode: "of" is none of "off", "shadow", "alert", "block"; did you mean "off"?',
        'count: "aut" is no number and not "auto"',
        "modes.bad: is bad",
        'modes.x: "blok" is none of "off", "shadow", "alert", "block"; did you mean "block"?',
        "inner[0]: score must be at most 1, not 2.0",
        'inner[1].score: must be a number, not "high"',
        "inner[1].name: is missing",
        "inner[2]: must be a table, not 5",
        "secret: must be text, in quotes, not this",
        "hidden: unknown key; known here: zones, mode, count, modes, inner, secret",
        'servers: unknown key; did you mean "servers" in [upstream]?',
        '"a\\nb": unknown key; known here: zones, mode, count, modes, inner, secret',
    ]


def test_a_list_is_asked_for_by_showing_one() -> None:
    assert convert({"zones": "a", "inner": {}, "modes": []})[1] == [
        'zones: must be a list; write ["a"]',
        "inner: must be a list of tables; write [[inner]]",
        "modes: must be a table, not []",
    ]


def test_what_is_no_table() -> None:
    assert convert([])[0] is INVALID


def test_a_fault_has_an_end() -> None:
    converter = Converter({}, {})
    converter.fault(("a",), "x" * 10_000)
    assert len(converter.faults[0][1]) < 500


def test_a_table_without_what_it_needs_can_still_be_compared() -> None:
    converter = Converter({}, {})
    assert converter.table(Inner, {"score": 1}, ("inner", 0)) is INVALID
    assert converter.built == {("inner", 0): Inner(name="", score=1.0)}
