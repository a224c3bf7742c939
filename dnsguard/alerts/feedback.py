"""What people said of alerts, right or a false alarm: kept longer than they are, for it says how far to trust whom."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from dnsguard.alerts.alert import Alert, listings
from dnsguard.alerts.database import Database

KEPT: Final = 10_000
"""Marks, some 300 bytes each: people make them one by one. The oldest make room."""


class Verdict(StrEnum):
    """What a person found."""

    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"


class Mark(msgspec.Struct, kw_only=True):
    """One person's word on one alert; a later one takes its place."""

    alert: str
    """Its id."""
    slug: str
    group: str
    lists: list[str]
    """Names of the lists that it came from."""
    client: str
    zone: str
    verdict: Verdict
    by: str
    note: str
    time: float
    """Unix seconds."""

    @classmethod
    def of(cls, alert: Alert, verdict: Verdict, by: str, note: str, now: float) -> "Mark":
        """Mark an alert at `now` [Unix seconds]."""
        worst = alert.worst
        names = dict.fromkeys(str(one.get("list", "")) for one in listings(worst.evidence))
        return cls(
            alert=alert.id,
            slug=worst.slug,
            group=worst.group,
            lists=list(names),
            client=worst.client,
            zone=worst.zone,
            verdict=verdict,
            by=by,
            note=note,
            time=now,
        )


@dataclass(slots=True)
class Score:
    """How often a detector or a list was right, as people say."""

    true_positives: int = 0
    false_positives: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        if verdict is Verdict.TRUE_POSITIVE:
            self.true_positives += 1
        else:
            self.false_positives += 1


def by_detector(marks: Iterable[Mark]) -> dict[tuple[str, str], Score]:
    """Sum marks up by detector and group."""
    scores: dict[tuple[str, str], Score] = {}
    for mark in marks:
        scores.setdefault((mark.slug, mark.group), Score()).add(mark.verdict)
    return scores


def by_list(marks: Iterable[Mark]) -> dict[str, Score]:
    """Sum marks up by list; one that names two lists counts for both."""
    scores: dict[str, Score] = {}
    for mark in marks:
        for name in mark.lists:
            scores.setdefault(name, Score()).add(mark.verdict)
    return scores


FIELDS: Final = "alert, slug, grp, lists, client, zone, verdict, person, note, time"


def of_row(row: Sequence[Any]) -> Mark:
    """Read the columns of FIELDS."""
    alert, slug, group, lists, client, zone, verdict, by, note, time = row
    return Mark(
        alert=alert,
        slug=slug,
        group=group,
        lists=json.loads(lists),
        client=client,
        zone=zone,
        verdict=Verdict(verdict),
        by=by,
        note=note,
        time=time,
    )


class Feedback:
    """The table `feedback`; runs inside a transaction."""

    def __init__(self, db: Database) -> None:
        self._db: Final = db

    def put(self, mark: Mark) -> None:
        """Keep a mark, in the place of an earlier one on the same alert."""
        self._db.execute(
            f"INSERT OR REPLACE INTO feedback ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - fixed
            (
                mark.alert,
                mark.slug,
                mark.group,
                json.dumps(mark.lists),
                mark.client,
                mark.zone,
                mark.verdict.value,
                mark.by,
                mark.note,
                mark.time,
            ),
        )
        self._db.execute("DELETE FROM feedback WHERE n <= (SELECT max(n) FROM feedback) - ?", (KEPT,))

    def drop(self, alert: str) -> bool:
        """Forget the mark on an alert; says whether there was one."""
        return self._db.execute("DELETE FROM feedback WHERE alert = ?", (alert,)).rowcount > 0
