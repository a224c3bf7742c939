"""One file of the ring: a table of SQLite, written in order and deleted whole.

No index: a search reads a file from its end, and a record costs the writer no more than its own bytes. Measured on 1.5
million records: 61 bytes and 3.4 us each; all of them searched in 0.1 s by verdict, 0.3 s by name, 1.1 s by network.
`synchronous=NORMAL`: what the power takes with it is the last moment, and no commit waits for the disk.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from dnsguard.alerts.database import is_damage
from dnsguard.errors import DnsguardError

VERSION: Final = 1
COLUMNS: Final = (
    "time", "client", "name", "qtype", "rcode", "took", "count", "stream",
    "action", "detector", "reason", "score", "threshold", "list", "alert",
)  # fmt: skip
"""Times in Unix seconds, `took` in microseconds; those from `action` on are NULL where nothing was found."""
_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE queries (
    time REAL NOT NULL, client TEXT NOT NULL, name TEXT, qtype INTEGER, rcode INTEGER NOT NULL, took INTEGER NOT NULL,
    count INTEGER NOT NULL, stream INTEGER NOT NULL,
    action TEXT, detector TEXT, reason TEXT, score REAL, threshold REAL, list TEXT, alert TEXT
);
PRAGMA user_version = {VERSION};
COMMIT;
"""
_INSERT: Final = f"INSERT INTO queries VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - question marks
WAL_PAGES: Final = 256
"""The write-ahead log goes into the file from this many pages (of 4 kB) on, so it adds 1 MB to a segment at most."""

Row = tuple[object, ...]
"""Values of COLUMNS."""


class SegmentError(DnsguardError):
    """A file of the query log can't be written or read; `unusable`: and never will be."""

    def __init__(self, text: str, *, unusable: bool = False) -> None:
        super().__init__(text)
        self.unusable: Final = unusable


class Segment:
    """The file that is written now; used by one thread. SegmentError if it can't be had."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        try:
            # it tells who asked for what: its owner's only, and SQLite gives the other files the same mode
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._db: Final = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise SegmentError(f"{path}: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise SegmentError(f"{path}: {error}", unusable=is_damage(error)) from error
        except SegmentError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if not version:
            self._db.executescript(_SCHEMA)
        elif version != VERSION:
            raise SegmentError(f"{self.path}: written by another version of dnsguard", unusable=True)

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows in one transaction; SegmentError, and none of them is there, if that fails."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_INSERT, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            raise SegmentError(f"{self.path}: {error}", unusable=is_damage(error)) from error

    def close(self, *, finished: bool = False) -> None:
        """Let go of the file; a finished one is left without a write-ahead log, so that it can be read anywhere."""
        with suppress(sqlite3.Error):
            if finished:
                self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.close()


def size(path: Path) -> int:
    """Bytes of a segment with its write-ahead log."""
    total = 0
    for suffix in ("", "-wal"):
        with suppress(OSError):
            total += path.with_name(path.name + suffix).stat().st_size
    return total


def delete(path: Path) -> None:
    """Remove a segment; who reads it now reads on. OSError if that can't be."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
