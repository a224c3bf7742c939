"""What a look-up tells of each listing it finds."""

import msgspec


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
