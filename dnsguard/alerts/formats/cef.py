"""ArcSight's Common Event Format, version 0, as a line of text; keys and their lengths are those of its dictionary."""

from typing import Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats.facts import Facts, facts, milliseconds
from dnsguard.model import Severity
from dnsguard.version import VERSION

CONTENT_TYPE: Final = "text/plain; charset=utf-8"
SEVERITIES: Final = {Severity.INFORMATIONAL: 1, Severity.LOW: 3, Severity.MEDIUM: 6, Severity.HIGH: 8}
"""0-3 low, 4-6 medium, 7-8 high, 9-10 very high."""
MAX_NAME: Final = 512
MAX_MESSAGE: Final = 1023
MAX_TEXT: Final = 1023


def render(stored: Alert) -> str:
    """Make the line, without its end."""
    about = facts(stored)
    head = ("dnsguard", "dnsguard", VERSION, about.alert_type, about.title[:MAX_NAME], str(SEVERITIES[about.severity]))
    extension = " ".join(f"{key}={_value(value)}" for key, value in _extension(about).items() if value)
    return f"CEF:0|{'|'.join(map(_header, head))}|{extension}"


def _extension(about: Facts) -> dict[str, str]:
    worst = about.alert.worst
    said = {
        "rt": str(milliseconds(max(about.alert.told, about.alert.first))),
        "start": str(milliseconds(about.alert.first)),
        "end": str(milliseconds(about.alert.last)),
        "externalId": about.alert.id,
        "cnt": str(about.alert.count),
        "cat": worst.slug,
        "act": "resolved" if about.resolved else "blocked" if about.blocked else "allowed",
        "reason": worst.reason[:MAX_TEXT],
        "msg": about.sentence[:MAX_MESSAGE],
    }
    if about.operational:
        return said | {"dvchost": about.client}
    key = "c6a2" if ":" in about.address else "src"
    client = {"c6a2": about.address, "c6a2Label": "Source IPv6 Address"} if key == "c6a2" else {key: about.address}
    labelled = {
        "cs1": about.qtype,
        "cs1Label": "queryType",
        "cs2": about.technique,
        "cs2Label": "technique",
        "cs3": about.list_name,
        "cs3Label": "list",
        "cs4": about.zone,
        "cs4Label": "domain",
        "cs5": "; ".join(f"{row[0]}: {row[1]}" for row in about.rows)[:MAX_TEXT],
        "cs5Label": "evidence",
        "cs6": worst.group,
        "cs6Label": "group",
    }
    labels = {name: text for name, text in labelled.items() if labelled[name.removesuffix("Label")]}
    return said | client | {"dhost": about.name[:MAX_TEXT], "app": "DNS", "proto": worst.transport.upper()} | labels


def _header(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
