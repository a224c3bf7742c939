"""The outbox's queue of messages: what is due, what became of it. Runs inside the Outbox's transactions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.database import Database
from dnsguard.alerts.retry import MAX_WAIT
from dnsguard.alerts.targets import Target

PENDING: Final = 0
DELIVERED: Final = 1
GIVEN_UP: Final = 2

_decode: Final = msgspec.msgpack.Decoder(Alert).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one webhook."""

    id: str
    """webhook-id: the same at every attempt."""
    alert: Alert
    """As it was told: the same at every attempt."""
    attempts: int
    """So far."""
    began: float | None
    """Since when it waits, by the hub's clock; None: since now. [Unix seconds]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Messages of one webhook."""

    pending: int = 0
    given_up: int = 0


class Deliveries:
    """The table `deliveries`."""

    def __init__(self, db: Database) -> None:
        self._db: Final = db

    def tell(self, alert: Alert, webhooks: Sequence[Target]) -> None:
        """Queue the alert, as it is now, for each webhook that wants its severity.

        A message still pending is replaced under a new id: its receiver is behind, and wants the present state once,
        not one message for each hour it was away. So there is at most one pending message per alert and webhook.
        """
        record = msgspec.msgpack.encode(alert)
        for webhook in webhooks:
            if alert.urgency < webhook.min_severity:
                continue
            message = f"msg_{uuid.uuid4().hex}"
            replaced = self._db.execute(
                "UPDATE deliveries SET id = ?, told = ?, record = ? WHERE alert = ? AND webhook = ? AND state = 0",
                (message, alert.told, record, alert.id, webhook.key),
            ).rowcount
            if not replaced:
                self._db.execute(
                    "INSERT INTO deliveries (id, alert, webhook, label, told, record) VALUES (?, ?, ?, ?, ?, ?)",
                    (message, alert.id, webhook.key, webhook.label, alert.told, record),
                )

    def due(self, webhook: str, now: float, limit: int) -> list[Delivery]:
        """Messages to try now, the oldest first."""
        rows = self._db.execute(
            "SELECT id, record, attempts, began FROM deliveries "
            "WHERE webhook = ? AND state = 0 AND due <= ? ORDER BY due, n LIMIT ?",
            (webhook, now, limit),
        ).fetchall()
        return [Delivery(id=row[0], alert=_decode(row[1]), attempts=row[2], began=row[3]) for row in rows]

    def next_due(self, webhook: str, now: float) -> float | None:
        """When the next message that is not yet due will be; None: there is none [Unix seconds]."""
        due: float | None = self._db.execute(
            "SELECT min(due) FROM deliveries WHERE webhook = ? AND state = 0 AND due > ?", (webhook, now)
        ).fetchone()[0]
        return due

    def delivered(self, message: str, now: float) -> None:
        """Note that a receiver accepted it; one that was replaced meanwhile is of no matter."""
        self._db.execute(
            "UPDATE deliveries SET state = 1, done = ?, attempts = attempts + 1, error = '', record = x'' "
            "WHERE id = ? AND state = 0",
            (now, message),
        )

    def failed(self, message: str, now: float, due: float, error: str) -> None:
        """Note a failed attempt at `now`, and when the next is due [Unix seconds]."""
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, began = coalesce(began, ?), due = ?, error = ? "
            "WHERE id = ? AND state = 0",
            (now, due, error, message),
        )

    def hurry(self, webhook: str) -> None:
        """Make all that waits for a later attempt due: the receiver is back."""
        self._db.execute("UPDATE deliveries SET due = 0 WHERE webhook = ? AND state = 0 AND due > 0", (webhook,))

    def expire(self, webhook: str, give_up: float, now: float, limit: int) -> int:
        """Give up what has waited for `give_up` seconds; returns how many did."""
        self._db.execute(
            "UPDATE deliveries SET began = ? WHERE webhook = ? AND state = 0 AND (began IS NULL OR began > ?)",
            (now, webhook, now),
        )
        # nothing waits that long: the clock was set back
        self._db.execute(
            "UPDATE deliveries SET due = 0 WHERE webhook = ? AND state = 0 AND due > ?", (webhook, now + 2 * MAX_WAIT)
        )
        return self._db.execute(
            "UPDATE deliveries SET state = 2, done = ? WHERE n IN "
            "(SELECT n FROM deliveries WHERE webhook = ? AND state = 0 AND began <= ? LIMIT ?)",
            (now, webhook, now - give_up, limit),
        ).rowcount

    def waiting_webhooks(self) -> list[str]:
        """Keys of all webhooks with pending messages, also of those no longer configured."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT webhook FROM deliveries WHERE state = 0")]

    def counts(self) -> dict[str, Counts]:
        """How many messages wait and were given up, by webhook key."""
        rows = self._db.execute(
            "SELECT webhook, sum(state = 0), sum(state = 2) FROM deliveries WHERE state <> 1 GROUP BY webhook"
        )
        return {row[0]: Counts(pending=row[1], given_up=row[2]) for row in rows}
