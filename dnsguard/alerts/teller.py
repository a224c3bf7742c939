"""From a finding to what the hub is told: ids, masked clients, folded repeats."""

import uuid
from collections.abc import Callable
from typing import Final

from dnsguard.alerts.fold import Fold
from dnsguard.logging import mask
from dnsguard.model import ALERT_TYPES, Detection, Finding, Mode
from dnsguard.wire.query import Query


def new_id() -> str:
    """A fresh alert id."""
    return str(uuid.uuid4())


class Teller:
    """What the pipeline calls with each finding that is told; the driver takes `outgoing` before it sends answers."""

    def __init__(
        self, *, mask_clients: bool = False, fold: Fold | None = None, ids: Callable[[], str] = new_id
    ) -> None:
        self.mask_clients = mask_clients
        self.outgoing: list[Detection] = []
        self._fold: Final = fold or Fold()
        self._ids: Final = ids

    def __call__(self, query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> str:
        """Take one finding; returns the id that its alert has, or will have."""
        client = mask(query.client_text) if self.mask_clients else query.client_text
        action = "suppressed" if finding.suppressed else mode.value
        known = self._fold.open_id(client, finding.zone, finding.slug, action)
        detection = Detection(
            id=known or self._ids(),
            time=query.time,
            client=client,
            name=query.name,
            qtype=query.qtype_text,
            slug=finding.slug,
            technique=finding.technique,
            severity=ALERT_TYPES[finding.slug].severity if finding.severity is None else finding.severity,
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
        return detection.id

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
