"""The configuration that holds, as plain values: what `dnsguard check` shows."""

import dataclasses
import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from dnsguard.alerts.config import WebhookConfig
from dnsguard.config.convert import SECRETS, keys
from dnsguard.config.settings import Settings
from dnsguard.config.toml import written
from dnsguard.model import ALERT_TYPES, Duration, Severity, Size

MASK: Final = "***"
URLS: Final = frozenset({"url", "checksum_url"})
"""Keys whose values may carry what authenticates."""


def effective(settings: Settings) -> dict[str, Any]:
    """Give all keys, defaults included, as JSON values; secrets are masked, unset keys are left out.

    A detector's unset mode and severity are told as what holds for clients of no group.
    """
    values = _table(settings)
    for slug, section in values["detect"].items():
        defaults = {"mode": settings.mode.value, "severity": ALERT_TYPES[slug].severity.text}
        values["detect"][slug] = defaults | section
    return values


def _table(config: Any) -> dict[str, Any]:
    values = {}
    for field in keys(type(config)):
        value = getattr(config, field.name)
        if value is None:
            continue
        if field.name in SECRETS and value:
            value = MASK
        elif field.name in URLS and value:
            # a chat's address is its path: whoever knows it may write there
            value = masked_url(value, path=isinstance(config, WebhookConfig))
        values[field.name] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _table(value)
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case tuple() | frozenset():
            return [_plain(item) for item in value]
        case Duration() | Size() | Severity():
            return json.loads(written(value))
        case Path() | StrEnum():
            return str(value)
        case _:
            return value


def masked_url(text: str, *, path: bool = False) -> str:
    """Mask what authenticates: the password, the query, and the path where that is told to be a secret."""
    url = urlsplit(text)
    host = url.netloc.rpartition("@")[2]
    user = f"{MASK}@" if "@" in url.netloc else ""
    shown = f"/{MASK}" if path and url.path.strip("/") else url.path
    return urlunsplit((url.scheme, f"{user}{host}", shown, MASK if url.query else "", ""))
