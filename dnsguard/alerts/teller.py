"""From a finding to what the hub is told: ids, masked clients, folded repeats."""

import uuid
from collections.abc import Callable
from typing import Final

from dnsguard.alerts.fold import LONGEST, Fold, Ongoing
from dnsguard.logging import mask
from dnsguard.model import ALERT_TYPES, Detection, Finding, Mode
from dnsguard.wire.query import Query

CLIENTS: Final = 10_000
"""Addresses whose text is at hand, some 150 bytes each: as many as there are keys to fold by. One more forgets all."""
WAITS: Final = 4
"""A sum is waited for no longer than this part of `alerts.repeat_every`: an alert that repeats must not be closed while
its repeats are still on their way."""


def new_id() -> str:
    """A fresh alert id."""
    return str(uuid.uuid4())


class Teller:
    """What the pipeline calls with each finding that is told; the driver takes `outgoing` before it sends answers."""

    def __init__(
        self, *, mask_clients: bool = False, fold: Fold | None = None, ids: Callable[[], str] = new_id
    ) -> None:
        self.outgoing: list[Detection] = []
        self._mask_clients = mask_clients
        self._fold: Final = fold or Fold()
        self._ids: Final = ids
        self._texts: Final[dict[bytes, str]] = {}

    def configure(self, *, mask_clients: bool, repeat_every: float) -> None:
        """Take what `[alerts]` says from the next finding on; `repeat_every` in seconds."""
        self._mask_clients = mask_clients
        self._texts.clear()
        self._fold.longest = min(LONGEST, repeat_every / WAITS)

    def __call__(self, query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> Ongoing:
        """Take one finding; returns what its repeats count into, which has the id that its alert has, or will have."""
        client = self._texts.get(query.client) or self._text(query)
        action = "suppressed" if finding.suppressed else mode.value
        severity = ALERT_TYPES[finding.slug].severity if finding.severity is None else finding.severity
        key = (client, finding.zone, finding.slug, action)
        known = self._fold.ongoing(key)
        if known is not None and known.covers(finding.score, severity) and known.again(query.time):
            return known
        detection = Detection(
            id=known.id if known is not None else self._ids(),
            time=query.time,
            client=client,
            name=query.name,
            qtype=query.qtype_text,
            slug=finding.slug,
            technique=finding.technique,
            severity=severity,
            zone=finding.zone,
            reason=finding.reason,
            score=finding.score,
            threshold=finding.threshold,
            evidence=dict(finding.evidence) | ({"suppressed": finding.suppressed} if finding.suppressed else {}),
            action=action,
            stage=stage,
            group=group,
            transport="tcp" if query.stream else "udp",
        )
        self.outgoing += self._fold.add(detection)
        told = self._fold.ongoing(key)
        assert told is not None  # it was added just now
        return told

    def take(self) -> list[Detection]:
        """What must go to the hub now."""
        outgoing, self.outgoing = self.outgoing, []
        return outgoing

    def flush(self, now: float) -> list[Detection]:
        """What was summed since the last flush; call each second."""
        return self.take() + self._fold.flush(now)

    def drain(self) -> list[Detection]:
        """Everything, before the end."""
        return self.take() + self._fold.drain()

    def _text(self, query: Query) -> str:
        text = mask(query.client_text) if self._mask_clients else query.client_text
        if len(self._texts) >= CLIENTS:
            self._texts.clear()
        self._texts[query.client] = text
        return text
