"""Alerts and their deliveries on disk: what is recorded here is told, whatever is killed in between.

Every call blocks on the disk: the hub makes them in one thread of its own, through `writer.AsyncOutbox`.

Full outbox: the oldest alerts that nothing waits for make room (delivered ones before given-up ones). If everything
is still to be delivered, a *new* alert is refused with OutboxFullError, and repeats go on folding. The worker keeps
what was refused and sends it again; messages are given up after `give_up`, so room comes. Nothing goes missing
silently: a refusal is counted here, and a worker counts what it can't keep any longer. Dropping undelivered alerts
instead would let whoever can fill the outbox (random names do) push out what he wants unseen.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from dnsguard.alerts import storms
from dnsguard.alerts.alert import Alert, Key, key_of
from dnsguard.alerts.config import Config
from dnsguard.alerts.database import Database, OutboxFullError
from dnsguard.alerts.deliveries import Counts, Deliveries, Delivery
from dnsguard.alerts.incidents import Incidents
from dnsguard.alerts.table import Table
from dnsguard.alerts.targets import Target
from dnsguard.alerts.trim import trim
from dnsguard.model import UNTOLD, Detection

T = TypeVar("T")

MIN_SIZE: Final = 1 << 20
"""Below this no outbox works, whatever max_size says. [bytes]"""
DROP: Final = 256
"""Alerts that make room at a time."""
ORPHANED: Final = 86400.0
"""How long the messages of a webhook that is no longer configured wait for its return. [seconds]"""
SWEEP: Final = 500
"""Rows one sweep changes: it must not keep findings waiting."""

_UNTOLD: Final = f"action IN ({', '.join(repr(action) for action in sorted(UNTOLD))})"

_log = logging.getLogger("dnsguard.alerts")


class Outbox:
    """One file, written by one process (the hub), read by any."""

    def __init__(self, path: Path, config: Config, webhooks: Sequence[Target] = ()) -> None:
        """Open or create the file; OutboxError if it can't be had. A damaged file is moved aside."""
        self.path: Final = path
        self._db: Final = Database(path)
        self._deliveries: Final = Deliveries(self._db)
        self._incidents: Final = Incidents(self._db)
        self._table: Final = Table(self._db)
        self._storms: Final = storms.Storms(self._db, self._table, self._tell)
        self.dropped = 0
        """Finished alerts that made room, or were older than `keep`."""
        self.refused = 0
        """Times that a new alert found no room."""
        self._untold = True
        """There may be alerts that were told to nobody."""
        self.configure(config, webhooks)

    @property
    def told_in_storms(self) -> int:
        """Alerts that a storm told of in their place, since this was opened."""
        return self._storms.told

    def configure(self, config: Config, webhooks: Sequence[Target]) -> None:
        """Take another configuration; a webhook that is new gets what is told from now on."""
        self._config = config
        self._webhooks = tuple({webhook.key: webhook for webhook in webhooks}.values())

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def batch(self, operations: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run operations (`…_op`) in one transaction; each fails by itself, and only a failing disk fails them all."""
        return self._db.batch(operations)

    def record(self, worker: str, seq: int, detections: Sequence[Detection]) -> None:
        """Keep a worker's findings, fold them, and queue what is to be told; all of it or nothing.

        A `seq` that is not above the worker's last was recorded already, and is ignored. When this returns, it is on
        the disk. OutboxError: nothing was kept, send it again later.
        """
        self._db.once(lambda: self.record_op(worker, seq, detections))

    def record_op(self, worker: str, seq: int, detections: Sequence[Detection]) -> None:
        """Do what `record` does, for `batch`."""
        if seq <= self.last_seq(worker):
            return
        touched: dict[Key, Alert] = {}
        aliases: list[tuple[str, str]] = []
        opened = 0
        for detection in detections:
            key = key_of(detection)
            alert = touched.get(key) or self._table.open(key)
            if alert and alert.turn(detection.time, self._config.repeat_every):
                self._tell(alert)
            if alert and not alert.is_over(detection.time, self._config.repeat_every):
                alert.add(self._trimmed(detection) if alert.would_show(detection) else detection)
                self._incidents.follow(alert)
                if detection.id != alert.id:
                    aliases.append((detection.id, alert.id))
            else:
                if alert:
                    self._table.save(alert, is_open=False)
                if opened % 64 == 0:
                    self._make_room()
                opened += 1
                alert = Alert.opened_by(self._trimmed(detection), self._table.free_id(detection.id))
                self._incidents.join(alert, self._config.incident_window)
                self._tell(alert)
            touched[key] = alert
        for alert in touched.values():
            self._table.save(alert)
        self._table.add_aliases(aliases)
        self._db.execute(
            "INSERT INTO worker_seq VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET seq = excluded.seq, seen = excluded.seen",
            (worker, seq, max((detection.time for detection in detections), default=0.0)),
        )

    def change_op(self, change: Callable[[Database], None]) -> None:
        """Change a table that is not the outbox's own, for `batch`."""
        change(self._db)

    def last_seq(self, worker: str) -> int:
        """The highest `seq` recorded of a worker; 0: none."""
        row = self._db.execute("SELECT seq FROM worker_seq WHERE worker = ?", (worker,)).fetchone()
        return row[0] if row else 0

    def _trimmed(self, detection: Detection) -> Detection:
        return msgspec.structs.replace(detection, evidence=trim(detection.evidence))

    def _tell(self, alert: Alert) -> None:
        if alert.worst.action in UNTOLD:
            self._untold = True
            self._table.save(alert, telling=True)
            return
        if alert.storm is None:
            alert.told_in = self._storms.of(alert, self._config)
        self._table.save(alert, telling=True)
        if not alert.told_in:
            self._deliveries.tell(alert, self._webhooks)

    @property
    def size(self) -> int:
        """Bytes in use; the file may be larger by what was freed in it."""
        return self._db.size

    def _make_room(self) -> None:
        bound = max(self._config.max_size, MIN_SIZE)
        while self.size > bound:
            # what was told to nobody goes first: a detector on trial must not push out what people have seen
            if self._untold and self._drop(_UNTOLD, (), DROP):
                continue
            self._untold = False
            if self._drop("1 = 1", (), DROP):
                continue
            self.refused += 1
            raise OutboxFullError(
                f"{self.path}: {bound} bytes are full of alerts that no webhook has accepted yet; "
                "mend the webhooks, or raise alerts.max_size"
            )

    def _drop(self, which: str, values: tuple[float, ...], limit: int) -> int:
        count = self._table.drop(which, values, limit)
        self.dropped += count
        return count

    def sweep(self, now: float) -> bool:
        """Tell again what repeated, give up what waited too long, drop what is old; call every few seconds.

        `now` in Unix seconds. True: there is more of it, call again at once. OutboxError: try again later.
        """
        return self._db.once(lambda: self.sweep_op(now))

    def sweep_op(self, now: float) -> bool:
        """Do what `sweep` does, for `batch`."""
        more = False
        for every, of_storms in ((self._config.repeat_every, False), (storms.EVERY, True)):
            due = self._table.due(now, every, SWEEP, storms=of_storms)
            for alert in due:
                if alert.turn(now, every):
                    self._tell(alert)
                self._table.save(alert, is_open=not alert.is_over(now, every))
            more = more or len(due) == SWEEP

        give_up = {webhook.key: webhook for webhook in self._webhooks}
        for key in self._deliveries.waiting_webhooks():
            patience = give_up[key].give_up if key in give_up else ORPHANED
            if count := self._deliveries.expire(key, patience, now, SWEEP):
                label = give_up[key].label if key in give_up else key
                _log.error("alerts could not be delivered and were given up", extra={"webhook": label, "count": count})
                more = more or count == SWEEP

        horizon = now - self._config.keep
        more = self._drop("last < ?", (horizon,), SWEEP) == SWEEP or more
        self._db.execute("DELETE FROM worker_seq WHERE seen < ?", (horizon,))
        # what was freed goes back to the disk a little at a time
        self._db.execute("PRAGMA incremental_vacuum(64)").fetchall()
        return more

    def due(self, webhook: str, now: float, limit: int) -> list[Delivery]:
        """Messages for the webhook (Target.key) to try now, the oldest first."""
        return self._db.read(lambda: self._deliveries.due(webhook, now, limit))

    def next_due(self, webhook: str, now: float) -> float | None:
        """When the next message that is not yet due will be; None: there is none [Unix seconds]."""
        return self._db.read(lambda: self._deliveries.next_due(webhook, now))

    def delivered(self, message: str, now: float) -> None:
        """Note that a receiver accepted a message."""
        self._db.once(lambda: self.delivered_op(message, now))

    def delivered_op(self, message: str, now: float) -> None:
        """Do what `delivered` does, for `batch`."""
        self._deliveries.delivered(message, now)

    def failed(self, message: str, now: float, due: float, error: str) -> None:
        """Note a failed attempt, and when the next is due [Unix seconds]."""
        self._db.once(lambda: self.failed_op(message, now, due, error))

    def failed_op(self, message: str, now: float, due: float, error: str) -> None:
        """Do what `failed` does, for `batch`."""
        self._deliveries.failed(message, now, due, error)

    def hurry(self, webhook: str) -> None:
        """Make all that waits for a later attempt due: the receiver is back."""
        self._db.once(lambda: self.hurry_op(webhook))

    def hurry_op(self, webhook: str) -> None:
        """Do what `hurry` does, for `batch`."""
        self._deliveries.hurry(webhook)

    def counts(self) -> dict[str, Counts]:
        """How many messages wait and were given up, by webhook key."""
        return self._db.read(self._deliveries.counts)
