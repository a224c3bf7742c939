"""What becomes of the records of one name or network: repeated ones are joined, the snapshot before gives dates.

And counts, on the way: what each list has, and what is new or gone against the snapshot before.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec

from dnsguard.intel import networks
from dnsguard.intel.entry import Action, Scope, Trigger
from dnsguard.intel.gather import network_key, network_of
from dnsguard.intel.meta import Change, ListMeta
from dnsguard.intel.rows import Kind
from dnsguard.intel.snapshot import Snapshot, name_of

EXAMPLES: Final = 10
"""New and gone entries of a list that are named."""
REMEMBERED: Final = 20_000
"""Entries of several lists that only some still have, and networks that stay, of which that is remembered."""
_REACH: Final[dict[int, int]] = {Scope.ALL: 3, Scope.EXACT: 1, Scope.BELOW: 2}
"""Scope -> bits: itself, and below."""
_SCOPE: Final = {reach: scope for scope, reach in _REACH.items()}
_APART: Final[dict[int, str]] = {
    Trigger.SERVER_NAME: "rpz-nsdname",
    Trigger.SERVER_ADDRESS: "rpz-nsip",
    Trigger.CLIENT: "rpz-client-ip",
}
Record = tuple[int, int, int]
"""The number of a kind that is not dated yet, the line, and the date [unix seconds], 0: to be looked up."""


class Counts:
    """What one list has."""

    __slots__ = ("apart", "entries", "exceptions", "networks", "new", "stayed")

    def __init__(self) -> None:
        self.entries = self.networks = self.exceptions = self.stayed = 0
        self.apart: dict[str, int] = {}
        self.new: list[str] = []

    def add(self, kind: Kind, many: int = 1) -> None:
        """Count entries of a kind."""
        if kind.action >= Action.PASS:
            self.exceptions += many
            return
        self.entries += many
        if kind.trigger != Trigger.NAME:
            if kind.trigger != Trigger.SERVER_NAME:
                self.networks += many
            if name := _APART.get(kind.trigger):
                self.apart[name] = self.apart.get(name, 0) + many


class Settle:
    """Joins records, for one compilation."""

    def __init__(
        self,
        kinds: Sequence[Kind],
        before: Snapshot,
        old: dict[int, int],
        read: Collection[int],
        seen: bytearray,
        lists: int,
        now: float,
    ) -> None:
        """Take the lists' numbers now -> in the snapshot before; `read`, the ones that were read anew.

        `kinds` are those that records name. `seen` marks rows of the snapshot before of which nothing is gone.
        """
        self.before: Final = before
        self._kinds: Final = kinds
        self._old: Final = old
        self._read: Final = frozenset(read)
        # no list to ask about: nothing to look up, the first time above all
        self._ask: Final = any(number in old for number in read)
        self._seen: Final = seen
        self._now: Final = int(now)
        self._counts: Final = [Counts() for _ in range(lists)]
        self._singles: Final = [0] * len(kinds)
        """By kind: entries that are the only listing of their name."""
        self._fresh: Final = [kind.list_number in self._read for kind in kinds]
        self._now_of: Final = {number: now for now, number in old.items()}
        self._partly: Final[dict[int, set[int]]] = {}
        """Row -> lists of the snapshot before that still have the name, where others have not."""
        self._networks: Final[set[tuple[bytes, int]]] = set()
        """(key, list of the snapshot before) of networks that stay."""

    def one(self, key: str, undated: int, added: int) -> int:
        """Settle a name that has one listing, as nearly all have; gives its date, in Unix seconds."""
        self._singles[undated] += 1
        if not self._fresh[undated]:
            return added
        if not self._ask:
            number = self._kinds[undated].list_number
            if len(new := self._counts[number].new) < EXAMPLES:
                new.append(name_of(key))
            return added or self._now
        row, known = self.before.listed(key)
        kind = self._kinds[undated]
        since = self._since(kind, known, lambda: name_of(key))
        if row >= 0:
            self._mark(row, known, {kind.list_number})
        return added or since or self._now

    def name(self, key: str, records: Sequence[Record]) -> list[tuple[Kind, int]]:
        """Settle a name that has several."""
        row, known = self.before.listed(key) if self._ask else (-1, [])
        listings = self._settle(self._joined(records), known, lambda: name_of(key))
        if row >= 0:
            self._mark(row, known, {kind.list_number for kind, _ in listings})
        return listings

    def network(self, key: bytes, records: Sequence[Record]) -> list[tuple[Kind, int]]:
        """Settle a network."""
        packed, prefix = network_of(key)
        joined = [(kind._replace(prefix=prefix), line, added) for kind, line, added in self._joined(records)]
        known = self.before.network(packed, prefix) if self._ask else []
        listings = self._settle(joined, known, lambda: networks.text(packed, prefix))
        here = {kind.list_number for kind, _ in listings}
        if len(self._networks) < REMEMBERED:
            self._networks.update(
                (key, kind.list_number) for kind, _ in known if self._now_of.get(kind.list_number, -1) in here
            )
        return listings

    def _settle(
        self, joined: Sequence[tuple[Kind, int, int]], known: Sequence[tuple[Kind, int]], text: Callable[[], str]
    ) -> list[tuple[Kind, int]]:
        listings = []
        for kind, line, added in joined:
            since = self._since(kind, known, text) if kind.list_number in self._read else 0
            self._counts[kind.list_number].add(kind)
            listings.append((kind._replace(added=added or since or self._now), line))
        return listings

    def _since(self, kind: Kind, known: Sequence[tuple[Kind, int]], text: Callable[[], str]) -> int:
        """Say since when a list that was read anew has had an entry [unix seconds]; 0: it is new."""
        counts = self._counts[kind.list_number]
        old = self._old.get(kind.list_number, -1)
        for before, _ in known:
            if before.list_number == old and before.trigger == kind.trigger:
                counts.stayed += 1
                return before.added
        if len(counts.new) < EXAMPLES:
            counts.new.append(text())
        return 0

    def _mark(self, row: int, known: Sequence[tuple[Kind, int]], here: set[int]) -> None:
        """Keep in mind which lists of the snapshot before still have a name."""
        if self._seen[row]:
            return
        had = {kind.list_number for kind, _ in known}
        stay = {old for old in had if self._now_of.get(old, -1) in here}
        self._seen[row] = len(stay) == len(had) or len(self._partly) >= REMEMBERED
        if not self._seen[row]:
            self._partly[row] = stay

    def _joined(self, records: Sequence[Record]) -> list[tuple[Kind, int, int]]:
        """Join what one list says several times: the first line, the highest confidence, the earliest date count.

        Where two of a list's records ask for different actions, the first has its say, and the other what it leaves.
        """
        dated = [(self._kinds[undated], line, added) for undated, line, added in records]
        if len(dated) == 1:
            return dated
        covered: dict[tuple[int, int, bool], int] = {}
        joined: dict[tuple[int, int, int], tuple[Kind, int, int]] = {}
        for kind, line, added in sorted(dated, key=lambda record: (record[0].list_number, record[1])):
            what = kind.list_number, kind.trigger, kind.action >= Action.PASS
            taken = covered.get(what, 0)
            left = _REACH[kind.scope] & ~taken
            covered[what] = taken | left
            same = kind.list_number, kind.trigger, kind.action
            if same in joined:
                first, first_line, first_added = joined[same]
                scope = _SCOPE[_REACH[first.scope] | left]
                confidence = max(first.confidence, kind.confidence)
                # a date that is not said is not earlier than one that is
                since = min(filter(None, (first_added, added)), default=0)
                joined[same] = first._replace(scope=scope, confidence=confidence), first_line, since
            elif left:
                joined[same] = kind._replace(scope=_SCOPE[left]), line, added
        return list(joined.values())

    def signatures(self, number: int, sids: Sequence[int], had: Collection[int]) -> None:
        """Count a list's signatures, by their ids; `had`: those of the snapshot before."""
        counts = self._counts[number]
        counts.entries += len(sids)
        for sid in sids:
            if sid in had:
                counts.stayed += 1
            elif len(counts.new) < EXAMPLES:
                counts.new.append(f"sid {sid}")

    def counted(self, metas: Sequence[ListMeta]) -> list[ListMeta]:
        """Complete what is told of the lists, once all is settled."""
        for kind, many in zip(self._kinds, self._singles, strict=True):
            if many:
                self._counts[kind.list_number].add(kind, many)
        return [
            msgspec.structs.replace(
                meta,
                entries=counts.entries,
                networks=counts.networks,
                exceptions=counts.exceptions,
                apart=dict(counts.apart),
            )
            for counts, meta in zip(self._counts, metas, strict=True)
        ]

    def changes(self, metas: Sequence[ListMeta]) -> list[Change]:
        """Say what is new and gone; lists that were not read anew did not change."""
        changes = []
        for number in sorted(self._read):
            counts, meta = self._counts[number], metas[number]
            old = self._old.get(number, -1)
            had = _size(self.before.meta.lists[old]) if old >= 0 else 0
            added, removed = _size(meta) - counts.stayed, had - counts.stayed
            if added or removed:
                gone = self._gone(old) if removed else []
                changes.append(
                    Change(
                        name=meta.name, category=meta.category, added=added, removed=removed, new=counts.new, gone=gone
                    )
                )
        for old, meta in enumerate(self.before.meta.lists):
            if old not in self._now_of and _size(meta):
                gone = self._gone(old)
                changes.append(Change(name=meta.name, category=meta.category, added=0, removed=_size(meta), gone=gone))
        return changes

    def _gone(self, old: int) -> list[str]:
        """Name some entries of a list that the snapshot before had, and this one has not."""
        gone: list[str] = []
        row = self._seen.find(0)
        while row >= 0 and len(gone) < EXAMPLES:
            if old not in self._partly.get(row, ()):
                key = self.before.key_at(row)
                if any(kind.list_number == old for kind, _ in self.before.listed(key)[1]):
                    gone.append(name_of(key))
            row = self._seen.find(0, row + 1)
        if self.before.meta.lists[old].networks and len(self._networks) < REMEMBERED:
            for packed, listings in self.before.networks():
                for kind, _ in listings:
                    key_ = network_key(packed, kind.prefix).encode()
                    if len(gone) < EXAMPLES and kind.list_number == old and (key_, old) not in self._networks:
                        gone.append(networks.text(packed, kind.prefix))
        return gone


def _size(meta: ListMeta) -> int:
    return meta.entries + meta.exceptions
