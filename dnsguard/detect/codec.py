"""Which encoding, and which tool, a series of names or answers shows.

An encoding is a closed alphabet: of `n` characters that honest names would take from all letters and digits, all stand
in the alphabet by chance with probability share^n. A tool shows in its own words, or in fields that stand still or
count up where its header is.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_NAMES: Final = 3
"""Fewer show nothing."""
CHANCE: Final = 1e-6


MAX_ZONES: Final = 256
"""Zones whose encoding is remembered."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a series shows; all empty: nothing."""

    codec: str = ""
    """Name of the encoding."""
    chance: float = 1.0
    """That honest names would show the same."""
    tool: str = ""
    fields: tuple[str, ...] = ()
    """What stands in fixed places, such as `0-3 constant`, `5-8 counts up`."""
    own_words: bool = False
    """The tool shows by words that no other program has."""

    @property
    def text(self) -> str:
        """As evidence shows it."""
        return " ".join(filter(None, (self.codec, f"({self.tool})" if self.tool else ""))) or "unknown"


ALPHABETS: Final = (
    # name, characters, share of the characters of honest labels that stand in it, least different ones seen for it
    ("decimal", "0123456789", 0.11, 6),
    ("hex", "0123456789abcdef", 0.38, 10),
    ("base32", "abcdefghijklmnopqrstuvwxyz234567", 0.93, 24),
    ("base32hex", "0123456789abcdefghijklmnopqrstuv", 0.93, 24),
    ("base32 (iodine's)", "abcdefghijklmnopqrstuvwxyz012345", 0.95, 24),
    ("base36", "abcdefghijklmnopqrstuvwxyz0123456789", 0.98, 28),
)
_TOOLS: Final = (
    ("dns2tcp", re.compile(r"(?:^|\.)=(?:auth|connect|resource)(?:\.|$)")),
    ("dnscat2", re.compile(r"^(?:dnscat\.)?[0-9a-f]{4}0[0-3][0-9a-f]{4}[0-9a-f]{4,}(?:\.[0-9a-f]+)*$")),
    ("OzymanDNS or sods", re.compile(r"(?:^|\.)\d{1,9}-\d{1,9}\.id-\d{1,5}\.(?:up|down)(?:\.|$)")),
    (
        "DNSExfiltrator",
        re.compile(r"^init\.[a-z2-7=.]+\.base(?:32|64)$|^\d{1,6}\.[a-z0-9_-]{16,63}(?:\.[a-z0-9_-]+)*$"),
    ),
    ("iodine", re.compile(r"^(?:vaaaaka|p[a-z0-5]{5,7}(?:\.|$)|[0-9a-filnorsvyz][a-z0-5]{3}[a-z0-9])")),
    ("TUNS", re.compile(r"^(?:diu[ae][a-z2-7]{30,59}\.[a-z2-7]{30,}|r\d{4,6}$)")),
    ("Cobalt Strike", re.compile(r"^(?:post|api|cdn|www6?)\.[0-9a-f]{2,}(?:\.[0-9a-f]+)*$")),
)
_OWN_WORDS: Final = {"dns2tcp", "OzymanDNS or sods"}
"""Whose form no other program has: one name shows it."""


def recognise(names: Sequence[str]) -> Recognised:
    """Judge names below a zone, lower case, in the order they were asked for; answers as text likewise."""
    own = next((tool for tool, form in _TOOLS if tool in _OWN_WORDS and any(map(form.search, names))), "")
    if len(names) < LEAST_NAMES:
        return Recognised(tool=own, own_words=bool(own))
    codec, chance = alphabet(names)
    fields = columns(names)
    tool = own
    if not tool and chance < CHANCE:
        tool = next((tool for tool, form in _TOOLS if all(map(form.search, names)) and _fits(tool, codec)), "")
    return Recognised(
        codec=codec if chance < CHANCE else "", chance=chance, tool=tool, fields=fields, own_words=bool(own)
    )


