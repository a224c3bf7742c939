r"""Names in presentation form: cut at their labels, and brought into the one spelling that lists and queries share.

RFC 4343 section 2.1 escapes a dot inside a label as `\.` (or `\046`) and a backslash as `\\`: such a dot is no
boundary, so `x\.example.com` does not stand below `example.com`.
"""

import re
from collections.abc import Iterator
from typing import Final

import idna

_PLAIN: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
MAX_TEXT: Final = 4 * 253
"""Characters of a spelling that are looked at; UTS #46 maps some away, but never as many as that."""


def canonical(text: str) -> str:
    """Bring a domain as a person writes it into lower-case A-labels without a final dot (RFC 5891, UTS #46).

    ValueError says what is wrong. Underscores pass, and hyphens anywhere: real names have them (RFC 2181 section 11).
    """
    name = text.removesuffix(".")
    lowered = name.lower()
    if _PLAIN.fullmatch(lowered):
        # no top-level domain is a number: RFC 3696 section 2
        if lowered[-1].isdigit() and lowered.rpartition(".")[2].isdigit():
            raise ValueError("is an address or a number, not a name")
        return lowered
    if not name:
        raise ValueError("is empty")
    if len(name) > MAX_TEXT:
        raise ValueError("is longer than 253 characters")
    if name.isascii():
        raise ValueError(_fault(lowered))
    try:
        # label by label: idna checks a whole name as hosts are, without the underscore
        labels = [_a_label(label) for label in re.split("[.\u3002\uff0e\uff61]", name)]
    except (idna.IDNAError, UnicodeError, ValueError, IndexError) as error:
        raise ValueError(f"is no valid IDN: {error}") from None
    return canonical(".".join(labels))


def _a_label(label: str) -> str:
    if label.isascii():
        return label.lower()
    return idna.encode(label, uts46=True).decode("ascii").lower()


def _fault(name: str) -> str:
    """Why an ASCII name is none."""
    if len(name) > 253:
        return "is longer than 253 characters"
    for label in name.split("."):
        if not label:
            return "has an empty label"
        if len(label) > 63:
            return "has a label longer than 63 characters"
    wrong = re.search(r"[^a-z0-9_.-]", name)
    return f"has the character {wrong[0]!r}" if wrong else "is no domain name"


def suffixes(name: str) -> Iterator[str]:
    """Yield the name, then each name above it, the top-level domain last; nothing for the root."""
    if not name:
        return
    yield name
    if "\\" in name:
        for match in re.finditer(r"\\.|\.", name, re.DOTALL):
            if match[0] == ".":
                yield name[match.end() :]
        return
    dot = name.find(".")
    while dot >= 0:
        yield name[dot + 1 :]
        dot = name.find(".", dot + 1)
