"""Marks on alerts: by the hub that runs, or in its absence; audited either way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

from dnsguard.alerts import database
from dnsguard.alerts.database import Database
from dnsguard.alerts.feedback import Feedback, Mark, Verdict
from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.reader import Reader, Stored
from dnsguard.alerts.trim import safe, shorten
from dnsguard.config import checks
from dnsguard.errors import DnsguardError
from dnsguard.hub import audit
from dnsguard.hub.audit import Audit
from dnsguard.hub.commands import MarkAlert, MarkAnswer
from dnsguard.tasks import clock

Write = Callable[[Callable[[Database], None]], Awaitable[None]]
"""Runs something in a transaction of the outbox."""


class Marking:
    """The running hub's; one loop's."""

    def __init__(self, path: Path, trail: Audit, write: Write, now: Callable[[], float] = clock) -> None:
        """`path` is the outbox's file."""
        self._reader: Final = Reader(path)
        self._audit: Final = trail
        self._write: Final = write
        self._now: Final = now

    async def mark(self, text: str, verdict: Verdict | None, *, by: str, note: str = "") -> Mark:
        """Mark the alert whose id is, or begins with, `text`; None takes the mark away. DnsguardError says why not."""
        stored = await asyncio.to_thread(one_alert, self._reader, text)
        made = _mark(stored, verdict, by, note, self._now())
        await self._write(lambda db: _put(db, made, retract=verdict is None))
        await asyncio.to_thread(_note, self._audit, made, self._now(), retract=verdict is None)
        return made

    async def answer(self, command: MarkAlert) -> AsyncIterator[MarkAnswer]:
        """Answer a command of the control socket."""
        yield MarkAnswer(mark=await self.mark(command.alert, command.verdict, by=command.by, note=command.note))


def mark_alone(state_dir: Path, text: str, verdict: Verdict | None, *, by: str, note: str = "") -> Mark:
    """Do what `Marking.mark` does, without a hub."""
    path = state_dir / database.NAME
    now = clock()
    made = _mark(one_alert(Reader(path), text), verdict, by, note, now)
    db = Database(path)
    try:
        db.once(lambda: _put(db, made, retract=verdict is None))
    finally:
        db.close()
    _note(Audit(state_dir / audit.NAME), made, now, retract=verdict is None)
    return made


def one_alert(reader: Reader, text: str) -> Stored:
    """The alert that an id, or its beginning, names; DnsguardError if there is none, or more."""
    text = text.strip().lower()
    shown = shorten(safe(text), 60)
    found = reader.find(text)
    if not found:
        raise DnsguardError(f"no alert {shown}; `dnsguard alerts list` shows those there are")
    if len(found) > 1:
        raise DnsguardError(f"{shown} begins several ids: {', '.join(stored.alert.id for stored in found)}")
    return found[0]


def _mark(stored: Stored, verdict: Verdict | None, by: str, note: str, now: float) -> Mark:
    if is_operational(stored.alert.worst):
        raise DnsguardError("that alert is about dnsguard itself; mend its cause")
    try:
        by, note = checks.label(by), checks.sentence(note) if note else ""
    except ValueError as error:
        raise DnsguardError(f"by or note: {error}") from None
    return Mark.of(stored.alert, verdict or Verdict.TRUE_POSITIVE, by, note, now)


def _put(db: Database, mark: Mark, *, retract: bool) -> None:
    if not retract:
        Feedback(db).put(mark)
    elif not Feedback(db).drop(mark.alert):
        raise DnsguardError("that alert has no mark")


def _note(trail: Audit, mark: Mark, now: float, *, retract: bool) -> None:
    action = "alert.unmark" if retract else f"alert.{mark.verdict.value}"
    trail.note(action, mark.by, f"{mark.alert}: {mark.slug} {mark.client} {mark.zone}", now, mark.note)
