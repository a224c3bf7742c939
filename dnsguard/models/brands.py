"""Brands whose names others borrow, and the domains that are their owners'.

`brands.txt` is made by `python -m dnsguard.models.make_brands`, from `impersonated.txt`, which is kept by hand, and
from popular sites; brands.md says where they come from and how their levels are set.
"""

from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("brands.txt")
IMPERSONATED: Final = 3
"""Every kind of look-alike is looked for: phishing pages dress up as this brand, or the user says so."""
DISTINCT: Final = 2
"""Popular, and no name that others come upon: only what a reader would not see is looked for."""
KNOWN: Final = 1
"""Popular; its name is a word, or near to others: only homographs, and its domain inside another's name."""


class Brand:
    """One brand. `label` is what look-alikes resemble, `domains` are the owner's, the first one the best known."""

    __slots__ = ("domains", "label", "level", "suffixes", "word")

    def __init__(self, label: str, level: int, domains: tuple[str, ...], *, flags: str = "") -> None:
        """`flags`: w for a word."""
        self.label: Final = label
        self.level: Final = level
        self.domains: Final = domains
        self.word: Final = flags == "w"
        """The name is a word, or part of many names, and says less."""
        self.suffixes: Final = frozenset(domain.partition(".")[2] for domain in domains)
        """Public suffixes below which the owner has a domain of this name, or of another one."""


@cache
def table() -> tuple[tuple[Brand, ...], frozenset[str]]:
    """The brands that come with dnsguard, and the labels that are near one and innocent all the same."""
    return read(TABLE.read_text("ascii"))


def read(text: str) -> tuple[tuple[Brand, ...], frozenset[str]]:
    """Read a table as make_brands.py writes it."""
    brands = []
    innocent: set[str] = set()
    for line in text.splitlines():
        if line.startswith("~"):
            innocent.update(line.split()[1:])
        elif not line.startswith("#"):
            level, label, *domains = line.split()
            brands.append(Brand(label, int(level[0]), tuple(domains), flags=level[1:]))
    return tuple(brands), frozenset(innocent)
