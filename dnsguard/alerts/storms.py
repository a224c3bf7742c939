"""Many alerts at once, told as one: ten thousand infected clients are one piece of news.

What is the same in them is looked for from the narrow to the wide: one type and domain, one type and list, one type
alone, and at last anything. As soon as enough clients share it within WINDOW, a storm opens: an alert of its own, which
is told in the place of those that follow, at once, then every EVERY while it grows, and when it gets graver. It ends
when nothing came for EVERY. Every alert is kept all the same, and names the storm it was told in.

The counts of what has just been told are not on disk: a hub that is killed counts anew, and tells a few more one by
one. A storm that is open is on disk, in the transaction of the alerts that it tells of.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dnsguard.alerts.alert import Alert, Key, Storm, listings
from dnsguard.alerts.config import Config
from dnsguard.alerts.database import Database
from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.table import Table

WINDOW: Final = 60.0
"""[seconds]"""
EVERY: Final = 300.0
"""[seconds]"""
WIDER: Final = 4
"""A type alone says less than a type and a domain: it takes so many times as many clients."""
KEPT: Final = 4096
"""Things counted at a time, each up to its bound; the oldest make room."""
SAMPLE: Final = 10
"""Clients that a storm names."""
ANY: Final = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Something that alerts can have in common."""

    kind: str
    """`zone`, `list`, `type` or ANY."""
    value: str
    slug: str
    action: str
    limit: int
    """So many are no longer told one by one."""
    by_client: bool = True
    """Whether clients are counted, or alerts."""

    @property
    def key(self) -> Key:
        """Of the storm; no client has an empty address."""
        return "", f"{self.kind}:{self.value}", self.slug, self.action


def abouts(alert: Alert, config: Config) -> Iterator[About]:
    """What an alert may have in common with others, from the narrow to the wide."""
    worst = alert.worst
    if is_operational(worst):
        return
    if config.storm_clients:
        limit = config.storm_clients
        yield About(kind="zone", value=worst.zone, slug=worst.slug, action=worst.action, limit=limit)
        for listing in listings(worst.evidence)[:1]:
            name = str(listing.get("list", ""))
            yield About(kind="list", value=name, slug=worst.slug, action=worst.action, limit=limit)
        yield About(kind="type", value="", slug=worst.slug, action=worst.action, limit=limit * WIDER)
    if config.max_per_minute:
        yield About(kind=ANY, value="", slug="", action="", limit=config.max_per_minute, by_client=False)


@dataclass(slots=True)
class Told:
    """An alert that was told one by one."""

    id: str
    client: str
    at: float


class Watch:
    """Counts what was told one by one in the last WINDOW."""

    def __init__(self) -> None:
        self._counted: Final[dict[Key, dict[str, Told]]] = {}

    def add(self, about: About, alert: Alert) -> list[Told]:
        """Count an alert; gives all that share `about` if it is the first beyond the limit, and counts anew."""
        # what was used last stands last
        told = self._counted[about.key] = self._counted.pop(about.key, {})
        counts_as = alert.worst.client if about.by_client else alert.id
        # taken up again after a full disk it is no second one
        told.pop(counts_as, None)
        told[counts_as] = Told(alert.id, alert.worst.client, alert.told)
        for old in list(_aged(told, alert.told)):
            del told[old]
        if len(told) > about.limit:
            return list(self._counted.pop(about.key).values())
        if len(self._counted) > KEPT:
            del self._counted[next(iter(self._counted))]
        return []


def _aged(told: dict[str, Told], now: float) -> Iterator[str]:
    for key, one in told.items():
        # in order of their coming; those that come late are few
        if now - WINDOW < one.at <= now:
            return
        yield key


class Storms:
    """Those of the outbox; runs inside its transactions."""

    def __init__(self, db: Database, table: Table, tell: Callable[[Alert], None]) -> None:
        """`tell` saves a storm, and queues it for the receivers."""
        self._db: Final = db
        self._table: Final = table
        self._tell: Final = tell
        self._watch: Final = Watch()
        self.told = 0
        """Alerts that a storm told of in their place, since this was made."""

    def of(self, alert: Alert, config: Config) -> str:
        """Give the id of the storm that tells of an alert in its place; empty: none does."""
        common = list(abouts(alert, config))
        for about in common:
            storm = self._table.open(about.key)
            if storm is not None and self._takes(storm, alert):
                self.told += 1
                return storm.id
        for about in common:
            if told := self._watch.add(about, alert):
                storm = opened(about, alert, told)
                self._db.executemany("UPDATE alerts SET storm = ? WHERE id = ?", [(storm.id, one.id) for one in told])
                self._tell(storm)
                return storm.id
        return ""

    def _takes(self, storm: Alert, alert: Alert) -> bool:
        """Let an open storm tell of an alert, unless it is over."""
        again = storm.turn(alert.told, EVERY)
        is_open = not storm.is_over(alert.told, EVERY)
        graver = is_open and fold(storm, alert, new_client=self._is_new(storm, alert.worst.client))
        if again or graver:
            storm.tellings += graver and not again
            self._tell(storm)
        self._table.save(storm, is_open=is_open)
        return is_open

    def _is_new(self, storm: Alert, client: str) -> bool:
        """Whether no alert of a client was told in the storm before."""
        return not self._db.execute(
            "SELECT 1 FROM alerts WHERE storm = ? AND storm <> '' AND client = ? LIMIT 1", (storm.id, client)
        ).fetchone()


def opened(about: About, alert: Alert, told: list[Told]) -> Alert:
    """Open the storm that `alert` tips, the last of those that were `told` one by one."""
    clients = list(dict.fromkeys(one.client for one in told))
    return Alert(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"dnsguard storm {about.key} {alert.id}")),
        worst=alert.worst,
        severity=alert.severity,
        first=min([alert.first, *(one.at for one in told)]),
        last=alert.last,
        count=len(told),
        told=alert.told,
        names=[alert.worst.name],
        storm=Storm(
            about=about.key[1],
            slug=about.slug,
            action=about.action,
            clients=len(clients),
            sample=clients[-SAMPLE:],
        ),
    )


def fold(storm: Alert, alert: Alert, *, new_client: bool) -> bool:
    """Let the storm tell of an alert; True if it must be told now, for it got graver."""
    assert storm.storm is not None
    storm.storm.clients += new_client
    storm.count += 1
    storm.untold += 1
    storm.first, storm.last = min(storm.first, alert.first), max(storm.last, alert.last, alert.told)
    if alert.worst.score > storm.worst.score or alert.urgency > storm.severity:
        storm.worst = alert.worst
    if len(storm.storm.sample) < SAMPLE and alert.worst.client not in storm.storm.sample:
        storm.storm.sample.append(alert.worst.client)
    graver = alert.urgency > storm.severity
    storm.severity = max(storm.severity, alert.urgency)
    return graver
