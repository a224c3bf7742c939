"""One line of a list, understood: what it names, how far it reaches, and what its author wants done."""

import enum
from typing import NamedTuple


class Scope(enum.IntEnum):
    """Which names an entry speaks of; networks are always ALL."""

    ALL = 0
    """The name and all below it."""
    EXACT = 1
    """The name alone."""
    BELOW = 2
    """All below it, without itself: an RPZ wildcard."""


class Trigger(enum.IntEnum):
    """What is held against an entry; the last three are of RPZ zones alone."""

    NAME = 0
    """A name asked for, or one that an answer leads to."""
    ADDRESS = 1
    """An address in an answer."""
    SERVER_NAME = 2
    """The name of a name server of the zone (rpz-nsdname)."""
    SERVER_ADDRESS = 3
    """The address of one (rpz-nsip)."""
    CLIENT = 4
    """The client's address (rpz-client-ip)."""

    @property
    def is_name(self) -> bool:
        """Whether the entry's text is a name; else it is a network."""
        return self in {Trigger.NAME, Trigger.SERVER_NAME}


class Action(enum.IntEnum):
    """What an entry's author wants.

    A match is a finding of the list's category whatever the action, and the detector's mode says what that does: all
    but the last two are treated as BLOCK, which `lists show` says of each list that has others.
    """

    BLOCK = 0
    NXDOMAIN = 1
    NODATA = 2
    DROP = 3
    TCP_ONLY = 4
    LOCAL = 5
    """An answer of the list's own."""
    PASS = 6
    """Shields from less exact entries of its list (RPZ's PASSTHRU: in a zone, the most exact trigger decides)."""
    EXCEPT = 7
    """Shields from all entries of its list (AdBlock's @@)."""

    @property
    def shields(self) -> bool:
        """Whether the entry is an exception to others."""
        return self >= Action.PASS

    @property
    def text(self) -> str:
        """As lists spell it, for example `tcp-only`."""
        return self.name.lower().replace("_", "-")


class Entry(NamedTuple):
    """What one line lists."""

    text: str
    """A name (lower-case A-labels, no final dot), or a network (`192.0.2.0/24`, `192.0.2.7/32`)."""
    line: int
    """From 1; in JSON, the number of the item."""
    scope: Scope = Scope.ALL
    trigger: Trigger = Trigger.NAME
    action: Action = Action.BLOCK
    confidence: int = -1
    """0 to 100; -1: the list does not say."""
    seen: int = 0
    """When the list's author saw it first [unix seconds]; 0: the list does not say."""
