"""A message of Discord's webhooks: an embed, within the limits of its documentation ("Embed limits")."""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import chat
from dnsguard.alerts.formats.facts import facts
from dnsguard.alerts.record import iso
from dnsguard.alerts.trim import shorten
from dnsguard.version import VERSION

MAX_TITLE: Final = 256
FIELD: Final = 250
"""Characters of a field before it is escaped; Discord takes 1024 after, and 6000 in all."""
SENTENCE: Final = 700
STEPS: Final = 450


def render(stored: Alert) -> dict[str, Any]:
    """Make the message; it mentions nobody, whatever a name says."""
    about = facts(stored)
    embed: dict[str, Any] = {
        "title": shorten(chat.title(about), MAX_TITLE),
        "description": escape(shorten(about.sentence, SENTENCE)),
        "color": 0x2EB67D if about.resolved else chat.COLOURS[about.severity],
        "timestamp": iso(stored.last),
        "fields": [
            {"name": key, "value": value, "inline": len(value) < 40} for key, value in chat.shown(about, FIELD, escape)
        ],
        "footer": {"text": f"dnsguard {VERSION}"},
    }
    if about.steps:
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(about.steps, start=1))
        embed["fields"].append({"name": "What to do", "value": escape(shorten(steps, STEPS)), "inline": False})
    return {"username": "dnsguard", "embeds": [embed], "allowed_mentions": {"parse": []}}


def escape(text: str) -> str:
    """Write the words of attackers so that they are no Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_~|<>[]()#@" else letter for letter in text)
