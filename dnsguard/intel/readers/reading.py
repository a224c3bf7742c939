"""What all readers share: what is taken, what is refused and why, and what is too good to be believed.

An entry that would match all names of a registry, one of the most popular names, or a local network, is quarantined:
kept out and counted, unless the operator believes it (`believe` of the list).
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dnsguard.intel.entry import Action, Entry, Scope, Trigger
from dnsguard.intel.names import canonical
from dnsguard.intel.popular import is_popular
from dnsguard.intel.suffix import is_registry, is_shared

MAX_SHOWN: Final = 20
"""Refused lines that are kept for the report; all are counted."""
MAX_REASONS: Final = 40
"""Kinds of refusal that are counted apart: a list's author chooses some of their words."""
OTHER: Final = "other reasons"
WIDEST: Final = {4: 8, 6: 16}
"""Prefix lengths; a shorter one is a continent, not a finding. [bits]"""
SUFFIX: Final = "is a public suffix"
_NOWHERE: Final = "is no address of a host elsewhere"
_LOCAL: Final = "is a local network"
_SPECIAL: Final = {
    "0.0.0.0/8": _NOWHERE,
    "127.0.0.0/8": _NOWHERE,
    "169.254.0.0/16": _NOWHERE,
    "224.0.0.0/3": _NOWHERE,
    "10.0.0.0/8": _LOCAL,
    "100.64.0.0/10": _LOCAL,
    "172.16.0.0/12": _LOCAL,
    "192.168.0.0/16": _LOCAL,
    "::/127": _NOWHERE,
    "fe80::/10": _NOWHERE,
    "ff00::/8": _NOWHERE,
    "fc00::/7": _LOCAL,
    "fec0::/10": _LOCAL,
}
"""Networks that nobody else's list can mean (RFC 6890), and why."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line, or a name on it, that is no entry."""

    line: int
    """From 1."""
    text: str
    """Its beginning, printable."""
    reason: str


@dataclass(slots=True, kw_only=True)
class Reading:
    """The account of one list while it is read; readers yield the entries."""

    believe: frozenset[str] = frozenset()
    """Names and networks that are taken though they would be quarantined."""
    now: float = 0.0
    """[unix seconds]; what is not valid any more is ignored."""
    format: str = ""
    at: int = 0
    """Bytes read, roughly."""
    refused: Counter[str] = field(default_factory=Counter)
    """Reason -> how many lines and names that are no entries."""
    quarantined: Counter[str] = field(default_factory=Counter)
    """Reason -> how many entries are too good to be believed."""
    ignored: Counter[str] = field(default_factory=Counter)
    """What -> how many lines that say nothing a resolver could use, and are no fault."""
    shown: list[Refused] = field(default_factory=list)
    """The first refused and quarantined ones, at most MAX_SHOWN."""
    expires: float = 0.0
    """When the first entry that was taken ends to be valid [unix seconds]; 0: none does."""
    found: list[Entry] = field(default_factory=list)
    """All entries, where they were asked for as a whole (`read`)."""

    @property
    def entries(self) -> Mapping[str, int]:
        """What `found` blocks: its text -> the first line that has it."""
        lines: dict[str, int] = {}
        for entry in self.found:
            if not entry.action.shields:
                lines.setdefault(entry.text, entry.line)
        return lines

    @property
    def junk(self) -> int:
        """Count the lines and names that are no entries."""
        return self.refused.total()

    @property
    def public_suffixes(self) -> int:
        """Count the quarantined names of registries."""
        return self.quarantined[SUFFIX]

    def refuse(self, line: int, text: str, reason: str) -> None:
        """Count a line that is no entry; what stands in `reason` behind a colon is only shown."""
        self._count(self.refused, reason)
        self._show(line, text, reason)

    def ignore(self, what: str) -> None:
        """Count a line that is meant for others."""
        self._count(self.ignored, what)

    def name(
        self,
        line: int,
        text: str,
        scope: Scope = Scope.ALL,
        *,
        trigger: Trigger = Trigger.NAME,
        action: Action = Action.BLOCK,
        confidence: int = -1,
        seen: int = 0,
    ) -> Iterator[Entry]:
        """Yield the entry of a domain as a list writes it, or refuse it."""
        try:
            name = canonical(text)
        except ValueError as error:
            self.refuse(line, text, str(error))
            return
        if action < Action.PASS and name not in self.believe:
            if is_registry(name):
                self._quarantine(line, text, f"{SUFFIX}: it would match all names of a registry")
                return
            if is_popular(name):
                self._quarantine(line, text, "is among the most popular names: believe it if that is meant")
                return
            if is_shared(name):
                if scope == Scope.BELOW:
                    self._quarantine(line, text, "is a suffix below which strangers get names")
                    return
                scope = Scope.EXACT
        yield Entry(name, line, scope, trigger, action, confidence, seen)

    def network(
        self,
        line: int,
        network: Network,
        *,
        trigger: Trigger = Trigger.ADDRESS,
        action: Action = Action.BLOCK,
        confidence: int = -1,
        seen: int = 0,
    ) -> Iterator[Entry]:
        """Yield the entry of a network, or quarantine it."""
        text = str(network)
        if not action.shields and trigger != Trigger.CLIENT and text not in self.believe:
            why = _too_good(network)
            if why:
                self._quarantine(line, text, why)
                return
        yield Entry(text, line, Scope.ALL, trigger, action, confidence, seen)

    def _quarantine(self, line: int, text: str, reason: str) -> None:
        self._count(self.quarantined, reason)
        self._show(line, text, reason)

    def _count(self, counter: Counter[str], reason: str) -> None:
        kind = reason.partition(":")[0]
        counter[kind if kind in counter or len(counter) < MAX_REASONS else OTHER] += 1

    def _show(self, line: int, text: str, reason: str) -> None:
        if len(self.shown) < MAX_SHOWN:
            self.shown.append(Refused(line=line, text=ascii(text[:60])[1:-1], reason=reason))


def _ends(network: Network) -> tuple[int, int]:
    first = int(network.network_address)
    return first, first + (1 << (network.max_prefixlen - network.prefixlen)) - 1


_ENDS: Final = {
    version: [
        (*_ends(network), why)
        for text, why in _SPECIAL.items()
        if (network := ipaddress.ip_network(text)).version == version
    ]
    for version in WIDEST
}


def _too_good(network: Network) -> str:
    """Say why a network is not believed; empty: it is."""
    if network.prefixlen < WIDEST[network.version]:
        return f"is wider than a /{WIDEST[network.version]}"
    first, last = _ends(network)
    for begin, end, why in _ENDS[network.version]:
        if first <= end and last >= begin:
            return why
    return ""
