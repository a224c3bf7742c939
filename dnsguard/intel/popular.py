"""The most popular names: an entry for one of them is a mistake, or an attack on the list.

They are the thousand of the first bucket of models/popularity.
"""

from functools import cache
from itertools import takewhile

from dnsguard.models import popularity


@cache
def names() -> frozenset[str]:
    """Read the thousand."""
    return frozenset(name for name, _ in takewhile(lambda row: row[1] == 1, popularity.ranked()))


@cache
def version() -> str:
    """Name the table in use: lists are compiled again when it changes."""
    return popularity.version()


def is_popular(name: str) -> bool:
    """Say whether the name, or it without `www.`, is one of the thousand."""
    return name.removeprefix("www.") in names()
