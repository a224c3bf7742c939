"""How tables are written and read: pieces of MessagePack, each behind its length in four octets, and their values."""

import math
from typing import Any, Final

import msgspec

AT_ONCE: Final = 64
"""Clients or zones in a piece: others get their turn in between."""
NOT_SAVED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError)
"""What reading raises where something was not saved so."""


def frame(value: object) -> bytes:
    """One piece of what is saved: its length in four octets, and MessagePack."""
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(4, "big") + data


def frames(data: bytes) -> list[Any]:
    """The pieces; ValueError if the last is not whole."""
    values: list[Any] = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            raise ValueError("ends early")
        values.append(msgspec.msgpack.decode(data[at + 4 : end]))
        at = end
    return values


def list_of(value: object) -> list[Any]:
    """A list; TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def text_of(value: object) -> str:
    """A text; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def octets_of(value: object) -> bytes:
    """Octets; TypeError for anything else."""
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r} are no octets")
    return value


def number(value: object) -> float:
    """A finite number, zero or more; ValueError or TypeError for anything else."""
    found = finite(value)
    if found < 0.0:
        raise ValueError(f"{value!r} is no count")
    return found


def finite(value: object) -> float:
    """A finite number; ValueError or TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return float(value)
