"""A syslog message (RFC 5424): header, the alert as structured data, and a sentence; or another format in its place."""

import os
import socket
from typing import Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats.facts import Facts, facts
from dnsguard.alerts.record import iso
from dnsguard.alerts.trim import shorten
from dnsguard.model import Severity

SEVERITIES: Final = {Severity.HIGH: 2, Severity.MEDIUM: 4, Severity.LOW: 5, Severity.INFORMATIONAL: 6}
"""Critical, warning, notice, informational (RFC 5424 section 6.2.1)."""
FACILITIES: Final = {
    "user": 1,
    "daemon": 3,
    "auth": 4,
    "authpriv": 10,
    **{f"local{number}": 16 + number for number in range(8)},
}
SD_ID: Final = "dnsguard@32473"
"""RFC 5424 section 7.2.2; the number that RFC 5612 gives to those who have none of their own."""
MAX_PARAM: Final = 500
"""Characters of one value."""


def render(stored: Alert, facility: str, message: str = "") -> str:
    """Make the message; with `message` given, that stands for the structured data and the sentence."""
    about = facts(stored)
    priority = FACILITIES[facility] * 8 + SEVERITIES[about.severity]
    head = (
        f"<{priority}>1 {iso(max(stored.told, stored.first))} {_hostname()} dnsguard {os.getpid()} {_message_id(about)}"
    )
    if message:
        return f"{head} - {message}"
    params = "".join(f' {name}="{_escaped(value)}"' for name, value in _params(about).items() if value)
    return f"{head} [{SD_ID}{params}] {_plain(about.sentence)}"


def _params(about: Facts) -> dict[str, str]:
    stored = about.alert
    said = {
        "alertType": about.alert_type,
        "systemAlertId": stored.id,
        "severity": about.severity.text,
        "client": about.client,
        "action": "resolved" if about.resolved else "blocked" if about.blocked else "allowed",
        "detector": stored.worst.slug,
        "reason": stored.worst.reason,
        "query": about.name,
        "queryType": about.qtype,
        "domain": about.zone,
        "count": str(stored.count),
        "firstSeen": iso(stored.first),
        "lastSeen": iso(stored.last),
        "technique": about.technique,
        "list": about.list_name,
        "group": stored.worst.group,
        "evidence": "; ".join(f"{key}: {value}" for key, value in about.rows),
    }
    return {name: _plain(shorten(value, MAX_PARAM)) for name, value in said.items()}


def _hostname() -> str:
    """RFC 5424 section 6.2.4: printable US-ASCII, 255 at most; `-` if there is none."""
    name = "".join(letter for letter in socket.gethostname() if "!" <= letter <= "~")
    return name[:255] or "-"


def _message_id(about: Facts) -> str:
    return about.alert.worst.slug[:32]


def _plain(text: str) -> str:
    """On one line: collectors that read lines must not read one of an attacker's."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _escaped(text: str) -> str:
    # RFC 5424 section 6.3.3
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
