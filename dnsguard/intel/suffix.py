"""Public suffixes (publicsuffix.org): the registrable domain of a name, and the suffixes that strangers share.

The list comes inside the package publicsuffixlist; it is read at the first question (about 60 ms).
"""

import re
import zlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import publicsuffixlist
from publicsuffixlist import PublicSuffixList

from dnsguard.intel.names import canonical, suffixes
from dnsguard.intel.starter import BLOCKLISTS

NAMES_KEPT: Final = 16384
"""Registrable domains remembered (about 3 MB); asking the list costs 3 us."""
SHARED_SUFFIXES: Final = "shared_suffixes.txt"
"""Dynamic-DNS suffixes that publicsuffix.org has not; beside the starter lists."""


@cache
def _everything() -> PublicSuffixList:
    """Both sections: `github.io` is a suffix."""
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    """Only the section of registries (ICANN): `com`, `co.uk`."""
    return PublicSuffixList(only_icann=True)


def rules() -> Iterator[tuple[str, str]]:
    """Walk the rules of both sections: sign ("*." for each name right below, "!" for an exception, else ""), name."""
    for line in Path(publicsuffixlist.PSLFILE).read_text("utf-8").splitlines():
        rule = line.partition(" ")[0]
        if rule and not rule.startswith("//"):
            sign = "!" if rule.startswith("!") else "*." if rule.startswith("*.") else ""
            yield sign, canonical(rule.removeprefix(sign))


@cache
def shared() -> frozenset[str]:
    """Give our own list of suffixes that strangers share."""
    lines = (BLOCKLISTS / SHARED_SUFFIXES).read_text("ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def _candidates() -> tuple[frozenset[str], frozenset[str]]:
    """Names that rules have, and those whose children wildcards have: a quick no for the rest (0.2 us for 4)."""
    known = list(rules())
    return frozenset(name for _, name in known), frozenset(name for sign, name in known if sign == "*.")


@cache
def version() -> str:
    """Name the two tables in use: lists are compiled again when one of them changes."""
    return f"{publicsuffixlist.__version__} {zlib.crc32((BLOCKLISTS / SHARED_SUFFIXES).read_bytes()):08x}"


@cache
def suspects() -> tuple[frozenset[str], frozenset[str]]:
    """Names that `is_registry` or `is_shared` may be true of, and those it may be of whose children.

    Of a name that has a dot, is not in the first set, and does not stand right below one of the second, both are false.
    """
    names, wild = _candidates()
    return names | shared(), wild


@lru_cache(NAMES_KEPT)
def registrable(name: str) -> str:
    """Cut a name to the part somebody registered: `a.example.co.uk` -> `example.co.uk`, `x.github.io` -> `x.github.io`.

    The name itself if it has no such part: a public suffix, or the root. `name` is lower case, without a final dot.
    """
    if "\\" not in name:
        return _everything().privatesuffix(name) or name
    # the list knows no escapes: an escaped octet is stood in for, and the labels are counted
    plain = registrable(re.sub(r"\\(?:\d{3}|.)", "x", name, flags=re.DOTALL))
    return list(suffixes(name))[-1 - plain.count(".")]


def is_registry(name: str) -> bool:
    """Say whether a registry sells names below this one (`com`, `co.uk`); any single label counts as such."""
    if "." not in name:
        return True
    names, wild = _candidates()
    if name not in names and name.partition(".")[2] not in wild:
        return False
    return bool(_registries().is_public(name))


def is_shared(name: str) -> bool:
    """Say whether strangers get names below this one from its owner: hosting, dynamic DNS (`github.io`)."""
    names, wild = _candidates()
    if name in shared():
        return True
    if name not in names and name.partition(".")[2] not in wild:
        return False
    return bool(_everything().is_public(name)) and not is_registry(name)
