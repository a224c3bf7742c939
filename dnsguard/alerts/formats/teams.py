"""A message for Microsoft Teams' Workflows: an Adaptive Card, version 1.5, in an attachment."""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import chat
from dnsguard.alerts.formats.facts import facts
from dnsguard.alerts.trim import shorten
from dnsguard.model import Severity

CARD: Final = "application/vnd.microsoft.card.adaptive"
SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.5"
STYLES: Final = {
    Severity.HIGH: "attention",
    Severity.MEDIUM: "warning",
    Severity.LOW: "accent",
    Severity.INFORMATIONAL: "emphasis",
}
FACT: Final = 400
"""Characters of a fact."""


def render(stored: Alert) -> dict[str, Any]:
    """Make the message."""
    about = facts(stored)
    body: list[dict[str, Any]] = [
        {
            "type": "Container",
            "style": "good" if about.resolved else STYLES[about.severity],
            "bleed": True,
            "items": [
                {"type": "TextBlock", "text": chat.title(about), "weight": "Bolder", "size": "Medium", "wrap": True}
            ],
        },
        {"type": "TextBlock", "text": escape(shorten(about.sentence, 1000)), "wrap": True},
        {
            "type": "FactSet",
            "facts": [{"title": key, "value": value} for key, value in chat.shown(about, FACT, escape)],
        },
    ]
    if about.steps:
        steps = "\n".join(f"{number}. {escape(step)}" for number, step in enumerate(about.steps, start=1))
        body.append({"type": "TextBlock", "text": shorten(steps, 2000), "wrap": True, "isSubtle": True})
    card: dict[str, Any] = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": shorten(about.sentence, 1000),
        "msteams": {"width": "Full"},
        "body": body,
    }
    if about.technique_url:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": f"MITRE ATT&CK {about.technique}", "url": about.technique_url}
        ]
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}


def escape(text: str) -> str:
    """Write the words of attackers so that they are no Markdown: no links, no emphasis, no lists."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]()<>#!|~" else letter for letter in text)
