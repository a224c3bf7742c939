"""One record, as workers write it and as the ring keeps it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from dnsguard.model import Finding, Judged

SOCKET: Final = "querylog.sock"
"""In state_dir."""
FOLDER: Final = "queries"
"""In state_dir."""
QUESTION: Final = 259
"""Longest question: a name of 255 octets, type and class. [bytes]"""


class Verdict(msgspec.Struct, array_like=True, omit_defaults=True):
    """What was found and what came of it, in the words of the alert."""

    action: str
    """`block`, `alert`, `shadow` or `suppressed`."""
    detector: str
    reason: str
    score: float
    threshold: float
    list: str = ""
    """The first list that has the name."""
    alert: str = ""
    """Id of the alert; empty: none was told."""


class Record(NamedTuple):
    """One answered query, or several equal ones, as a worker saw it; sent as a MessagePack array.

    A plain tuple, for a worker makes one for each query.
    """

    time: float
    """When the first one came. [Unix seconds]"""
    client: bytes
    """Packed address, 4 or 16 bytes."""
    question: bytes
    """The packet from its question on, at most QUESTION bytes."""
    rcode: int
    """The answer's, without the upper bits that EDNS may add."""
    took: float
    """From the query to its answer; 0: nobody else was asked. [seconds]"""
    times: int
    """How many equal ones: cached answers of one client within a second are one record."""
    stream: bool
    """Over TCP."""
    verdict: Verdict | None


class Batch(msgspec.Struct, array_like=True):
    """What a worker sends: one datagram."""

    drift: float
    """To be added to all times: the wall clock was set since the worker started. [seconds]"""
    records: list[Record]


encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Batch).decode


def verdict(judged: Judged) -> Verdict:
    """The verdict as it is logged."""
    finding = judged.finding
    return Verdict(
        action="suppressed" if finding.suppressed else judged.mode.value,
        detector=finding.slug,
        reason=finding.reason,
        score=finding.score,
        threshold=finding.threshold,
        list=list_of(finding),
        alert=judged.alert,
    )


def list_of(finding: Finding) -> str:
    """Name the first list that has it; empty: it is not about a list."""
    lists: Any = finding.evidence.get("lists")
    first = lists[0] if isinstance(lists, list | tuple) and lists else None
    return str(first.get("list", "")) if isinstance(first, Mapping) else ""


def folder(state_dir: Path) -> Path:
    """Where the ring lies."""
    return state_dir / FOLDER
