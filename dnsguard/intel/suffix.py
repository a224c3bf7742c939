"""Public suffixes (publicsuffix.org): what is the registrable domain of a name, and what suffix many strangers share.

The list comes inside the package publicsuffixlist; it is read at the first question (about 60 ms).
"""

from functools import cache, lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

NAMES_KEPT: Final = 16384
"""Registrable domains remembered (about 3 MB); asking the list costs 3 us."""


@cache
def _everything() -> PublicSuffixList:
    """Both sections: `github.io` is a suffix."""
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    """Only the section of registries (ICANN): `com`, `co.uk`."""
    return PublicSuffixList(only_icann=True)


@lru_cache(NAMES_KEPT)
def registrable(name: str) -> str:
    """Cut a name to the part somebody registered: `a.b.example.co.uk` -> `example.co.uk`, `x.github.io` -> `x.github.io`.

    The name itself if it has no such part: a public suffix, or the root. `name` is lower case, without a final dot.
    """
    return _everything().privatesuffix(name) or name


def is_registry(name: str) -> bool:
    """Say whether a registry sells names below this one (`com`, `co.uk`); unknown top-level names count as such."""
    return _registries().is_public(name)  # type: ignore[no-any-return]


def is_shared(name: str) -> bool:
    """Say whether strangers get names below this one from whoever registered it: hosting, dynamic DNS (`github.io`)."""
    return _everything().is_public(name) and not is_registry(name)
