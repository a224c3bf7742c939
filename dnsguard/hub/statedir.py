"""The folder that outlives the process: one hub at a time, and what it leaves for the next."""

import errno
import fcntl
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from dnsguard.errors import DnsguardError


class Running(msgspec.Struct, kw_only=True):
    """`hub.json`: the hub that runs, for commands and for people. One left over is that of a hub that was killed."""

    pid: int
    epoch: str
    dns: list[str]
    """Addresses with their real ports."""
    web: str = ""


class StateDir:
    """Holds the folder's lock; the kernel releases it when the hub ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the folder; DnsguardError says why it can't be had."""
        self.path: Final = path
        self.epoch: Final = uuid.uuid4().hex
        """Names this run of the hub."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DnsguardError(
                f"state_dir: {path}: {error.strerror or error}; dnsguard must be able to write there, "
                "or set state_dir to another folder"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise DnsguardError(f"state_dir: {path}: cannot be locked: {error.strerror}") from error
            other = running(path)
            who = f", process {other.pid}" if other else ""
            raise DnsguardError(
                f"state_dir: {path}: another dnsguard{who}, uses it; stop that one, or set another state_dir"
            ) from error
        self.previous: Final = running(path)
        """The hub before this one, if it was killed: its workers may still serve."""

    @property
    def hub_socket(self) -> Path:
        """Where workers reach the hub."""
        return self.path / "hub.sock"

    def publish(self, dns: list[str], web: str) -> None:
        """Write `hub.json`."""
        mine = Running(pid=os.getpid(), epoch=self.epoch, dns=dns, web=web)
        new = self.path / "hub.json.new"
        new.write_bytes(msgspec.json.encode(mine))
        new.replace(self.path / "hub.json")

    def close(self) -> None:
        """Leave the folder as after an orderly end."""
        for name in ("hub.json", "hub.sock", "control.sock"):
            with suppress(OSError):
                (self.path / name).unlink(missing_ok=True)
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def running(path: Path) -> Running | None:
    """Read `hub.json`; None if there is none, or none that can be read."""
    try:
        return msgspec.json.decode((path / "hub.json").read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return None
