"""What becomes of the records of one name or network: repeated ones are joined, the snapshot before gives dates.

And counts, on the way: what each list has, and what is new or gone against the snapshot before.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec

from dnsguard.intel import networks
from dnsguard.intel.entry import Action, Scope, Trigger
from dnsguard.intel.gather import network_key, network_of
from dnsguard.intel.rows import Kind
from dnsguard.intel.snapshot import Change, ListMeta, Snapshot, name_of

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
Record = tuple[Kind, int, int]
"""A kind that is not dated yet, the line, and the date [unix seconds], 0: to be looked up."""


class Counts:
    """What one list has."""

    __slots__ = ("apart", "entries", "exceptions", "networks", "new", "stayed")

    def __init__(self) -> None:
        self.entries = self.networks = self.exceptions = self.stayed = 0
        self.apart: dict[str, int] = {}
        self.new: list[str] = []


class Settle:
    """Joins records, for one compilation."""

    def __init__(
        self, before: Snapshot, old: dict[int, int], read: Collection[int], seen: bytearray, lists: int, now: float
    ) -> None:
        """Take the lists' numbers now -> in the snapshot before; `read`, the ones that were read anew.

        `seen` marks rows of the snapshot before of which nothing is gone.
        """
        self.before: Final = before
        self._old: Final = old
        self._read: Final = frozenset(read)
        # no list to ask about: nothing to look up, the first time above all
        self._ask: Final = any(number in old for number in read)
        self._seen: Final = seen
        self._now: Final = int(now)
        self._counts: Final = [Counts() for _ in range(lists)]
        self._now_of: Final = {number: now for now, number in old.items()}
        self._partly: Final[dict[int, set[int]]] = {}
        """Row -> lists of the snapshot before that still have the name, where others have not."""
        self._networks: Final[set[tuple[bytes, int]]] = set()
        """(key, list of the snapshot before) of networks that stay."""

    def name(self, key: str, records: Sequence[Record]) -> list[tuple[Kind, int]]:
        """Settle one name."""
        if not self._ask:
            return self._settle(records, (), lambda: name_of(key))
        row, known = self.before.listed(key)
        listings = self._settle(records, known, lambda: name_of(key))
        if row >= 0 and not self._seen[row]:
            here = {kind.list_number for kind, _ in listings}
            had = {kind.list_number for kind, _ in known}
            stay = {old for old in had if self._now_of.get(old, -1) in here}
            self._seen[row] = len(stay) == len(had) or len(self._partly) >= REMEMBERED
            if not self._seen[row]:
                self._partly[row] = stay
        return listings

    def network(self, key: bytes, records: Sequence[Record]) -> list[tuple[Kind, int]]:
        """Settle one network."""
        packed, prefix = network_of(key)
        records = [(kind._replace(prefix=prefix), line, added) for kind, line, added in records]
        known = self.before.network(packed, prefix) if self._ask else ()
        listings = self._settle(records, known, lambda: networks.text(packed, prefix))
        here = {kind.list_number for kind, _ in listings}
        if len(self._networks) < REMEMBERED:
            self._networks.update(
                (key, kind.list_number) for kind, _ in known if self._now_of.get(kind.list_number, -1) in here
            )
        return listings

    def _settle(
        self, records: Sequence[Record], known: Sequence[tuple[Kind, int]], text: Callable[[], str]
    ) -> list[tuple[Kind, int]]:
        joined = records if len(records) == 1 else _joined(records)
        listings = []
        for kind, line, added in joined:
            number = kind.list_number
            count = self._counts[number]
            since = 0
            if number in self._read:
                old = self._old.get(number, -1)
                since = next((k.added for k, _ in known if k.list_number == old and k.trigger == kind.trigger), 0)
                if since:
                    count.stayed += 1
                elif len(count.new) < EXAMPLES:
                    count.new.append(text())
            self._count(count, kind)
            listings.append((kind._replace(added=added or since or self._now), line))
        return listings

    @staticmethod
    def _count(count: Counts, kind: Kind) -> None:
        if kind.action >= Action.PASS:
            count.exceptions += 1
            return
        count.entries += 1
        if kind.trigger != Trigger.NAME:
            count.networks += kind.trigger != Trigger.SERVER_NAME
            if name := _APART.get(kind.trigger):
                count.apart[name] = count.apart.get(name, 0) + 1

    def count(self, number: int, meta: ListMeta) -> ListMeta:
        """Complete what is told of a list."""
        counts = self._counts[number]
        return msgspec.structs.replace(
            meta,
            entries=counts.entries,
            networks=counts.networks,
            exceptions=counts.exceptions,
            apart=dict(counts.apart),
        )

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


def _joined(records: Sequence[Record]) -> list[Record]:
    """Join what one list says several times: the first line, the highest confidence, the earliest date count.

    Where two of a list's records ask for different actions, the first one has its say, and the other what it leaves.
    """
    covered: dict[tuple[int, int, bool], int] = {}
    joined: dict[tuple[int, int, int], Record] = {}
    for kind, line, added in sorted(records, key=lambda record: (record[0].list_number, record[1])):
        what = kind.list_number, kind.trigger, kind.action >= Action.PASS
        reach, taken = _REACH[kind.scope], covered.get(what, 0)
        covered[what] = taken | reach
        same = kind.list_number, kind.trigger, kind.action
        if same in joined:
            first, first_line, first_added = joined[same]
            reach = _REACH[first.scope] | (reach & ~taken)
            kind = first._replace(scope=_SCOPE[reach], confidence=max(first.confidence, kind.confidence))  # noqa: PLW2901
            # a date that is not said is not earlier than one that is
            joined[same] = kind, first_line, min(filter(None, (first_added, added)), default=0)
        elif reach & ~taken:
            joined[same] = kind._replace(scope=_SCOPE[reach & ~taken]), line, added
    return list(joined.values())
