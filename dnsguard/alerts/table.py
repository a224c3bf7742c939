"""The outbox's table of alerts, and that of the ids that folded into them. Runs inside the Outbox's transactions."""

import uuid
from collections.abc import Iterable
from typing import Final

import msgspec

from dnsguard.alerts.alert import Alert, Key
from dnsguard.alerts.database import Database

ALIASES: Final = 100_000
"""Ids of folded detections that can still be looked up, some 150 bytes each; the oldest are forgotten."""

decode: Final = msgspec.msgpack.Decoder(Alert).decode
_encode: Final = msgspec.msgpack.Encoder().encode


class Table:
    """The tables `alerts` and `alias`."""

    def __init__(self, db: Database) -> None:
        self._db: Final = db

    def open(self, key: Key) -> Alert | None:
        """The alert that repeats of a key fold into."""
        row = self._db.execute(
            "SELECT record FROM alerts WHERE open = 1 AND client = ? AND zone = ? AND slug = ? AND action = ?", key
        ).fetchone()
        return decode(row[0]) if row else None

    def free_id(self, wanted: str) -> str:
        """Return the detection's own id, unless a longer-lived worker used it for an alert that is over."""
        taken = self._db.execute(
            "SELECT 1 FROM alerts WHERE id = ?1 UNION ALL SELECT 1 FROM alias WHERE id = ?1", (wanted,)
        ).fetchone()
        return str(uuid.uuid4()) if taken else wanted

    def save(self, alert: Alert, *, is_open: bool = True, telling: bool = False) -> None:
        """Write an alert as it is now; the storm that has told of it once stays named."""
        self._db.execute(
            "INSERT INTO alerts (id, client, zone, slug, action, open, told, untold, last, record, incident, storm, "
            "turn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(turn), 0) + 1 FROM alerts)) "
            "ON CONFLICT (id) DO UPDATE SET open = excluded.open, told = excluded.told, untold = excluded.untold, "
            "last = excluded.last, record = excluded.record, "
            "storm = iif(excluded.storm = '', storm, excluded.storm), turn = iif(?, excluded.turn, turn)",
            (
                alert.id,
                *alert.key,
                is_open,
                alert.told,
                alert.untold,
                alert.last,
                _encode(alert),
                alert.incident,
                alert.told_in,
                telling,
            ),
        )

    def add_aliases(self, aliases: Iterable[tuple[str, str]]) -> None:
        """Note ids of detections with the ids of the alerts they folded into."""
        self._db.executemany(
            "INSERT OR IGNORE INTO alias (id, alert) "
            "SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE id = ?1)",
            aliases,
        )
        self._db.execute("DELETE FROM alias WHERE n <= (SELECT max(n) FROM alias) - ?", (ALIASES,))

    def due(self, now: float, every: float, limit: int, *, storms: bool) -> list[Alert]:
        """Open alerts whose window of `every` seconds is over, or lies in the future: the clock was set back."""
        # storms are few, and found by their key; the others by their time
        which = "client = '' AND (+told <= ? OR +told > ?)" if storms else "client <> '' AND (told <= ? OR told > ?)"
        rows = self._db.execute(
            f"SELECT record FROM alerts WHERE open = 1 AND {which} LIMIT ?",  # noqa: S608 - fixed
            (now - every, now + every, limit),
        ).fetchall()
        return [decode(record) for (record,) in rows]

    def drop(self, which: str, values: tuple[float, ...], limit: int) -> int:
        """Delete alerts that nothing waits for: delivered before given up, the oldest first."""
        return self._db.execute(
            "DELETE FROM alerts WHERE n IN (SELECT n FROM alerts WHERE pending = 0 AND untold = 0 "  # noqa: S608 - fixed
            f"AND {which} ORDER BY lost, last LIMIT ?)",
            (*values, limit),
        ).rowcount
