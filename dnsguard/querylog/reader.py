"""Reads the ring while the hub writes it, for `dnsguard log`; and changes nothing."""

import ipaddress
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from dnsguard.logging import mask
from dnsguard.querylog.ring import segments
from dnsguard.querylog.segment import COLUMNS, SegmentError

CLEAN: Final = "clean"
"""Stands for "nothing was found" among verdicts."""
VERDICTS: Final = ("block", "alert", "shadow", "suppressed", CLEAN)

_log = logging.getLogger("dnsguard.querylog")


class Place(NamedTuple):
    """Where a record stands; later ones are greater."""

    segment: int = 0
    row: int = 0


START: Final = Place()
"""Before all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One record of the log."""

    place: Place
    time: float
    """[Unix seconds]"""
    client: str
    name: str | None
    """None: it could not be read."""
    qtype: int | None
    rcode: int
    took: int
    """[microseconds]"""
    count: int
    stream: bool
    action: str | None = None
    """None, as all that follows: nothing was found."""
    detector: str | None = None
    reason: str | None = None
    score: float | None = None
    threshold: float | None = None
    list: str | None = None
    alert: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records are looked for; all that is set must hold. ValueError says what is wrong with it."""

    since: float | None = None
    until: float | None = None
    """[Unix seconds]"""
    client: str = ""
    """An address or a network."""
    name: str = ""
    """This name and all below it; with `*` or `?`, a pattern of the whole name."""
    qtype: int | None = None
    verdict: str = ""
    """One of VERDICTS."""
    detector: str = ""
    after: Place = START
    """Later than this one."""

    def __post_init__(self) -> None:
        if self.client:
            _network(self.client)
        if self.verdict and self.verdict not in VERDICTS:
            raise ValueError(f"{self.verdict!r} is none of {', '.join(VERDICTS)}")


class Reader:
    """One ring."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def latest(self, wanted: Wanted, limit: int) -> list[Logged]:
        """Return what is wanted, the newest first, at most `limit`; SegmentError if nothing can be read at all."""
        found: list[Logged] = []
        try:
            there = segments(self._folder)
        except OSError as error:
            raise SegmentError(f"the query log cannot be read: {self._folder}: {error.strerror or error}") from error
        errors: list[str] = []
        for number, path in reversed(there):
            if number < wanted.after.segment or len(found) >= limit:
                break
            after = wanted.after.row if number == wanted.after.segment else 0
            try:
                found += self._search(number, path, wanted, after, limit - len(found))
            except FileNotFoundError:
                break  # the ring has moved on: what is older is gone, too
            except (sqlite3.Error, OSError) as error:
                errors.append(f"{path}: {error}")
        if errors and len(errors) == len(there):
            raise SegmentError(f"the query log cannot be read: {errors[0]}")
        for one in errors:
            _log.warning("left out a part of the query log", extra={"error": one})
        return found

    def end(self) -> Place:
        """Say where the newest record stands."""
        newest = self.latest(Wanted(), 1)
        return newest[0].place if newest else START

    def _search(self, number: int, path: Path, wanted: Wanted, after: int, limit: int) -> list[Logged]:
        path.open("rb").close()  # SQLite's own error does not tell a missing file from a forbidden one
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.create_function("overlaps", 2, _overlaps, deterministic=True)
            where, values = _conditions(wanted)
            sql = (
                f"SELECT rowid, {', '.join(COLUMNS)} FROM queries "  # noqa: S608 - column names and conditions are ours
                f"WHERE rowid > ? {where} ORDER BY rowid DESC LIMIT ?"
            )
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                return []  # being made
            return [_logged(number, row) for row in db.execute(sql, (after, *values, min(limit, 1 << 62)))]


def _conditions(wanted: Wanted) -> tuple[str, list[Any]]:
    parts: list[tuple[str, tuple[Any, ...]]] = []
    if wanted.since is not None:
        parts.append(("time >= ?", (wanted.since,)))
    if wanted.until is not None:
        parts.append(("time <= ?", (wanted.until,)))
    if wanted.verdict == CLEAN:
        parts.append(("action IS NULL", ()))
    elif wanted.verdict:
        parts.append(("action = ?", (wanted.verdict,)))
    if wanted.detector:
        parts.append(("detector = ?", (wanted.detector,)))
    if wanted.qtype is not None:
        parts.append(("qtype = ?", (wanted.qtype,)))
    parts += _of_name(wanted.name)
    parts += _of_client(wanted.client)
    return "".join(f" AND {sql}" for sql, _ in parts), [value for _, values in parts for value in values]


def _of_name(name: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    name = name.lower().rstrip(".") if name != "." else ""
    if "*" in name or "?" in name:
        yield "name GLOB ?", (name.replace("[", "[[]"),)
    elif name:
        # the second part first: most names fail it at their last letter
        yield "(substr(name, -?) = ? OR name = ?)", (len(name) + 1, f".{name}", name)


def _of_client(client: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if not client:
        return
    network = _network(client)
    if network.num_addresses == 1:
        address = str(network.network_address)
        yield "client IN (?, ?)", (address, mask(address))
    else:
        yield "overlaps(client, ?)", (str(network),)


@lru_cache(65536)
def _overlaps(client: str, network: str) -> bool:
    one, other = _network(client), _network(network)
    return one.version == other.version and one.overlaps(other)


@lru_cache(65536)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no address or network, such as 192.0.2.7 or 192.0.2.0/24") from None


def _logged(segment: int, row: Sequence[Any]) -> Logged:
    values = dict(zip(COLUMNS, row[1:], strict=True))
    return Logged(place=Place(segment, row[0]), **(values | {"stream": bool(values["stream"])}))
