"""What comes of findings: the client's group, the modes that hold for it, and the exceptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from dnsguard.detect.config import DetectorConfig
from dnsguard.intel.names import canonical, suffixes
from dnsguard.model import ALERT_TYPES, Finding, Mode
from dnsguard.policy.config import AllowConfig, GroupConfig, SuppressionConfig
from dnsguard.policy.suppressions import Suppressions
from dnsguard.policy.temporary import Temporary, TemporaryAllow
from dnsguard.wire.networks import prefix

CLIENTS_KEPT: Final = 65536
"""Clients whose group is remembered (about 10 MB when full); the least used make room."""
RANK: Final = {Mode.OFF: 0, Mode.SHADOW: 1, Mode.ALERT: 2, Mode.BLOCK: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done with one query or response."""

    action: Mode = Mode.OFF
    """The worst of `told`; OFF: nothing was found, or it is allowed."""
    told: tuple[tuple[Finding, Mode], ...] = ()
    """Each finding that counts, with its mode: SHADOW, ALERT or BLOCK. A configured severity is already in it."""
    group: str = ""
    """The client's group; empty: none."""
    allowed_by: str = ""
    """What set findings aside, all or those about a name that the question leads to: the entry of an `allow` list, or
    the text of a temporary allow."""


NOTHING: Final = Verdict()


class Policy:
    """One configuration's rules, made ready for look-up; made again when the configuration changes."""

    def __init__(
        self,
        *,
        mode: Mode,
        detectors: Mapping[str, DetectorConfig],
        allow: AllowConfig,
        groups: Sequence[GroupConfig],
        suppressions: Sequence[SuppressionConfig] = (),
        temporary: Temporary | None = None,
    ) -> None:
        """Raise ValueError for a group's client that is no address or CIDR, and for an allowed name that is none.

        `temporary` is the process's one, whose content changes while this policy holds; None: nothing is let through.
        """
        self._temporary: Final = temporary or Temporary()
        self._suppressions: Final = Suppressions(suppressions) if suppressions else None
        self._groups: Final = tuple(groups)
        self._severities: Final = {
            slug: config.severity for slug, config in detectors.items() if config.severity is not None
        }
        everyone = GroupConfig(name="", clients=())
        # index 0: clients of no group
        self._names: Final = ("", *(group.name for group in groups))
        self._modes: Final = tuple(_modes(mode, detectors, group) for group in (everyone, *groups))
        self._allow: Final = tuple(_names((*allow.names, *group.allow)) for group in (everyone, *groups))
        self._prefixes: Final = _prefixes(groups)
        self._known: Final[LRUCache[bytes, int]] = LRUCache(CLIENTS_KEPT)

    def active(self, slug: str) -> bool:
        """Say whether the detector is on for anyone; if not, it need not be asked."""
        return any(modes.get(slug, Mode.OFF) is not Mode.OFF for modes in self._modes)

    def mode(self, slug: str, group: str = "") -> Mode:
        """Say what a finding of this detector does for clients of a group; KeyError if there is no such group."""
        return self._modes[self._index(group)].get(slug, Mode.OFF)

    def group(self, client: bytes) -> str:
        """Name the client's group; empty: none. `client` is 4 or 16 bytes."""
        return self._names[self._group(client)]

    def allowed(self, name: str, group: str = "") -> str:
        """Name the allowed domain at or above `name` that holds for a group; empty: none. KeyError as `mode`."""
        return _covering(self._allow[self._index(group)], name)

    @property
    def allows(self) -> int:
        """A number that changes whenever other temporary allows come to hold."""
        return self._temporary.changes

    def let_through(self, client: bytes, name: str, now: float) -> TemporaryAllow | None:
        """The temporary allow that holds for a client and a name at `now` [Unix seconds]."""
        return self._temporary.covering(client, name, now)

    def decide(self, client: bytes, name: str, findings: Sequence[Finding], now: float = 0.0) -> Verdict:
        """Make a verdict of what the detectors found for one name.

        Suppressions and temporary allows end by `now` [Unix seconds].
        """
        if not findings:
            return NOTHING
        index = self._group(client)
        group, modes, allow = self._names[index], self._modes[index], self._allow[index]
        allowed_by = _covering(allow, name)
        if not allowed_by and (let := self._temporary.covering(client, name, now)):
            allowed_by = let.text
        if allowed_by:
            return Verdict(group=group, allowed_by=allowed_by)
        told = []
        action = Mode.OFF
        for finding in findings:
            mode = modes.get(finding.slug, Mode.OFF)
            if mode is Mode.OFF:
                continue
            if finding.subject:
                let = self._temporary.covering(client, finding.subject, now)
                covering = _covering(allow, finding.subject) or (let.text if let else "")
                if covering:
                    allowed_by = allowed_by or covering
                    continue
            mode = by_score(mode, finding)
            if self._suppressions and (reason := self._suppressions.reason(client, name, finding, now)):
                told.append((replace(self._weighed(finding), suppressed=reason), Mode.SHADOW))
                mode = Mode.SHADOW
            else:
                told.append((self._weighed(finding), mode))
            if RANK[mode] > RANK[action]:
                action = mode
        return Verdict(action=action, told=tuple(told), group=group, allowed_by=allowed_by)

    def _index(self, group: str) -> int:
        try:
            return self._names.index(group)
        except ValueError:
            raise KeyError(group) from None

    def _weighed(self, finding: Finding) -> Finding:
        severity = self._severities.get(finding.slug)
        return finding if severity is None else replace(finding, severity=severity)

    def _group(self, client: bytes) -> int:
        if not self._groups:
            return 0
        index = self._known.get(client)
        if index is None:
            index = self._known[client] = self._sort_in(client)
        return index

    def _sort_in(self, client: bytes) -> int:
        number = int.from_bytes(client, "big")
        bits = 8 * len(client)
        for size, length, networks in self._prefixes:
            if size == bits:
                index = networks.get(number >> (bits - length))
                if index is not None:
                    return index
        return 0


