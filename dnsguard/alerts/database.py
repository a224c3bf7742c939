"""The outbox's file: how it is opened and written, and what becomes of one that is damaged.

SQLite in WAL mode: readers (`dnsguard alerts`, the dashboard) never wait for the hub. `synchronous=FULL`: a commit is
on the disk before a worker is told so and forgets its findings; WAL's NORMAL would lose the last ones with the power.
The price, one fsync a commit, is shared: the hub commits all that has come in meanwhile at once (`writer.py`).
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from dnsguard.alerts.schema import STEPS, VERSION
from dnsguard.errors import DnsguardError

T = TypeVar("T")

NAME: Final = "alerts.sqlite"
"""In state_dir."""
BUSY: Final = 5.0
"""How long a lock of somebody else is waited for. [seconds]"""
WAL_LIMIT: Final = 8 << 20
"""The write-ahead log is cut back to this after a checkpoint. [bytes]"""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNUSABLE: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
"""Errors of what was to be written, which no waiting mends: they go up as they are."""

_log = logging.getLogger("dnsguard.alerts")


class OutboxError(DnsguardError):
    """The outbox can't be written or read now; nothing of what was asked has happened. Try again later."""


class OutboxFullError(OutboxError):
    """`alerts.max_size` is reached, and all that is kept is still to be delivered."""


class Database:
    """One file, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, moving a damaged one aside; OutboxError if it can't be had."""
        self.path: Final = path
        self.moved_to: Path | None = None
        """Where a damaged file went."""
        try:
            try:
                self._db = _open(path)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self.moved_to = set_aside(path, error)
                self._db = _open(path)
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"cannot open {path}: {error}") from error

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement; sqlite3.Error goes up to the transaction it belongs to."""
        return self._db.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self._db.executemany(sql, rows)

    @property
    def size(self) -> int:
        """Bytes in use; the file may be larger by what was freed in it."""
        pages, free, page = (
            self.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page)

    def batch(self, operations: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run operations in one transaction; each fails by itself, and only a failing disk fails them all."""
        outcomes: list[T | Exception] = []
        try:
            self.execute("BEGIN IMMEDIATE")
            outcomes.extend(self._attempt(operation) for operation in operations)
            self.execute("COMMIT")
        except sqlite3.Error as error:
            failure = self._failure(error)
            return [failure for _ in operations]
        return outcomes

    def once(self, operation: Callable[[], T]) -> T:
        """Run one operation in a transaction of its own."""
        (outcome,) = self.batch([operation])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def read(self, query: Callable[[], T]) -> T:
        """Run a query; OutboxError if it fails."""
        try:
            return query()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _attempt(self, operation: Callable[[], T]) -> T | Exception:
        self.execute("SAVEPOINT one")
        try:
            outcome: T | Exception = operation()
        except sqlite3.Error as error:
            # SQLite has rolled back all by itself after some errors, a full disk among them
            if is_damage(error) or not self._db.in_transaction:
                raise
            outcome = error if isinstance(error, _UNUSABLE) else OutboxError(f"{self.path}: {error}")
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the operation
            outcome = error
        if isinstance(outcome, Exception):
            self.execute("ROLLBACK TO one")
        self.execute("RELEASE one")
        return outcome

    def _failure(self, error: sqlite3.Error) -> OutboxError:
        """Undo all, and make the file usable again if it can be."""
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self.execute("ROLLBACK")
        if is_damage(error):
            self._db.close()
            self.moved_to = set_aside(self.path, error)
            try:
                self._db = _open(self.path)
            except (sqlite3.Error, OSError) as again:
                return OutboxError(f"cannot open {self.path}: {again}")
        return OutboxError(f"{self.path}: {error}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is broken."""
    # the low byte is the primary code (sqlite.org/rescode.html)
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def set_aside(path: Path, error: object) -> Path:
    """Move a damaged file (with its log) out of the way; it may hold alerts nobody has seen, so it is never deleted."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    _log.error(
        "the alert outbox is damaged: it was moved aside and a new one begun; "
        "alerts in it that were not yet delivered stay undelivered",
        extra={"error": str(error), "path": str(path), "moved_to": str(aside)},
    )
    return aside


def _open(path: Path) -> sqlite3.Connection:
    # alerts tell who asked for what: created for its owner only, and SQLite gives -wal and -shm the same mode
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # used by one thread at a time, not always by the one that opened it
    db = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        # before the first table: what is freed can then be given back
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        _check(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise OutboxError(
            f"{path} was written by a newer dnsguard (schema {version}, this one knows {VERSION}): "
            "update dnsguard, or move the file away"
        )
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
    if version < VERSION:
        db.executescript(f"BEGIN; {''.join(STEPS[version:])} PRAGMA user_version = {VERSION}; COMMIT;")
