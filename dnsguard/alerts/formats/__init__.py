"""The shapes a message can have. Each is a file, whose `render` makes the body of a delivery."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import (
    cef,
    cloudevents,
    defender,
    discord,
    ecs,
    ocsf,
    ocsf_finding,
    sentinel,
    slack,
    teams,
)

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Format:
    """One shape."""

    render: Callable[[Alert], dict[str, Any] | str]
    """JSON values, or a line of text."""
    content_type: str = JSON


FORMATS: Final[Mapping[str, Format]] = {
    "defender": Format(defender.render),
    "sentinel": Format(sentinel.render),
    "ocsf": Format(ocsf.render),
    "ocsf_finding": Format(ocsf_finding.render),
    "ecs": Format(ecs.render),
    "cloudevents": Format(cloudevents.render, cloudevents.CONTENT_TYPE),
    "cef": Format(cef.render, cef.CONTENT_TYPE),
    "slack": Format(slack.render),
    "teams": Format(teams.render),
    "discord": Format(discord.render),
}
"""By the name in config.toml; the first is the default."""

__all__ = ["FORMATS", "JSON", "Format"]
