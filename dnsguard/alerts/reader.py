"""Reads the outbox while the hub writes it, for `dnsguard alerts` and the dashboard; and changes nothing."""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from dnsguard.alerts import feedback, incidents
from dnsguard.alerts.alert import Alert
from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.deliveries import DELIVERED, GIVEN_UP, PENDING
from dnsguard.alerts.feedback import Mark
from dnsguard.alerts.incidents import Incident
from dnsguard.alerts.schema import VERSION
from dnsguard.model import UNTOLD, Severity

LEAST: Final = Severity.INFORMATIONAL
STATES: Final = {PENDING: "pending", DELIVERED: "delivered", GIVEN_UP: "given up"}

_ALERTS: Final = (
    "SELECT turn, id, record, pending, lost, (SELECT count(*) FROM deliveries WHERE alert = alerts.id), storm, "
    "(SELECT verdict FROM feedback WHERE alert = alerts.id) FROM alerts"
)
_decode: Final = msgspec.msgpack.Decoder(Alert).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one message."""

    webhook: str
    """Its label."""
    id: str
    """webhook-id."""
    state: str
    """One of STATES."""
    attempts: int
    error: str
    """Of the last attempt, if it failed."""
    told: float
    """Unix seconds."""
    due: float
    """When it is tried next; 0: now. [Unix seconds]"""
    done: float | None
    """When it was delivered or given up. [Unix seconds]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An alert, and what was sent of it."""

    turn: int
    """Rises over all alerts with every telling."""
    alert: Alert
    pending: int
    """Messages still to be delivered."""
    given_up: int
    """Messages given up."""
    messages: int
    """All messages, delivered ones too; 0: no webhook wanted it, or a storm told of it."""
    storm: str = ""
    """The storm that told of it, now or earlier; empty: none."""
    verdict: str = ""
    """feedback.Verdict: what a person said of it; empty: nothing."""
    deliveries: tuple[Delivery, ...] = ()
    """In order; only from `find`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts are looked for; all that is set must hold."""

    since: float | None = None
    """Seen at or after. [Unix seconds]"""
    severity: Severity = Severity.INFORMATIONAL
    """At least."""
    client: str = ""
    """Exactly."""
    zone: str = ""
    """This domain, or one below it."""
    slug: str = ""
    incident: str = ""
    """Of the incident with this id, also its beginning."""
    storm: str = ""
    """Told in the storm with this id, also its beginning."""
    after: int = 0
    """Told later than this turn."""
    before: int = 0
    """Told earlier than this turn; 0: no matter."""
    until: float | None = None
    """Seen at or before. [Unix seconds]"""
    untold: bool = False
    """Also what was only counted: found in shadow mode, or suppressed."""

    def holds(self, stored: Stored) -> bool:
        """Whether an alert is wanted."""
        alert = stored.alert
        client, zone, slug, action = alert.key
        return (
            (self.untold or action not in UNTOLD)
            and (self.until is None or alert.first <= self.until)
            and alert.severity >= self.severity
            and (not self.client or client == self.client)
            and (not self.zone or f".{zone}".endswith(f".{self.zone}") or self.zone in alert.names)
            and (not self.slug or slug == self.slug)
            and (not self.incident or alert.incident.startswith(self.incident))
            and (not self.storm or stored.storm.startswith(self.storm))
        )


class NoOutboxError(OutboxError):
    """There is no outbox yet."""


class Reader:
    """Opens the file for each question, so that it may come, go, or be moved aside in between."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def latest(self, wanted: Wanted, limit: int) -> list[Stored]:
        """Return the alerts told last, the newest first; none if there is no file yet. OutboxError."""
        since = -1e18 if wanted.since is None else wanted.since
        before = wanted.before or sys.maxsize
        found: list[Stored] = []
        try:
            with self._open() as db:
                for row in db.execute(
                    _ALERTS + " WHERE turn > ? AND turn < ? AND last >= ? ORDER BY turn DESC",
                    (wanted.after, before, since),
                ):
                    stored = _stored(row)
                    if wanted.holds(stored):
                        found.append(stored)
                    if len(found) >= limit:
                        break
        except NoOutboxError:
            return []
        return found

    def find(self, text: str) -> list[Stored]:
        """Return the alert with this id, or with an id that begins so, or that a detection of this id folded into.

        The text in a blocked answer names such an id. More than one: the beginning is not unique; at most 10.
        """
        with self._open() as db:
            rows = db.execute(
                _ALERTS + " WHERE id = ?1 OR id = (SELECT alert FROM alias WHERE id = ?1)",  # noqa: S608 - fixed
                (text,),
            ).fetchall()
            if not rows and text:
                rows = db.execute(
                    _ALERTS + " WHERE id >= ?1 AND id < ?2 "  # noqa: S608 - fixed
                    "OR id IN (SELECT alert FROM alias WHERE id >= ?1 AND id < ?2) LIMIT 10",
                    (text, text + "\U0010ffff"),
                ).fetchall()
            return [_stored(row, _deliveries(db, row[1])) for row in rows]

    def incidents(
        self, limit: int, *, since: float | None = None, client: str = "", least: int = 1, severity: Severity = LEAST
    ) -> list[Incident]:
        """Return the incidents seen last, the newest first, of at least so many alerts; none without a file.

        `since` in Unix seconds. OutboxError.
        """
        try:
            with self._open() as db:
                rows = db.execute(
                    f"SELECT {incidents.FIELDS} FROM incidents WHERE last >= ? AND (? = '' OR client = ?) "  # noqa: S608 - fixed
                    "AND alerts >= ? ORDER BY last DESC, n DESC",
                    (-1e18 if since is None else since, client, client, least),
                )
                found = (one for one in map(incidents.of_row, rows) if one.severity >= severity)
                return list(islice(found, limit))
        except NoOutboxError:
            return []

    def incident(self, text: str) -> list[Incident]:
        """Return the incident whose id is, or begins with, `text`; more: it is not unique; at most 10."""
        with self._open() as db:
            rows = db.execute(
                f"SELECT {incidents.FIELDS} FROM incidents WHERE id >= ? AND id < ? LIMIT 10",  # noqa: S608 - fixed
                (text, text + "\U0010ffff"),
            )
            return list(map(incidents.of_row, rows))

    def timeline(self, incident: str, limit: int) -> list[Stored]:
        """Return the alerts of the incident with this id as they began, the oldest first."""
        with self._open() as db:
            rows = db.execute(
                _ALERTS + " WHERE incident = ? AND incident <> '' ORDER BY n LIMIT ?",
                (incident, limit),
            )
            return sorted(map(_stored, rows), key=lambda stored: stored.alert.first)

    def marks(self, since: float | None = None) -> list[Mark]:
        """Return what people said at or after `since` [Unix seconds], the newest first; none without a file."""
        try:
            with self._open() as db:
                rows = db.execute(
                    f"SELECT {feedback.FIELDS} FROM feedback WHERE time >= ? ORDER BY time DESC, n DESC",  # noqa: S608 - fixed
                    (-1e18 if since is None else since,),
                )
                return list(map(feedback.of_row, rows))
        except NoOutboxError:
            return []

    def mark(self, alert: str) -> Mark | None:
        """Return what a person said of the alert with this id."""
        with self._open() as db:
            row = db.execute(f"SELECT {feedback.FIELDS} FROM feedback WHERE alert = ?", (alert,)).fetchone()  # noqa: S608 - fixed
            return feedback.of_row(row) if row else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open for one question; an empty database if there is no file yet."""
        try:
            # SQLite's own error does not tell a missing file from a forbidden one
            self._path.open("rb").close()
            db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        except FileNotFoundError:
            raise NoOutboxError(f"no alerts yet: there is no {self._path}") from None
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"cannot read {self._path}: {error}") from error
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if not version:
                raise NoOutboxError(f"no alerts yet: {self._path} is being made")
            if version != VERSION:
                raise OutboxError(f"cannot read {self._path}: its schema is {version}, this dnsguard knows {VERSION}")
            yield db
        except sqlite3.Error as error:
            raise OutboxError(f"cannot read {self._path}: {error}") from error
        finally:
            db.close()


def _stored(row: Sequence[Any], deliveries: tuple[Delivery, ...] = ()) -> Stored:
    return Stored(
        turn=row[0],
        alert=_decode(row[2]),
        pending=row[3],
        given_up=row[4],
        messages=row[5],
        storm=row[6],
        verdict=row[7] or "",
        deliveries=deliveries,
    )


def _deliveries(db: sqlite3.Connection, alert: str) -> tuple[Delivery, ...]:
    rows = db.execute(
        "SELECT label, id, state, attempts, error, told, due, done FROM deliveries WHERE alert = ? ORDER BY n", (alert,)
    )
    return tuple(
        Delivery(
            webhook=label,
            id=message,
            state=STATES[state],
            attempts=attempts,
            error=error,
            told=told,
            due=due,
            done=done,
        )
        for label, message, state, attempts, error, told, due, done in rows
    )
