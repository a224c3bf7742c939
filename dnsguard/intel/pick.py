"""Which of the listings that a look-up comes upon count."""

from typing import Final

import msgspec

from dnsguard.intel.entry import Action, Trigger
from dnsguard.intel.meta import ListMeta
from dnsguard.intel.rows import Kind

_ACTION_TEXT: Final = tuple(action.text for action in Action)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One listing of a name or of a name above it, or of a network around an address."""

    category: str
    """The detector it feeds, by its slug."""
    list_name: str
    entry: str
    """The listed name (lower case, no final dot), or network (`192.0.2.0/24`)."""
    line: int
    """In the list's file, from 1; in JSON, the number of the item."""
    added: float
    """Since when the list has it, or its author knows it. [unix seconds]"""
    confidence: int = 75
    """What the list says, or what it is said to be worth. [0 to 100]"""
    action: str = "block"
    """What the list's author wants; whatever it is, the detector's mode decides (entry.Action)."""


class Picker:
    """Collects listings from the most exact entry to the least, but those that the list's own exceptions shield."""

    __slots__ = ("_found", "_hidden", "_lists", "_trigger")

    def __init__(self, lists: list[ListMeta], trigger: Trigger) -> None:
        self._lists: Final = lists
        self._trigger: Final = trigger
        self._found: list[tuple[int, Match]] = []
        self._hidden: set[int] = set()

    def add(self, entry: str, rows: list[tuple[Kind, int]]) -> None:
        """Take the listings of one entry."""
        for kind, _ in rows:
            if kind.action >= Action.PASS and kind.trigger == self._trigger:
                self._hidden.add(kind.list_number)
                if kind.action == Action.EXCEPT:
                    self._found = [pair for pair in self._found if pair[0] != kind.list_number]
        for kind, line in rows:
            if kind.trigger == self._trigger and kind.action < Action.PASS and kind.list_number not in self._hidden:
                source = self._lists[kind.list_number]
                match = Match(
                    category=source.category,
                    list_name=source.name,
                    entry=entry,
                    line=line,
                    added=float(kind.added),
                    confidence=kind.confidence,
                    action=_ACTION_TEXT[kind.action],
                )
                self._found.append((kind.list_number, match))

    @property
    def found(self) -> tuple[Match, ...]:
        """Give the listings that count, the most exact first."""
        return tuple(match for _, match in self._found)
