"""A message of Slack's incoming webhooks: Block Kit, and a text for notifications."""

from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import chat
from dnsguard.alerts.formats.facts import facts
from dnsguard.alerts.trim import shorten

MAX_HEADER: Final = 150
"""Characters of a header block."""
SENTENCE: Final = 580
"""Characters of a section's text before it is escaped; Slack takes 3000 after, and an escape has at most five."""
FIELD: Final = 390
"""Characters of a field before it is escaped; Slack takes 2000 after."""
MAX_FIELDS: Final = 10


def render(stored: Alert) -> dict[str, Any]:
    """Make the message."""
    about = facts(stored)
    rows = chat.shown(about, FIELD, escape)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": shorten(chat.title(about), MAX_HEADER)}},
        {"type": "section", "text": _text(escape(shorten(about.sentence, SENTENCE)))},
        {
            "type": "section",
            "fields": [_text(f"*{key}*\n{value}") for key, value in rows[:MAX_FIELDS]],
        },
    ]
    if about.steps:
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(about.steps, start=1))
        blocks.append(
            {"type": "context", "elements": [_text(escape(shorten(steps, SENTENCE)))]},
        )
    return {"text": escape(shorten(f"{chat.title(about)}. {about.sentence}", SENTENCE)), "blocks": blocks}


def escape(text: str) -> str:
    """Write the words of attackers so that they mention nobody and link nowhere (Slack, "Formatting text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str) -> dict[str, Any]:
    # verbatim: names with a dot are no links to click on
    return {"type": "mrkdwn", "text": text, "verbatim": True}
