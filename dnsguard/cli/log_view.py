"""How `dnsguard log` shows queries."""

from datetime import UTC, datetime
from typing import Any, Final

from rich.text import Text

from dnsguard.alerts.trim import safe
from dnsguard.cli.alert_view import SHORT, console
from dnsguard.querylog.reader import Logged
from dnsguard.signatures.numbers import rcode_text
from dnsguard.wire.rrtypes import type_text

__all__ = ["as_json", "console", "line"]

STYLES: Final = {"block": "bold red", "alert": "bold yellow", "shadow": "cyan", "suppressed": "dim"}
WORDS: Final = {"block": "blocked", "alert": "alerted", "shadow": "shadow", "suppressed": "suppressed"}


def line(one: Logged) -> Text:
    """Tell a record in one line: when, who, what, the answer, and what was found."""
    asked = "(unreadable)" if one.name is None else one.name or "."
    shown = Text.assemble(
        (_moment(one.time), "dim"),
        f"  {safe(one.client):<15}  ",
        (safe(asked), STYLES.get(one.action or "", "")),
        f" {type_text(one.qtype) if one.qtype is not None else '-'}",
        (f"  {rcode_text(one.rcode)}", "" if one.rcode in {0, 3} else "yellow"),
        (f"  {_took(one.took)}", "dim"),
        (f"  x{one.count}" if one.count > 1 else "", "dim"),
    )
    if one.action:
        known = f" (list {one.list})" if one.list else ""
        shown.append(f"  {WORDS.get(one.action, one.action)}: ", STYLES.get(one.action))
        shown.append(safe(f"{one.detector}: {one.reason}{known}, {one.score:g} of {one.threshold:g}"))
        if one.alert:
            shown.append(f"  {one.alert[:SHORT]}", "dim")
    return shown


def as_json(one: Logged) -> dict[str, Any]:
    """The record for programs; what was not found is left out."""
    record: dict[str, Any] = {
        "time": _moment(one.time),
        "client": one.client,
        "name": one.name,
        "type": None if one.qtype is None else type_text(one.qtype),
        "rcode": rcode_text(one.rcode),
        "tookMs": one.took / 1000,
        "count": one.count,
        "transport": "tcp" if one.stream else "udp",
        "verdict": one.action or "clean",
    }
    if one.action:
        record |= {
            "detector": one.detector,
            "reason": one.reason,
            "score": one.score,
            "threshold": one.threshold,
        }
    return record | ({"list": one.list} if one.list else {}) | ({"alert": one.alert} if one.alert else {})


def _moment(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _took(microseconds: int) -> str:
    return "at once" if not microseconds else f"{microseconds / 1000:.1f} ms"
