"""Which of the listings that a look-up comes upon count, and what is told of them."""

from typing import Final

from dnsguard.intel.entry import Action
from dnsguard.intel.match import Match
from dnsguard.intel.meta import ListMeta
from dnsguard.intel.rows import Kind

_ACTION_TEXT: Final = tuple(action.text for action in Action)
# plain numbers: an enum's member is looked up by its name each time
_PASS: Final = int(Action.PASS)
_EXCEPT: Final = int(Action.EXCEPT)
NEITHER: Final = -1
"""No scope is left out."""


class Source:
    """A kind in the words of its list: all that is told of a listing, but for entry and line."""

    __slots__ = (
        "action", "added", "category", "confidence", "list_name", "list_number", "prefix", "scope", "text", "trigger",
    )  # fmt: skip

    def __init__(self, kind: Kind, lists: list[ListMeta]) -> None:
        source = lists[kind.list_number]
        self.category: Final[str] = source.category
        self.list_name: Final[str] = source.name
        self.list_number: Final[int] = kind.list_number
        self.added: Final = float(kind.added)
        self.confidence: Final[int] = kind.confidence
        self.action: Final[int] = kind.action
        self.text: Final = _ACTION_TEXT[kind.action]
        """What the action is called."""
        self.scope: Final[int] = kind.scope
        self.trigger: Final[int] = kind.trigger
        self.prefix: Final[int] = kind.prefix

    def counts(self, trigger: int, without: int) -> bool:
        """Say whether an entry of this kind is a listing for such a look-up, if nothing shields from it."""
        return self.trigger == trigger and self.scope != without and self.action < _PASS

    def match(self, entry: str, line: int) -> Match:
        """Tell of the listing of one entry."""
        return Match(
            category=self.category,
            list_name=self.list_name,
            entry=entry,
            line=line,
            added=self.added,
            confidence=self.confidence,
            action=self.text,
        )


class Picker:
    """Collects listings from the most exact entry to the least, but those that the list's own exceptions shield."""

    __slots__ = ("_found", "_hidden", "_trigger")

    def __init__(self, trigger: int) -> None:
        self._trigger: Final = trigger
        self._found: list[tuple[int, Match]] = []
        self._hidden: list[int] = []
        """Lists that an exception shields from; nearly always none."""

    def add(self, entry: str, listings: list[tuple[Source, int]], without: int = NEITHER) -> None:
        """Take the listings of one entry, as (source, line), but those of the scope `without`."""
        for source, _ in listings:
            if source.action >= _PASS and source.trigger == self._trigger and source.scope != without:
                self._hidden.append(source.list_number)
                if source.action == _EXCEPT:
                    self._found = [pair for pair in self._found if pair[0] != source.list_number]
        for source, line in listings:
            if source.counts(self._trigger, without) and source.list_number not in self._hidden:
                self._found.append((source.list_number, source.match(entry, line)))

    def found(self) -> tuple[Match, ...]:
        """Give the listings that count, the most exact first."""
        return tuple([match for _, match in self._found])
