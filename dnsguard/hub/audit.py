"""Who changed what while it ran: `state_dir/audit.jsonl`, a JSON object a line, for people and for collectors.

What stands in config.toml has its own history; here is what never does: temporary allows, marks on alerts.
"""

import logging
import os
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.alerts.record import iso
from dnsguard.errors import DnsguardError

NAME: Final = "audit.jsonl"
"""In state_dir."""
MAX_SIZE: Final = 1 << 20
"""A file that is longer, some 5,000 entries, becomes `audit.jsonl.1`, in place of the one before. [bytes]"""

_log = logging.getLogger("dnsguard.audit")


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One deed."""

    time: str
    """UTC, as in alerts."""
    action: str
    """For example `allow.add`."""
    by: str
    """Who; `dnsguard` itself for what ends by its time."""
    about: str
    reason: str = ""


class Audit:
    """The file; written by the hub."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def note(self, action: str, by: str, about: str, now: float, reason: str = "") -> None:
        """Write a deed that was done at `now` [Unix seconds]; it blocks, and a disk that takes nothing is logged."""
        entry = Entry(time=iso(now), action=action, by=by, about=about, reason=reason)
        _log.info(action, extra={"by": by, "about": about, "reason": reason})
        try:
            with open(self._path, "ab", opener=_private) as file:
                file.write(msgspec.json.encode(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            if size > MAX_SIZE:
                self._path.replace(_older(self._path))
        except OSError as error:
            _log.error("what was done cannot be audited", extra={"error": str(error), "entry": str(entry)})


def read(path: Path, limit: int, actions: Collection[str] = ()) -> list[Entry]:
    """Give the last deeds, of these actions or all, the newest first; DnsguardError if they can't be read."""
    found: deque[Entry] = deque(maxlen=limit)
    for one in (_older(path), path):
        try:
            lines = one.read_bytes().splitlines()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DnsguardError(f"cannot read {one}: {error.strerror}") from error
        for line in lines:
            # a line that a crash cut short says nothing
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                entry = msgspec.json.decode(line, type=Entry)
                if not actions or entry.action in actions:
                    found.append(entry)
    return list(reversed(found))


def _older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _private(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_CLOEXEC, 0o600)
