"""All lists as one immutable, memory-mapped snapshot: in memory once, however many processes have it open.

A snapshot is a folder:

* `names.marisa`: a marisa-trie of the listed names, each reversed character by character with a final dot (`evil.com`
  is `moc.live.`). Every listed name that a query stands at or below is then a prefix of the query's own key, and the
  final dot keeps `notevil.com` apart. Reversing characters costs 0.1 us, reversing labels 0.3 us, for the same answers.
* `starts.u32`: for trie id i, its rows are starts[i] .. starts[i + 1].
* `lists.u16`, `lines.u32`, `added.u32`: one row for each listing of a name: the list's number (its top bit says that
  the name only matches itself), the line in its file, and since when it has been listed [unix seconds].
* `meta.json`: the lists, and a digest of each file above.

Memory for 1 M names: 10.8 MB of trie and 14 MB of rows, of which a miss touches only the trie.
"""

import hashlib
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import marisa_trie
import msgspec

from dnsguard.errors import ListError
from dnsguard.intel.names import suffixes

FORMAT: Final = 1
EXACT: Final = 0x8000
"""Top bit of a row's list number: the name matches itself, not what is below it."""
MAX_LISTS: Final = 0x7FFF
META: Final = "meta.json"
TRIE: Final = "names.marisa"
STARTS: Final = "starts.u32"
LISTS: Final = "lists.u16"
LINES: Final = "lines.u32"
ADDED: Final = "added.u32"


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One listing of a name, or of a name above it."""

    category: str
    """The detector it feeds, by its slug."""
    list_name: str
    entry: str
    """The listed name: lower case, no final dot."""
    line: int
    """In the list's file, from 1."""
    added: float
    """Since when the list has it. [unix seconds]"""


class ListMeta(msgspec.Struct, frozen=True, kw_only=True):
    """One list as a snapshot has it."""

    name: str
    category: str
    entries: int
    digest: str
    """Of the file's bytes; empty if it never could be read."""
    read: float
    """When its content last changed. [unix seconds]"""
    origin: str = ""
    """The path it was read from."""
    public_suffixes: int = 0
    """Entries refused: they would match all names of a registry."""
    junk: int = 0
    """Lines refused: no domain name in them."""


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot's table of contents."""

    format: int
    generation: int
    made: float
    """[unix seconds]"""
    content: str
    """Digest of everything that went in; equal means nothing changed."""
    names: int
    lists: list[ListMeta]
    digests: dict[str, str]
    """File name -> digest."""


def key_of(name: str) -> str:
    """Give the trie key of a name: reversed, with a final dot."""
    return ("." + name)[::-1]


def name_of(key: str) -> str:
    """Give the name of a trie key."""
    return key[-2::-1]


