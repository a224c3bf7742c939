"""Alerts about dnsguard itself: a feed that can't be had any more weakens what is detected, and nobody would notice.

They take the way of all alerts (outbox, folding, signed webhooks) as a `Detection` whose slug stands in TYPES instead
of model.ALERT_TYPES: `client` is this machine, `name` and `zone` what it is about, `action` "alert", or "resolved" once
it is over. A receiver tells them apart by the message's type `dnsguard.operational`, and by an `alertType` that is none
of Microsoft's; an alert and its recovery share their `correlationKey`, and the recovery's `status` is Resolved.
"""

import socket
import uuid
from collections.abc import Mapping
from typing import Any, Final

from dnsguard.alerts.trim import TEXT, shorten
from dnsguard.model import ALERT_TYPES, AlertType, Detection, Severity

MESSAGE_TYPE: Final = "dnsguard.operational"
RESOLVED: Final = "resolved"
"""`Detection.action` of a recovery; other actions are no recovery."""

TYPES: Final[Mapping[str, AlertType]] = {
    kind.slug: kind
    for kind in (
        AlertType(
            slug="feed_refused",
            id="dnsguard_FeedRefused",
            title="A threat list was refused",
            severity=Severity.LOW,
            intent="Unknown",
        ),
        AlertType(
            slug="feed_failing",
            id="dnsguard_FeedFailing",
            title="A threat list can't be fetched",
            severity=Severity.LOW,
            intent="Unknown",
        ),
        AlertType(
            slug="detector_stopped",
            id="dnsguard_DetectorStopped",
            title="A detector no longer finds what it must",
            severity=Severity.MEDIUM,
            intent="Unknown",
        ),
    )
}
ABOUT: Final = 120
"""Longest text that says what an alert is about. [characters]"""
COMPONENTS: Final[Mapping[str, tuple[str, str]]] = {
    "feed_refused": ("feeds", "list"),
    "feed_failing": ("feeds", "list"),
    "detector_stopped": ("detectors", "detector"),
}
"""`productComponentName`, and what the alert is about."""

_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "feed_refused": (
        "Look at what was kept aside (`dnsguard lists show` names the file), and at the feed's own page.",
        "If the list really became like this, set its min_ratio to 0 for one `dnsguard lists update`.",
    ),
    "feed_failing": (
        "Try the url from this machine; if its author moved or ended it, change or remove the list in config.toml.",
        "If dnsguard's machine resolves names through dnsguard, name other servers in [upstream] bootstrap.",
    ),
    "detector_stopped": (
        "Look into dnsguard's log for the detector's name, and at `/readyz` for what its self-test says.",
        "Restart dnsguard; if that does not help, report it with the log: this detector finds nothing meanwhile.",
    ),
}


def kind_of(slug: str) -> AlertType:
    """The alert type of a detector, or of an operational alert."""
    return TYPES.get(slug) or ALERT_TYPES[slug]


def is_operational(detection: Detection) -> bool:
    """Whether it is about dnsguard itself."""
    return detection.slug in TYPES


def detection(
    slug: str,
    about: str,
    reason: str,
    now: float,
    *,
    resolved: bool = False,
    evidence: Mapping[str, object] | None = None,
) -> Detection:
    """Make what the outbox takes; `about` is what repeats fold by, `reason` a sentence, `now` in Unix seconds."""
    about, reason = shorten(about, ABOUT), shorten(reason, TEXT)
    return Detection(
        id=str(uuid.uuid4()),
        time=now,
        client=socket.gethostname() or "dnsguard",
        name=about,
        qtype="",
        slug=slug,
        technique="",
        severity=TYPES[slug].severity,
        zone=about,
        reason=reason,
        evidence=dict(evidence or {}),
        action=RESOLVED if resolved else "alert",
        stage="operation",
        transport="",
    )


def describe(worst: Detection) -> str:
    """Say in one sentence what is wrong, or that it is over."""
    return f"{COMPONENTS[worst.slug][1].capitalize()} {worst.zone}: {worst.reason.rstrip('.')}."


def steps(worst: Detection) -> list[str]:
    """Say what to do; nothing once it is over."""
    return [] if worst.action == RESOLVED else list(_STEPS[worst.slug])


def adapt(record: dict[str, Any], worst: Detection) -> dict[str, Any]:
    """Turn Microsoft's record of a detection into that of an operational alert."""
    component, about = COMPONENTS[worst.slug]
    kept = ("reason", "count", "firstSeen", "lastSeen", "detectorVersion", "tellings", "evidence")
    return record | {
        "productComponentName": component,
        "status": "Resolved" if worst.action == RESOLVED else "Active",
        "entities": [{"$id": "1", "type": "host", "hostName": worst.client}],
        "correlationKey": f"{worst.client}|{worst.zone}|{worst.slug}",
        "extendedProperties": {about: worst.zone} | {key: record["extendedProperties"][key] for key in kept},
    }
