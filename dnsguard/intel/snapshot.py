"""All lists as one immutable, memory-mapped snapshot: in memory once, however many processes have it open.

A snapshot is a folder:

* `names-000.marisa`, …: marisa-tries of the listed names, each reversed character by character with a final dot
  (`evil.com` is `moc.live.`). Every listed name that a query stands at or below is then a prefix of the query's own
  key, and the final dot keeps `notevil.com` apart. Reversing characters costs 0.1 us, reversing labels 0.3 us, for the
  same answers. There is one trie for each million names, divided by order, never between a name and one that is below
  it: a binary search finds the one to ask, and none needs more memory to build than a million names do.
* `marks`: a bit for the last two labels of each name, which most misses end at (marks.py).
* `v4.u32`, `v6high.u64`, `v6low.u64`: where ranges of addresses begin (networks.py).
* `kinds.*`, `lines.u32`, `more.u32`, `table`: what is known of each name, then of each range (rows.py).
* `signatures`: the compiled rules files, if there are any (dnsguard.signatures.compiled).
* `meta.json`: the lists, what the compilation changed, and a digest of each file above.

Memory: README.md has the figures; a miss touches only a trie.
"""

import mmap
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self
from zlib import crc32

import marisa_trie
import msgspec

from dnsguard.errors import ListError
from dnsguard.intel.entry import Scope, Trigger
from dnsguard.intel.match import Match
from dnsguard.intel.meta import (
    FORMAT,
    KINDS,
    LINES,
    MARKS,
    META,
    MORE,
    SIGNATURES,
    TABLE,
    V4,
    V6_HIGH,
    V6_LOW,
    ListMeta,
    Meta,
    digest,
    sealed,
)
from dnsguard.intel.names import suffixes
from dnsguard.intel.networks import Starts, text
from dnsguard.intel.pick import Picker, Source
from dnsguard.intel.rows import FIRST, KIND_SIZE, NOTHING, REMEMBERED, Kind, Rows
from dnsguard.signatures.match import EMPTY as NO_SIGNATURES
from dnsguard.signatures.match import Signatures
from dnsguard.wire.query import Query

__all__ = ["EMPTY", "META", "ListMeta", "Match", "Meta", "Snapshot", "key_of", "name_of"]


MAX_KNOWN: Final = 512
"""Names and addresses whose listings are kept at hand: as many as are under way at once, and few enough to stay in
the processor's cache. Then all are forgotten."""
# plain numbers: an enum's member is looked up by its name each time
_NAME: Final = int(Trigger.NAME)
_EXACT: Final = int(Scope.EXACT)
_BELOW: Final = int(Scope.BELOW)


def key_of(name: str) -> str:
    """Give the trie key of a name: reversed, with a final dot."""
    return ("." + name)[::-1]


def name_of(key: str) -> str:
    """Give the name of a trie key."""
    return key[-2::-1]