def digest(data: bytes | memoryview | mmap.mmap) -> str:
    """Say in 32 hex digits what the bytes are."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Snapshot:
    """Names of all lists; open one with `open`, or take `EMPTY`."""

    __slots__ = (
        "_added",
        "_last",
        "_last_matches",
        "_lines",
        "_lists",
        "_prefixes",
        "_starts",
        "_trie",
        "meta",
        "path",
    )

    def __init__(
        self,
        meta: Meta,
        trie: marisa_trie.Trie,
        columns: tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]],
        path: Path | None = None,
    ) -> None:
        self.meta: Final = meta
        self.path: Final = path
        self._trie: Final = trie
        self._prefixes: Final = trie.prefixes
        self._starts, self._lists, self._lines, self._added = columns
        # Every detector that reads lists asks for the same name in turn: the last answer is kept, found by identity.
        self._last: str | None = None
        self._last_matches: tuple[Match, ...] = ()

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Self:
        """Map a compiled snapshot; ListError if it is not whole.

        `verify` reads each byte once (about 30 ms for 1 M names, the interpreter's lock released): marisa-trie trusts
        what it maps, so a damaged file could end the process.
        """
        try:
            meta = msgspec.json.decode((path / META).read_bytes(), type=Meta)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise ListError(f"{path}: no snapshot: {error}") from error
        if meta.format != FORMAT:
            raise ListError(f"{path}: format {meta.format}, not {FORMAT}; it has to be compiled again")
        maps = {name: _map(path / name) for name in (TRIE, STARTS, LISTS, LINES, ADDED)}
        if verify:
            for name, data in maps.items():
                if digest(data) != meta.digests.get(name):
                    raise ListError(f"{path / name}: damaged; it has to be compiled again")
        trie = marisa_trie.Trie()
        try:
            trie.mmap(str(path / TRIE))
        except (RuntimeError, OSError, ValueError) as error:
            raise ListError(f"{path / TRIE}: damaged: {error}") from error
        starts = memoryview(maps[STARTS]).cast("I")
        lists = memoryview(maps[LISTS]).cast("H")
        lines = memoryview(maps[LINES]).cast("I")
        added = memoryview(maps[ADDED]).cast("I")
        if len(starts) != len(trie) + 1 or not starts[-1] == len(lists) == len(lines) == len(added):
            raise ListError(f"{path}: its files do not belong together; it has to be compiled again")
        return cls(meta, trie, (starts, lists, lines, added), path)

    @property
    def generation(self) -> int:
        """Counts up with each compiled snapshot of one folder; 0 is EMPTY."""
        return self.meta.generation

    def __len__(self) -> int:
        """Count the names."""
        return len(self._trie)

    def matches(self, name: str) -> tuple[Match, ...]:
        """Find every listing of the name and of the names above it, all categories, the longest listed name first.

        `name` as in Query: lower case, presentation form, no final dot. Bench: tests/bench/lists.py.
        """
        if name is self._last:
            return self._last_matches
        keys = self._prefixes(("." + name)[::-1])
        found = self._rows(name, keys) if keys else ()
        self._last = name
        self._last_matches = found
        return found

    def _rows(self, name: str, keys: list[str]) -> tuple[Match, ...]:
        if "\\" in name:
            # an escaped dot is no label boundary
            whole = set(suffixes(name))
            keys = [key for key in keys if name_of(key) in whole]
        found = []
        for key in reversed(keys):
            entry = name_of(key)
            row = self._trie[key]
            for i in range(self._starts[row], self._starts[row + 1]):
                number = self._lists[i]
                if number & EXACT and entry != name:
                    continue
                source = self.meta.lists[number & ~EXACT]
                found.append(
                    Match(
                        category=source.category,
                        list_name=source.name,
                        entry=entry,
                        line=self._lines[i],
                        added=float(self._added[i]),
                    )
                )
        return tuple(found)

    def added(self, name: str, list_number: int) -> int | None:
        """Say since when a list has the name itself [unix seconds]; None if it has not."""
        row = self._trie.get(key_of(name))
        if row is None:
            return None
        for i in range(self._starts[row], self._starts[row + 1]):
            if self._lists[i] & ~EXACT == list_number:
                return self._added[i]
        return None

    def rows(self, list_number: int) -> Iterator[tuple[str, int, int]]:
        """Walk one list's entries: name, line, added [unix seconds]; in no particular order."""
        for row in range(len(self._trie)):
            for i in range(self._starts[row], self._starts[row + 1]):
                if self._lists[i] & ~EXACT == list_number:
                    yield name_of(self._trie.restore_key(row)), self._lines[i], self._added[i]


def _map(path: Path) -> mmap.mmap | bytes:
    try:
        with path.open("rb") as file:
            # mmap refuses an empty file: no rows is no fault
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except OSError as error:
        raise ListError(f"{path}: {error.strerror or error}; it has to be compiled again") from error


EMPTY: Final = Snapshot(
    Meta(format=FORMAT, generation=0, made=0.0, content="", names=0, lists=[], digests={}),
    marisa_trie.Trie(),
    ((0,), (), (), ()),
)
"""No lists."""
