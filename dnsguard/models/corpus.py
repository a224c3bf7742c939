"""The names that models are trained on and judged by: read, cut to label and suffix, cleaned, split.

Benign rows are `name<TAB>lists`, generated ones `family<TAB>name` (module train says which files). A benign row is
clean if a list other than the noisy one has it, or several have it, and it answered when it was crawled.
"""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from publicsuffixlist import PublicSuffixList

NOISY: Final = "cf1m2023"
"""The one list whose tail has spam, mirrors and names that bots asked for."""


class Name(NamedTuple):
    """A registered name: what its owner chose, and under what."""

    label: str
    suffix: str


class Benign(NamedTuple):
    """Benign names in the parts that are kept apart, by the hash of the name."""

    noisy: list[Name]
    """Of the noisy list alone: enough for tables of n-grams and words, not for measuring."""
    grams: list[Name]
    """Clean; for tables of n-grams and words."""
    trees: list[Name]
    """Clean; for what is trained upon those tables."""
    test: list[Name]
    """Clean; never trained upon."""


_suffixes: Final = PublicSuffixList()


def cut(name: str) -> Name | None:
    """Cut a name to the registered label and its public suffix; None for what has no such label."""
    registered = _suffixes.privatesuffix(name)
    if registered is None:
        return None
    label, _, suffix = registered.partition(".")
    return Name(label, suffix)


def part(name: str, parts: int) -> int:
    """Sort a name into one of so many equal parts, the same one each time."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) % parts


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a packed tab-separated file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


def is_clean(lists: str) -> bool:
    """Say whether the lists that have a name vouch for it."""
    tags = lists.split(",")
    return (len(tags) > 1 or not tags[0].startswith(NOISY)) and ":rc3" not in lists


def benign(data: Path) -> Benign:
    """Read benign names; A-labels of other scripts are left out, for their letters are an encoding's."""
    found = Benign([], [], [], [])
    for domain, lists in rows(data / "benign_domains.tsv.gz"):
        name = cut(domain)
        if name is None or name.label.startswith("xn--"):
            continue
        if not is_clean(lists):
            if ":rc" not in lists:
                found.noisy.append(name)
            continue
        at = part(domain, 20)
        (found.grams if at < 7 else found.trees if at < 15 else found.test).append(name)
    return found


def families(data: Path) -> dict[str, list[Name]]:
    """Read generated names by generator, without doubles, in the file's order."""
    found: dict[str, dict[Name, None]] = {}
    for family, domain in rows(data / "dga.tsv.gz"):
        name = cut(domain)
        if name is not None:
            found.setdefault(family, {})[name] = None
    return {family: list(names) for family, names in sorted(found.items())}