class Encodings:
    """What zones' names and answers were recognised as: looked at again when a quarter more has come."""

    def __init__(self) -> None:
        self._known: Final[dict[tuple[str, str], tuple[int, Recognised]]] = {}

    def of(self, zone: str, what: str, count: int, samples: Sequence[str]) -> Recognised:
        """Recognise the last `samples` of `count` that a zone had; `what` they are tells series apart."""
        known = self._known.get((zone, what))
        if known is not None and known[0] <= count < known[0] + max(known[0] // 4, 1):
            return known[1]
        if len(self._known) >= MAX_ZONES:
            self._known.clear()
        seen = recognise(samples)
        self._known[zone, what] = count, seen
        return seen


def _fits(tool: str, codec: str) -> bool:
    if tool in {"dnscat2", "Cobalt Strike"}:
        return codec == "hex"
    return tool != "iodine" or codec.startswith(("base32 (iodine's)", "base64", "base128"))


def alphabet(names: Sequence[str]) -> tuple[str, float]:
    """Name of the smallest alphabet that all of the names' long labels stand in, and the chance of that."""
    data = "".join(label for name in names for label in labels(name))
    if len(data) < 16:
        return "", 1.0
    if "\\" in "".join(names):
        escaped = sum(name.count("\\") for name in names)
        # an honest name has no octet that must be escaped
        return "base128 or raw octets", 0.01**escaped
    seen = set(data)
    for name, characters, share, least in ALPHABETS:
        if len(seen) >= least and seen <= set(characters) and _long_enough(data, names):
            return name, max(share ** len(data) * 36**2, spread(data, len(characters)))
    # a hyphen alone stands in host names as well
    if seen <= set("abcdefghijklmnopqrstuvwxyz0123456789+/=_-") and seen & set("+/=_") and len(seen) >= 30:
        return "base64", spread(data, 37)
    return "", 1.0


def _long_enough(data: str, names: Sequence[str]) -> bool:
    """Whether it is more than an address: what has digits alone must have more than the twelve of one."""
    return not data.isdigit() or len(data) > 20 * len(names)


def spread(data: str, size: int) -> float:
    """Chance that the spread of characters is that of words: 1 for what a few characters make up, small for even use.

    The index of coincidence is 1/size for coded data, and 0.065 for English (Friedman, 1922).
    """
    total = len(data)
    if total < 2:
        return 1.0
    pairs = sum(count * (count - 1) for count in (data.count(each) for each in set(data)))
    coincidence = pairs / (total * (total - 1))
    even = 1.0 / size
    if size <= 16:
        # words hardly fit into so few characters, whatever their spread
        return 0.0 if coincidence < 2.0 * even else 1.0
    return 0.0 if coincidence < even + 0.6 * (0.065 - even) and total >= 48 else 1.0


def labels(name: str) -> list[str]:
    """Labels that carry data: the longest, and all of at least sixteen characters."""
    parts = name.split(".")
    longest = max(map(len, parts))
    return [part for part in parts if len(part) == longest or len(part) >= 16]


def columns(names: Sequence[str]) -> tuple[str, ...]:
    """Runs of places that hold still, or count up, from the start of names that otherwise change."""
    rows = [name.replace(".", "") for name in names]
    width = min(*map(len, rows), 32)
    found: list[str] = []
    at = 0
    while at < width:
        end = at
        while end < width and len({row[end] for row in rows}) == 1:
            end += 1
        if end - at >= 2:
            found.append(f"{at}-{end - 1} constant")
        at = max(end, at + 1)
    for size in (4, 3, 2):
        starts = range(max(width - size + 1, 0))
        hit = next((start for start in starts if _counts([row[start : start + size] for row in rows])), None)
        if hit is not None:
            found.append(f"{hit}-{hit + size - 1} counts up")
            break
    first = [re.match(r"\d+", name) for name in names]
    numbers = [int(match[0]) for match in first if match]
    if len(numbers) == len(names) >= 3 and all(b - a == 1 for a, b in itertools.pairwise(numbers)):
        found.append("number in front counts up")
    return tuple(found)


def _counts(cells: list[str]) -> bool:
    """Whether hex numbers grow by one each."""
    try:
        values = [int(cell, 16) for cell in cells]
    except ValueError:
        return False
    return len(values) >= 4 and all(b - a == 1 for a, b in itertools.pairwise(values))