def by_score(mode: Mode, finding: Finding) -> Mode:
    """What a detector's mode does with one finding: below its threshold it is counted, and no more."""
    return Mode.SHADOW if finding.score < finding.threshold and mode is not Mode.OFF else mode


def _modes(mode: Mode, detectors: Mapping[str, DetectorConfig], group: GroupConfig) -> dict[str, Mode]:
    """Settle what a finding of each detector does for one group's clients."""
    modes = {}
    for slug in ALERT_TYPES:
        own = detectors[slug].mode if slug in detectors else None
        if slug in group.detect:
            modes[slug] = group.detect[slug]
        elif own in {Mode.OFF, Mode.SHADOW}:
            # switched off, or on trial: a group's general mode does not overrule that
            modes[slug] = own
        else:
            modes[slug] = group.mode or own or mode
    return modes


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(canonical(name.removeprefix("*.")) for name in names)


def _covering(allowed: frozenset[str], name: str) -> str:
    if not allowed:
        return ""
    return next((suffix for suffix in suffixes(name) if suffix in allowed), "")


def _prefixes(groups: Sequence[GroupConfig]) -> tuple[tuple[int, int, dict[int, int]], ...]:
    """Sort the groups' networks, the longest prefix first: (32 or 128, length, leading bits -> group)."""
    tables: dict[tuple[int, int], dict[int, int]] = {}
    for index, group in enumerate(groups, 1):
        for text in group.clients:
            try:
                bits, length, leading = prefix(text)
            except ValueError as error:
                raise ValueError(f"group {group.name!r}: {error}") from None
            # the first group to claim a network keeps it
            tables.setdefault((bits, length), {}).setdefault(leading, index)
    return tuple(
        (bits, length, table) for (bits, length), table in sorted(tables.items(), key=lambda item: -item[0][1])
    )
