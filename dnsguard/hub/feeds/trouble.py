"""When an operational alert about a feed is due: at once for a refusal, for a failure only once it lasts."""

from typing import Final

from dnsguard.alerts import operational, record
from dnsguard.hub.feeds.spec import Spec
from dnsguard.hub.feeds.store import State
from dnsguard.model import Detection

PATIENCE: Final = 4
"""Failures in a row before it is told: some six minutes, which a restarted router or server takes."""
REMIND: Final = 86400.0
"""What goes on is told again this often. [seconds]"""
REFUSED: Final = "feed_refused"
FAILING: Final = "feed_failing"


def due(state: State, spec: Spec, now: float) -> Detection | None:
    """Make the alert, or the recovery, that the feed's present state calls for; None: nothing new."""
    slug = _wrong(state)
    if not slug:
        return _recovered(state, spec, now) if state.told else None
    if slug == state.told and 0.0 <= now - state.told_at < REMIND:
        return None
    reason = state.refused.reason if slug == REFUSED and state.refused else state.error
    kept = "its last good copy is used" if state.size else "there is no copy of it yet"
    return operational.detection(slug, spec.label, f"{reason}; {kept}", now, evidence=_evidence(state, spec))


def told(state: State, alert: Detection, now: float) -> None:
    """Note that an alert is on its way."""
    state.told, state.told_at = ("", 0.0) if alert.action == operational.RESOLVED else (alert.slug, now)


def _wrong(state: State) -> str:
    if state.refused is not None:
        return REFUSED
    return FAILING if state.failures >= PATIENCE else ""


def _recovered(state: State, spec: Spec, now: float) -> Detection | None:
    if state.failures:
        return None  # no longer refused, but not had either
    reason = "is fetched and believed again"
    return operational.detection(state.told, spec.label, reason, now, resolved=True, evidence=_evidence(state, spec))


def _evidence(state: State, spec: Spec) -> dict[str, object]:
    copy = f"of {record.moment(state.fetched)} UTC" if state.fetched else "none"
    found: dict[str, object] = {"url": spec.shown_url, "last good copy": copy}
    if state.failures:
        found["failures in a row"] = state.failures
    if state.error:
        found["last error"] = state.error
    if state.refused is not None and state.refused.size:
        found["kept aside"] = f"{spec.key}.refused, {state.refused.size} bytes"
    return found