class Snapshot:
    """Names and networks of all lists; open one with `open`, or take `EMPTY`."""

    __slots__ = (
        "_bases",
        "_bounds",
        "_codes",
        "_known",
        "_known_addresses",
        "_last",
        "_last_found",
        "_marks",
        "_mask",
        "_names",
        "_rows",
        "_sources",
        "_starts",
        "_tries",
        "_triggers",
        "_walks",
        "meta",
        "path",
        "servers",
        "signatures",
    )

    def __init__(
        self,
        meta: Meta,
        tries: tuple[marisa_trie.Trie, ...],
        starts: Starts,
        rows: Rows,
        path: Path | None = None,
        signatures: Signatures = NO_SIGNATURES,
        marks: memoryview | bytes = b"\0",
    ) -> None:
        self.meta: Final = meta
        self.signatures: Final = signatures
        self.path: Final = path
        self._tries: Final = tries
        self._bounds: Final = [shard.first for shard in meta.shards[1:]]
        bases = [0]
        for trie in tries:
            bases.append(bases[-1] + len(trie))
        self._bases: Final = bases
        self._walks: Final = [trie.iter_prefixes_with_ids for trie in tries]
        self._marks: Final = marks
        self._mask: Final = 8 * len(marks) - 1
        self._starts: Final = starts
        self._rows: Final = rows
        self._codes: Final = rows.codes
        self._names: Final = bases[-1]
        self._sources: Final[dict[int, Source]] = {}
        """By the number of a kind; as many as rows.REMEMBERED."""
        self._triggers: Final = frozenset(kind.trigger for kind in rows.kinds())
        self._known: Final[dict[str, tuple[Match, ...]]] = {}
        """Names with a mark: an answer asks again for what its query asked for, long after."""
        self._last = ""
        self._last_found: tuple[Match, ...] = ()
        """Of one query, without a look-up."""
        self._known_addresses: Final[dict[bytes, tuple[Match, ...]]] = {}
        """Many names share few addresses: content networks', parked domains'."""
        self.servers: Final[dict[bytes, tuple[str, tuple[Match, ...]]]] = {}
        """Name servers seen, by the wire form of their names; `remember` bounds it."""

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Self:
        """Map a compiled snapshot; ListError if it is not whole.

        `verify` reads each byte once (about 20 ms for 1 M names, the interpreter's lock released): marisa-trie trusts
        what it maps, so a damaged file could end the process.
        """
        try:
            meta = msgspec.json.decode((path / META).read_bytes(), type=Meta)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise ListError(f"{path}: no snapshot: {error}") from error
        if meta.format != FORMAT:
            raise ListError(f"{path}: format {meta.format}, not {FORMAT}; it has to be compiled again")
        if sealed(meta) != meta or meta.kinds not in KINDS:
            raise ListError(f"{path / META}: damaged; it has to be compiled again")
        names = (MARKS, V4, V6_HIGH, V6_LOW, KINDS[meta.kinds], LINES, MORE, TABLE)
        columns = {name: _map(path / name) for name in names}
        if verify:
            for name, data in columns.items():
                _check(path / name, digest(data), meta)
            for shard in meta.shards:
                _check(path / shard.file, digest(_map(path / shard.file)), meta)
        tries = tuple(_trie(path / shard.file) for shard in meta.shards)
        try:
            v4 = memoryview(columns[V4]).cast("I")
            high, low = memoryview(columns[V6_HIGH]).cast("Q"), memoryview(columns[V6_LOW]).cast("Q")
            kinds = memoryview(columns[KINDS[meta.kinds]]).cast(meta.kinds)  # type: ignore[call-overload]
            lines, more = memoryview(columns[LINES]).cast("I"), memoryview(columns[MORE]).cast("I")
        except TypeError as error:
            raise ListError(f"{path}: damaged: {error}") from error
        table, marks = memoryview(columns[TABLE]), memoryview(columns[MARKS])
        if (
            sum(map(len, tries)) + len(v4) + len(high) != len(kinds)
            or len(kinds) != len(lines)
            or len(high) != len(low)
            or len(table) % KIND_SIZE
            or len(marks).bit_count() != 1
            or any(len(trie) != shard.names for trie, shard in zip(tries, meta.shards, strict=True))
        ):
            raise ListError(f"{path}: its files do not belong together; it has to be compiled again")
        signatures = NO_SIGNATURES
        if SIGNATURES in meta.digests:
            # they know their own digest
            signatures = Signatures.open(path / SIGNATURES, verify=verify)
        return cls(meta, tries, Starts(v4, high, low), Rows(kinds, lines, more, table), path, signatures, marks)

    @property
    def generation(self) -> int:
        """Counts up with each compiled snapshot of one folder; 0 is EMPTY."""
        return self.meta.generation

    def __len__(self) -> int:
        """Count the names."""
        return self._names

    def matches(self, name: str) -> tuple[Match, ...]:
        """Find every listing of the name and of the names above it, all categories, the longest listed name first.

        `name` as in Query: lower case, presentation form, no final dot. Bench: tests/bench/lists.py.
        """
        # "" is a name as well: the root's
        if name is self._last and name:
            return self._last_found
        dot = name.rfind(".")
        return self._find(name, name[name.rfind(".", 0, dot) + 1 if dot > 0 else 0 :])  # tail(), in line

    def of(self, query: Query) -> tuple[Match, ...]:
        """`matches` of a query's name, looked up once: its answer comes long after, when other names have been."""
        if query.lists is not self:
            query.lists = self
            query.listed = self._find(query.name, query.tail)
        return query.listed

    def _find(self, name: str, tail: str) -> tuple[Match, ...]:
        found: tuple[Match, ...] = ()
        mark = crc32(tail.encode()) & self._mask
        if self._marks[mark >> 3] >> (mark & 7) & 1:
            known = self._known.get(name)
            found = self._look_up(name) if known is None else known
        self._last = name
        self._last_found = found
        return found

    def _look_up(self, name: str) -> tuple[Match, ...]:
        key = ("." + name)[::-1]
        shard = bisect_right(self._bounds, key) if self._bounds else 0
        found = self._listings(name, key, shard, _NAME) if self._walks else ()
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[name] = found
        return found

    def server(self, name: str) -> tuple[Match, ...]:
        """Find every listing of a name server: as a name, or by RPZ's rpz-nsdname."""
        return self.matches(name) or self.server_names(name)

    def remember(self, wire: bytes, name: str) -> tuple[str, tuple[Match, ...]]:
        """Look a name server up, and keep what was found under its name's wire form."""
        if len(self.servers) >= MAX_KNOWN:
            self.servers.clear()
        found = self.servers[wire] = (name, self.server(name))
        return found

    def server_names(self, name: str) -> tuple[Match, ...]:
        """Find the RPZ listings (rpz-nsdname) of a name server's name and of the names above it."""
        if Trigger.SERVER_NAME not in self._triggers:
            return ()
        key = key_of(name)
        shard = bisect_right(self._bounds, key)
        return self._listings(name, key, shard, Trigger.SERVER_NAME)

    def addresses(self, packed: bytes) -> tuple[Match, ...]:
        """Find every listed network that has an address (4 or 16 bytes), all categories, the smallest first."""
        known = self._known_addresses.get(packed)
        if known is not None:
            return known
        at = self._starts.find(packed)
        nothing = at < 0 or self._codes[self._names + at] == NOTHING
        found = () if nothing else self._networks(packed, at, Trigger.ADDRESS)
        if len(self._known_addresses) >= MAX_KNOWN:
            self._known_addresses.clear()
        self._known_addresses[packed] = found
        return found

    def server_addresses(self, packed: bytes) -> tuple[Match, ...]:
        """Find the RPZ listings (rpz-nsip) of a name server's address."""
        return self._networks(packed, self._starts.find(packed), Trigger.SERVER_ADDRESS)

    def clients(self, packed: bytes) -> tuple[Match, ...]:
        """Find the RPZ listings (rpz-client-ip) of a client's address."""
        return self._networks(packed, self._starts.find(packed), Trigger.CLIENT)

    def _listings(self, name: str, key: str, shard: int, trigger: int) -> tuple[Match, ...]:
        # each listed name with its number, in one walk: what the trie has lies all over the memory
        found: list[tuple[str, int]] = list(self._walks[shard](key))
        if not found:
            return ()
        if "\\" in name:
            # an escaped dot is no label boundary
            whole = set(suffixes(name))
            found = [pair for pair in found if name_of(pair[0]) in whole]
        base = self._bases[shard]
        # of a key's beginning the name is the name's end
        whole_key = len(key)
        if len(found) == 1:
            prefix, number = found[0]
            alone = self._alone(base + number, trigger, _BELOW if len(prefix) == whole_key else _EXACT)
            if alone is not None:
                return (alone.match(name[whole_key - len(prefix) :], self._rows.lines[base + number]),)
        picker = Picker(trigger)
        for prefix, number in reversed(found):
            without = _BELOW if len(prefix) == whole_key else _EXACT
            picker.add(name[whole_key - len(prefix) :], self._at(base + number), without)
        return picker.found()

    def _alone(self, row: int, trigger: int, without: int) -> Source | None:
        # of nearly every listed name: one listing, without exceptions
        kind = self._codes[row]
        if kind < FIRST:
            return None
        source = self._source(kind)
        return source if source.counts(trigger, without) else None

    def _networks(self, packed: bytes, at: int, trigger: int) -> tuple[Match, ...]:
        listings = self._at(self._names + at) if at >= 0 else []
        picker = Picker(trigger)
        for prefix in dict.fromkeys([source.prefix for source, _ in listings]):
            picker.add(text(packed, prefix), [pair for pair in listings if pair[0].prefix == prefix])
        return picker.found()

    def _at(self, row: int) -> list[tuple[Source, int]]:
        return [(self._source(number), line) for number, line in self._rows.numbers(row)]

    def _source(self, number: int) -> Source:
        source = self._sources.get(number)
        if source is None:
            source = Source(self._rows.kind(number), self.meta.lists)
            if len(self._sources) < REMEMBERED:
                self._sources[number] = source
        return source

    def listed(self, key: str) -> tuple[int, list[tuple[Kind, int]]]:
        """Give a trie key's row and the listings of just that name; -1 and none if it has none."""
        if self._tries:
            shard = bisect_right(self._bounds, key)
            number = self._tries[shard].get(key)
            if number is not None:
                row = self._bases[shard] + number
                return row, self._rows.at(row)
        return -1, []

    def network(self, packed: bytes, prefix: int) -> list[tuple[Kind, int]]:
        """Give the listings of just the network that begins with an address."""
        at = self._starts.find(packed)
        rows = self._rows.at(self._names + at) if at >= 0 else []
        return [row for row in rows if row[0].prefix == prefix]

    def names(self) -> Iterator[tuple[int, str, list[tuple[Kind, int]]]]:
        """Walk all names: row, trie key, listings; in no particular order."""
        for trie, base in zip(self._tries, self._bases, strict=False):
            for number in range(len(trie)):
                yield base + number, trie.restore_key(number), self._rows.at(base + number)

    def key_at(self, row: int) -> str:
        """Give the trie key of a row of names."""
        shard = bisect_right(self._bases, row) - 1
        key: str = self._tries[shard].restore_key(row - self._bases[shard])
        return key

    def networks(self) -> Iterator[tuple[bytes, list[tuple[Kind, int]]]]:
        """Walk all networks: first address, listings of the networks that begin there (kind.prefix tells which)."""
        base = self._names
        for at, packed in enumerate(self._starts):
            first = int.from_bytes(packed, "big")
            bits = 8 * len(packed)
            rows = self._rows.at(base + at)
            begin = [row for row in rows if not first & ((1 << (bits - row[0].prefix)) - 1)]
            if begin:
                yield packed, begin

    def rows(self, list_number: int) -> Iterator[tuple[str, int, int]]:
        """Walk one list's entries: name or network, line, added [unix seconds]; in no particular order."""
        for _, key, listings in self.names():
            for kind, line in listings:
                if kind.list_number == list_number:
                    yield name_of(key), line, kind.added
        for packed, listings in self.networks():
            for kind, line in listings:
                if kind.list_number == list_number:
                    yield text(packed, kind.prefix), line, kind.added

    def added(self, name: str, list_number: int) -> int | None:
        """Say since when a list has the name itself [unix seconds]; None if it has not."""
        for kind, _ in self.listed(key_of(name))[1]:
            if kind.list_number == list_number:
                return kind.added
        return None


def _map(path: Path) -> mmap.mmap | bytes:
    try:
        with path.open("rb") as file:
            # mmap refuses an empty file: no rows is no fault
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except OSError as error:
        raise ListError(f"{path}: {error.strerror or error}; it has to be compiled again") from error


def _trie(path: Path) -> marisa_trie.Trie:
    trie = marisa_trie.Trie()
    try:
        trie.mmap(str(path))
    except (RuntimeError, OSError, ValueError) as error:
        raise ListError(f"{path}: damaged: {error}") from error
    return trie


def _check(path: Path, found: str, meta: Meta) -> None:
    if found != meta.digests.get(path.name):
        raise ListError(f"{path}: damaged; it has to be compiled again")


EMPTY: Final = Snapshot(
    Meta(format=FORMAT, generation=0, made=0.0, content="", names=0, lists=[], digests={}),
    (),
    Starts((), (), ()),
    Rows((), (), (), b""),
)
"""No lists."""
