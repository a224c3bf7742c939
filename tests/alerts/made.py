"""Detections, alerts and an outbox of a test's own."""

from pathlib import Path
from typing import Any

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.config import Config, WebhookConfig
from dnsguard.alerts.outbox import Outbox
from dnsguard.model import Detection, Duration, Severity

HOUR = 3600.0
HOOK = WebhookConfig(url="http://127.0.0.1:9/hook", name="hook")


def detection(number: int = 1, time: float = 1000.0, **changes: Any) -> Detection:
    """A listed name that was asked for; its id carries `number`."""
    values: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "time": time,
        "client": "192.0.2.7",
        "name": "www.listed.example",
        "qtype": "A",
        "slug": "threat_intel",
        "technique": "T1071",
        "severity": Severity.MEDIUM,
        "zone": "listed.example",
        "reason": "name on a threat intelligence list",
        "evidence": {
            "matched": "listed.example",
            "lists": [{"list": "lab", "entry": "listed.example", "line": 3, "since": "2026-01-02T03:04:05Z"}],
        },
        "action": "block",
    }
    return Detection(**values | changes)


def alert(**changes: Any) -> Alert:
    """An alert that such a detection opened."""
    found = detection(**changes)
    return Alert.opened_by(found, found.id)


def outbox(folder: Path, *webhooks: WebhookConfig, **config: Any) -> Outbox:
    """An outbox in `folder` with a window of an hour."""
    return Outbox(folder / "alerts.sqlite", Config(**{"repeat_every": Duration(HOUR)} | config), webhooks or (HOOK,))
