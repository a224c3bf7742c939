"""A snapshot's table of contents, and what its files are called."""

import hashlib
import mmap
from typing import Final

import msgspec

FORMAT: Final = 3
"""Raised whenever a snapshot, or what a reader makes of the same bytes, becomes another."""
MAX_LISTS: Final = 0x7FFF
META: Final = "meta.json"
MARKS: Final = "marks"
V4: Final = "v4.u32"
V6_HIGH: Final = "v6high.u64"
V6_LOW: Final = "v6low.u64"
LINES: Final = "lines.u32"
MORE: Final = "more.u32"
TABLE: Final = "table"
SIGNATURES: Final = "signatures"
KINDS: Final = {"B": "kinds.u8", "H": "kinds.u16", "I": "kinds.u32"}
"""Type code -> the column of kinds, as wide as there are kinds."""


class ListMeta(msgspec.Struct, frozen=True, kw_only=True):
    """One list as a snapshot has it."""

    name: str
    category: str
    entries: int
    """Names and networks."""
    digest: str
    """Of the file's bytes; empty if it never could be read."""
    read: float
    """When its content last changed. [unix seconds]"""
    origin: str = ""
    """The url it was fetched from, or the path it was read from."""
    public_suffixes: int = 0
    """Entries refused: they would match all names of a registry."""
    junk: int = 0
    """Lines refused: no entry in them."""
    format: str = ""
    settings: str = ""
    """What else decides how it is read: its format, confidence, whom it is believed."""
    taken: int = 0
    """Entries as the file has them, repeated ones too."""
    networks: int = 0
    """How many of the entries are networks."""
    exceptions: int = 0
    """Entries that shield names from others of the list."""
    actions: dict[str, int] = {}
    """What its author wants done other than to block -> how many entries; treated as block."""
    apart: dict[str, int] = {}
    """Triggers of entries that are not held against names asked for or addresses in answers -> how many."""
    refused: dict[str, int] = {}
    """Why lines are no entries -> how many."""
    quarantined: dict[str, int] = {}
    """Why entries are not believed -> how many."""
    ignored: dict[str, int] = {}
    """What is meant for others -> how many lines."""
    expires: float = 0.0
    """When its first entry ends to be valid [unix seconds]; 0: none does."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a compilation changed of one list."""

    name: str
    category: str
    added: int
    removed: int
    new: list[str] = []
    """Some of the added entries."""
    gone: list[str] = []
    """Some of the removed ones."""


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """One trie of names."""

    file: str
    first: str
    """Its first key; the first shard's is empty."""
    names: int


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
    shards: list[Shard] = []
    kinds: str = "B"
    """Type code of the column of kinds."""
    own: str = ""
    """Digest of this table with an empty one here."""
    changes: list[Change] = []
    """Against the snapshot before; lists that did not change are left out."""


def sealed(meta: Meta) -> Meta:
    """Give a table its own digest."""
    # there and back once: whole numbers among the floats are written otherwise before
    read = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(meta, own="")), type=Meta)
    return msgspec.structs.replace(read, own=digest(msgspec.json.encode(read)))


def digest(data: bytes | memoryview | mmap.mmap) -> str:
    """Say in 32 hex digits what the bytes are."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
