"""What `[alerts]` and `[[webhooks]]` of config.toml can say."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from dnsguard.model import Duration, Severity, Size

Format = Literal[
    "defender", "sentinel", "ocsf", "ocsf_finding", "ecs", "cloudevents", "cef", "slack", "teams", "discord"
]

CHATS: Final = frozenset({"slack", "teams", "discord"})
"""Formats for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How alerts are kept."""

    repeat_every: Duration = Duration(3600)
    """Repeats (same client, zone, type) fold into one alert, told again this often with their count. [duration]"""
    keep: Duration = Duration(30 * 86400)
    """Delivered alerts are kept this long. [duration]"""
    max_size: Size = Size(256 << 20)
    """Size of the outbox; the oldest delivered alerts make room first. [size]"""
    incident_window: Duration = Duration(3600)
    """Alerts of one client that are no further apart than this belong to one incident. [duration]"""
    storm_clients: int = 50
    """More clients than this with one type and domain, or list, in a minute are told as one alert, a storm, every five
    minutes; of one type alone, four times as many. Each alert is kept all the same. 0: never. [clients]"""
    max_per_minute: int = 6000
    """More alerts than this in a minute, whatever they are, are told as one; each is kept. 0: no bound. [alerts]"""
    mask_clients: bool = False
    """Clients' addresses are cut to their /24 or /48 in alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """A receiver of alerts (standardwebhooks.com)."""

    url: str
    """Where alerts are POSTed. [http:// or https:// URL]"""
    secret: str = ""
    """Signs every message; "whsec_" and base64 of 24 to 64 bytes, two, with a space, while one replaces the other."""
    name: str = ""
    """Stands in logs and metrics; the URL's host if empty."""
    format: Format = "defender"
    """The body's shape: "defender" (Microsoft.Security/alerts), "sentinel" (its table SecurityAlert), "ocsf" (OCSF 1.8
    dns_activity), "ocsf_finding" (detection_finding), "ecs" (Elastic 9), "cloudevents", "cef", or a chat's: "slack",
    "teams", "discord"."""
    min_severity: Severity = Severity.INFORMATIONAL
    """Alerts below this are not sent here. [Informational, Low, Medium, High]"""
    timeout: Duration = Duration(20)
    """A receiver that does not answer for this long is tried again later. [duration]"""
    give_up: Duration = Duration(86400)
    """How long one message is tried. [duration]"""
    allow_private: bool = False
    """Deliver also if the URL's host name resolves into a private network; an address in the URL is always meant."""

    @property
    def key(self) -> str:
        """What the outbox knows this receiver by: it must outlive a restart, and must not show a URL's own secrets."""
        return self.name or hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """What people and metrics see: the name, or the URL's host and port."""
        return self.name or urlsplit(self.url).netloc.rpartition("@")[2]
