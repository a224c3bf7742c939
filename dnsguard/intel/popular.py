"""The most popular names: an entry for one of them is a mistake, or an attack on the list.

`data/popular.txt` has a thousand registered names, most popular first; made by tests/make_popular.py.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import Final

POPULAR: Final = Path(__file__).parent.parent / "data" / "popular.txt"


@cache
def names() -> frozenset[str]:
    """Read the table."""
    return frozenset(line for line in POPULAR.read_text("ascii").splitlines() if line and not line.startswith("#"))


@cache
def version() -> str:
    """Name the table in use: lists are compiled again when it changes."""
    return f"{zlib.crc32(POPULAR.read_bytes()):08x}"


def is_popular(name: str) -> bool:
    """Say whether the name, or it without `www.`, is one of the thousand."""
    return name.removeprefix("www.") in names()
