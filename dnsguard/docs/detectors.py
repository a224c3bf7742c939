"""A page and a runbook for each alert."""

from typing import Any, Final

from dnsguard.alerts.texts import STEPS, TEXTS
from dnsguard.config import Settings
from dnsguard.config.convert import keys
from dnsguard.config.docs import field_docs
from dnsguard.config.toml import written
from dnsguard.detect.registry import CONFIGS
from dnsguard.docs.texts import About, about, sections
from dnsguard.model import ALERT_TYPES

STAGES: Final = {
    "query": "In the query, before anything leaves",
    "response": "In the answer, before the client sees it",
}
WORDS: Final = {
    "client": "the client",
    "asked": "a name",
    "zone": "its zone",
    "id": "ID",
}
"""What stands in an alert's sentence where there is no alert."""
COMMANDS: Final = (
    ("dnsguard alerts list --type {slug} --since 7d", "all of this kind"),
    ("dnsguard alerts show ID", "one, with its evidence"),
    ("dnsguard log search --detector {slug} --since 1d", "every query it was about"),
    ("dnsguard log search --name ZONE --since 7d", "who else asked for the zone"),
    ("dnsguard log search --client ADDRESS --since 1d", "what else the client asked for"),
    ('dnsguard alerts suppress ID --reason "why"', "it is expected, for this client"),
)
"""What a reader of a runbook runs, and what it shows."""


def page(slug: str, settings: Settings) -> str:
    """Say what a detector sees, what its alert shows, and how it is tuned; `settings` are the reader's own."""
    kind = ALERT_TYPES[slug]
    stages = about(slug)
    technique = stages[0].fields["MITRE ATT&CK"]
    number = technique.split(" ", 1)[0]
    link = f"https://attack.mitre.org/techniques/{number.replace('.', '/')}/"
    texts = sections(slug)
    head = [
        f"# {kind.title}",
        "",
        f"`{slug}` · alert type `{kind.id}` · severity {kind.severity.text} · [{technique}]({link})",
        "",
        f"What to do about one: [runbook](../runbooks/{slug}.md).",
        "",
        "## What it sees",
        "",
    ]
    for one in stages:
        head += [f"**{STAGES[one.stage]}.** {one.summary}", ""]
    units = _each(stages, "Units")
    return "\n".join(
        [
            *head,
            *units,
            "## Evidence",
            "",
            "What the alert, `dnsguard alerts show` and `dnsguard explain` show under evidence:",
            "",
            texts["Evidence"],
            "",
            "## Tuning",
            "",
            texts["Tuning"],
            "",
            *_keys(slug, settings),
            "## Known gaps",
            "",
            *_each(stages, "Known gap"),
            "## Sources",
            "",
            *_each(stages, "Source"),
        ]
    )


def runbook(slug: str) -> str:
    """Say what to do about an alert."""
    kind = ALERT_TYPES[slug]
    texts = sections(slug)
    sentence = TEXTS[slug].sentence.format_map(WORDS)
    steps = [TEXTS[slug].first_step, *STEPS]
    return "\n".join(
        [
            f"# Runbook: {kind.title}",
            "",
            f"`{kind.id}`, severity {kind.severity.text}: {sentence}.",
            "",
            f"How it is found: [{slug}](../detectors/{slug}.md).",
            "",
            texts["Runbook"],
            "",
            "## Steps",
            "",
            *(f"{number}. {step.format_map(WORDS)}" for number, step in enumerate(steps, 1)),
            "",
            "```sh",
            *(f"{command.format(slug=slug):<62} # {what}" for command, what in COMMANDS),
            "```",
            "",
            "`dnsguard log` needs `[query_log]` switched on.",
            "",
        ]
    )


def _each(stages: list[About], field: str) -> list[str]:
    """A field of all stages, told once where they say the same."""
    lines: list[str] = []
    for text in dict.fromkeys(stage.fields[field] for stage in stages):
        lines += [text[0].upper() + text[1:] + ("" if text.endswith(".") else "."), ""]
    return lines


def _keys(slug: str, settings: Settings) -> list[str]:
    kind = CONFIGS[slug]
    docs = field_docs(kind)
    defaults: Any = kind()
    own: Any = settings.detect[slug]
    rows = [f"Section `[detect.{slug}]` of config.toml:", "", "| key | default | yours | |", "|---|---|---|---|"]
    for field in keys(kind):
        default, value = getattr(defaults, field.name), getattr(own, field.name)
        shown = "" if value == default else f"`{_cell(value)}`"
        rows.append(
            f"| `{field.name}` | `{_cell(default)}` | {shown} | {docs[field.name].replace('|', chr(92) + '|')} |"
        )
    return [*rows, ""]


def _cell(value: Any) -> str:
    return "unset" if value is None else written(value).replace("|", "\\|")
