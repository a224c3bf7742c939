"""A feed's files. Every method touches the disk, so the hub calls them in threads; OSError goes up."""

import contextlib
import fcntl
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

SUFFIXES: Final = (".list", ".json", ".part", ".new", ".refused")
ABANDONED: Final = 7 * 86400.0
"""Files of a url that no list names any more are kept this long: its section may only be commented out. [seconds]"""


class Refusal(msgspec.Struct, kw_only=True):
    """The last content that was not believed."""

    reason: str
    at: float
    """[unix seconds]"""
    size: int = 0
    """Of what was kept aside; 0: nothing was. [bytes]"""


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of a feed; times are Unix seconds, 0 means never."""

    url: str
    etag: str = ""
    """Of the last good copy, as is `modified`."""
    modified: str = ""
    fetched: float = 0.0
    """When the last good copy came."""
    checked: float = 0.0
    """When its server last gave it, or said that it holds."""
    size: int = 0
    """Of the last good copy. [bytes]"""
    digest: str = ""
    """SHA-256 of the last good copy."""
    pin: str = ""
    """The `sha256` that the configuration had when it came."""
    due: float = 0.0
    """When it is asked for next."""
    failures: int = 0
    """In a row."""
    error: str = ""
    """Why the last attempt failed; empty if it did not."""
    refused: Refusal | None = None
    """Set while what the server has is not believed."""
    told: str = ""
    """Slug of the alert that says so, until the recovery was told."""
    told_at: float = 0.0
    removed: float = 0.0
    """Since when no list names it."""


class Store:
    """The folder of all feeds."""

    def __init__(self, directory: Path) -> None:
        self.directory: Final = directory
        self._lock: int | None = None

    def open(self) -> bool:
        """Make the folder and take its lock; False if another process has it: only one may write here."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock
        return True

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def path(self, key: str, suffix: str) -> Path:
        """Name a file of a feed."""
        return self.directory / f"{key}{suffix}"

    def recover(self) -> set[str]:
        """Remove what a killed process had under way; gives the keys of feeds that were, so that they are due."""
        cut = {path.stem for suffix in (".part", ".new") for path in self.directory.glob(f"*{suffix}")}
        for key in cut:
            self.drop(key)
        return cut

    def load(self, key: str, url: str) -> State:
        """Read what is known; what can't be read, or does not fit the copy that is there, is not known."""
        state = self._read(key)
        try:
            size = self.path(key, ".list").stat().st_size
        except OSError:
            size = -1
        if size != state.size or state.url != url:
            # the copy is older or younger than what was noted: what the server is asked must not rest on that
            state.url, state.etag, state.modified, state.digest, state.size = url, "", "", "", max(size, 0)
        if size < 0:
            state.fetched = state.checked = 0.0
        return state

    def save(self, key: str, state: State) -> None:
        """Write what is known, in one step."""
        new = self.path(key, ".json.new")
        with new.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path(key, ".json"))

    def offer(self, key: str) -> None:
        """Let what has come whole be judged."""
        self.path(key, ".part").replace(self.path(key, ".new"))

    def accept(self, key: str) -> None:
        """Put what was judged good in the last good copy's place."""
        self.path(key, ".new").replace(self.path(key, ".list"))
        self._sync()

    def refuse(self, key: str) -> int:
        """Keep what was not believed aside; gives its size [bytes], 0 if there is nothing."""
        for suffix in (".new", ".part"):
            with contextlib.suppress(FileNotFoundError):
                self.path(key, suffix).replace(self.path(key, ".refused"))
                return self.path(key, ".refused").stat().st_size
        return 0

    def drop(self, key: str, suffixes: Iterable[str] = (".part", ".new")) -> None:
        """Remove files that are there."""
        for suffix in suffixes:
            self.path(key, suffix).unlink(missing_ok=True)

    def sweep(self, wanted: Collection[str], now: float) -> None:
        """Remove files of urls that no list has named for ABANDONED; call it now and then."""
        keys = {path.name.partition(".")[0] for suffix in SUFFIXES for path in self.directory.glob(f"*{suffix}")}
        for key in keys.difference(wanted):
            state = self._read(key)
            if not 0.0 < state.removed <= now:
                state.removed = now
                self.save(key, state)
            elif now - state.removed > ABANDONED:
                self.drop(key, SUFFIXES)

    def _read(self, key: str) -> State:
        try:
            return msgspec.json.decode(self.path(key, ".json").read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return State(url="")

    def _sync(self) -> None:
        folder = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
