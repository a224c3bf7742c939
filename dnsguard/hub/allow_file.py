"""The temporary allows that hold, in `state_dir/allows.json`: a restart takes them up, `explain` looks into it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.errors import DnsguardError
from dnsguard.policy.temporary import MAX_ALLOWS, TemporaryAllow

NAME: Final = "allows.json"
"""In state_dir."""


def save(path: Path, allows: Sequence[TemporaryAllow]) -> None:
    """Write them in one step; OSError."""
    new = path.with_name(f"{path.name}.new")
    with open(new, "wb", opener=_private) as file:
        file.write(msgspec.json.format(msgspec.json.encode(list(allows)), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read(path: Path) -> tuple[TemporaryAllow, ...]:
    """Read them; none if there is no file, DnsguardError if it can't be read."""
    try:
        return tuple(msgspec.json.decode(path.read_bytes(), type=list[TemporaryAllow])[:MAX_ALLOWS])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DnsguardError(f"{path}: temporary allows can't be read: {error}") from error


def _private(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_CLOEXEC, 0o600)
