"""The outbox's tables. Times are Unix seconds; triggers keep what the code would have to remember at every place."""

from typing import Final

_FIRST: Final = """
CREATE TABLE alerts (
    n        INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    client   TEXT NOT NULL,
    zone     TEXT NOT NULL,
    slug     TEXT NOT NULL,
    action   TEXT NOT NULL,
    open     INTEGER NOT NULL,            -- 1: repeats fold into it
    told     REAL NOT NULL,               -- its window's begin, Unix seconds
    untold   INTEGER NOT NULL,            -- queries since
    last     REAL NOT NULL,               -- Unix seconds
    turn     INTEGER NOT NULL,            -- rises over all alerts with every telling; what tail follows
    pending  INTEGER NOT NULL DEFAULT 0,  -- deliveries under way; kept by the triggers
    lost     INTEGER NOT NULL DEFAULT 0,  -- deliveries given up; kept by the triggers
    record   BLOB NOT NULL                -- msgpack of alert.Alert
);
CREATE UNIQUE INDEX alerts_open ON alerts (client, zone, slug, action) WHERE open = 1;
CREATE INDEX alerts_window ON alerts (told) WHERE open = 1;
CREATE INDEX alerts_turn ON alerts (turn);
CREATE INDEX alerts_done ON alerts (lost, last) WHERE pending = 0 AND untold = 0;

CREATE TABLE deliveries (
    n        INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,        -- webhook-id
    alert    TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    webhook  TEXT NOT NULL,               -- Target.key
    label    TEXT NOT NULL,               -- Target.label, for people
    state    INTEGER NOT NULL DEFAULT 0,  -- 0 pending, 1 delivered, 2 given up
    told     REAL NOT NULL,               -- Unix seconds
    began    REAL,                        -- since when it waits, by the hub's clock
    due      REAL NOT NULL DEFAULT 0,     -- next attempt
    attempts INTEGER NOT NULL DEFAULT 0,
    error    TEXT NOT NULL DEFAULT '',    -- of the last attempt
    done     REAL,                        -- when delivered or given up
    record   BLOB NOT NULL                -- msgpack of the Alert as it was told; empty when delivered
);
CREATE UNIQUE INDEX deliveries_pending ON deliveries (alert, webhook) WHERE state = 0;
CREATE INDEX deliveries_due ON deliveries (webhook, due, n) WHERE state = 0;
CREATE INDEX deliveries_began ON deliveries (webhook, began) WHERE state = 0;
CREATE INDEX deliveries_alert ON deliveries (alert);
CREATE TRIGGER deliveries_added AFTER INSERT ON deliveries BEGIN
    UPDATE alerts SET pending = pending + (new.state = 0) WHERE id = new.alert;
END;
CREATE TRIGGER deliveries_changed AFTER UPDATE OF state ON deliveries BEGIN
    UPDATE alerts SET pending = pending + (new.state = 0) - (old.state = 0),
                      lost = lost + (new.state = 2) - (old.state = 2) WHERE id = new.alert;
END;

CREATE TABLE worker_seq (
    worker TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL,
    seen   REAL NOT NULL                  -- time of its last detection, Unix seconds
) WITHOUT ROWID;

CREATE TABLE alias (                      -- ids that clients were told, of detections that folded into an alert
    n     INTEGER PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE
);
CREATE INDEX alias_alert ON alias (alert);
"""

_SECOND: Final = """
ALTER TABLE alerts ADD COLUMN incident TEXT NOT NULL DEFAULT '';  -- the incident it belongs to
ALTER TABLE alerts ADD COLUMN storm TEXT NOT NULL DEFAULT '';     -- the alert that tells of it in its place
CREATE INDEX alerts_incident ON alerts (incident) WHERE incident <> '';
CREATE INDEX alerts_storm ON alerts (storm, client) WHERE storm <> '';

CREATE TABLE incidents (
    n      INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    client TEXT NOT NULL,
    grp    TEXT NOT NULL,
    first  REAL NOT NULL,               -- Unix seconds
    last   REAL NOT NULL,               -- Unix seconds
    worst  INTEGER NOT NULL,            -- severity of its gravest alert
    stages TEXT NOT NULL,               -- of the kill chain, in order of appearance
    alerts INTEGER NOT NULL,
    open   INTEGER NOT NULL             -- 1: its client's next alert may join it
);
CREATE UNIQUE INDEX incidents_open ON incidents (client) WHERE open = 1;
CREATE INDEX incidents_last ON incidents (last);
CREATE TRIGGER alerts_gone AFTER DELETE ON alerts WHEN old.incident <> '' BEGIN
    DELETE FROM incidents WHERE id = old.incident
        AND NOT EXISTS (SELECT 1 FROM alerts WHERE incident = old.incident AND incident <> '');
END;

CREATE TABLE feedback (                 -- outlives the alerts it is about
    n       INTEGER PRIMARY KEY,
    alert   TEXT NOT NULL UNIQUE,
    slug    TEXT NOT NULL,
    grp     TEXT NOT NULL,              -- the client's group
    lists   TEXT NOT NULL,              -- JSON list of names
    client  TEXT NOT NULL,
    zone    TEXT NOT NULL,
    verdict TEXT NOT NULL,              -- feedback.Verdict
    person  TEXT NOT NULL,
    note    TEXT NOT NULL,
    time    REAL NOT NULL               -- Unix seconds
);
CREATE INDEX feedback_time ON feedback (time);
"""

STEPS: Final = (_FIRST, _SECOND)
"""What leads from each version to the next, from an empty file on."""
VERSION: Final = len(STEPS)
"""Kept in SQLite's user_version."""
