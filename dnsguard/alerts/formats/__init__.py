"""Bodies of alerts: one file per format, a function from alert to JSON object; add it here and to WebhookConfig."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats import defender

FORMATS: Final[Mapping[str, Callable[[Alert], dict[str, Any]]]] = {
    "defender": defender.render,
}
"""By the name in config.toml; the first is the default."""

__all__ = ["FORMATS"]
