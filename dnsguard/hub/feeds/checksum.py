"""Reads files of checksums: sha256sum's `DIGEST  NAME`, BSD's `SHA256 (NAME) = DIGEST`, or a digest alone."""

import re
from typing import Final

MAX_SIZE: Final = 1 << 20
"""Bytes of a file of checksums; one of a whole distribution has some thousand lines."""

_DIGEST: Final[re.Pattern[str]] = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")


def find(text: str, name: str) -> str:
    """Give the SHA-256 that the file says `name` has, in lower case; ValueError if it says none, or several."""
    lines = [(line, _DIGEST.findall(line)) for line in text.splitlines()]
    named: set[str] = {digest.lower() for line, digests in lines if name and name in _words(line) for digest in digests}
    found = named or {digest.lower() for _, digests in lines for digest in digests}
    if not found:
        raise ValueError("has no SHA-256")
    if len(found) > 1:
        raise ValueError(f"has {len(found)} SHA-256, and none of them alone is that of {name or 'this file'}")
    (digest,) = found
    return digest


def _words(line: str) -> set[str]:
    """Split at what surrounds a name; sha256sum marks binary files with a star, and names may come with a folder."""
    return {word.lstrip("*").rpartition("/")[2] for word in re.split(r"[\s()=]+", line)}
