"""What `[[syslog]]`, `[[files]]` and `[[apprise]]` of config.toml can say; `[[webhooks]]` is in alerts/config.py."""

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from dnsguard.alerts.config import Format
from dnsguard.model import Duration, Severity

Facility = Literal[
    "user", "daemon", "auth", "authpriv", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"
]


class Target(Protocol):
    """Anything that alerts are delivered to, as the outbox knows it."""

    @property
    def key(self) -> str:
        """What the outbox knows it by: it must outlive a restart, and must not show a target's secrets."""

    @property
    def label(self) -> str:
        """What people and metrics see."""

    @property
    def min_severity(self) -> Severity:
        """Alerts below this are not for it."""

    @property
    def give_up(self) -> Duration:
        """How long one message is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogConfig:
    """A syslog server that gets alerts (RFC 5424)."""

    server: str
    """"udp://192.0.2.5:514", "tcp://…", or "tls://siem.example:6514" (RFC 5425). [URL]"""
    name: str = ""
    """Stands in logs and metrics; the server if empty."""
    format: Literal["rfc5424", Format] = "rfc5424"
    """"rfc5424" says it in structured data and a sentence; the others are those of webhooks, "cef" among them."""
    facility: Facility = "local0"
    """RFC 5424 section 6.2.1."""
    framing: Literal["octets", "newline"] = "octets"
    """Over TCP and TLS: each message after its length (RFC 6587 section 3.4.1), or up to the end of a line."""
    ca_file: str = ""
    """Whom a tls:// server's certificate must be from; empty: whom this system trusts. [PEM file]"""
    min_severity: Severity = Severity.INFORMATIONAL
    """Alerts below this are not sent here. [Informational, Low, Medium, High]"""
    timeout: Duration = Duration(10)
    """A server that can't be reached, or takes nothing, for this long is tried again later. [duration]"""
    give_up: Duration = Duration(86400)
    """How long one message is tried. [duration]"""

    @property
    def key(self) -> str:
        """See Target."""
        return f"syslog:{self.name or self.server}"

    @property
    def label(self) -> str:
        """See Target."""
        return self.name or self.server


@dataclass(frozen=True, slots=True, kw_only=True)
class FileConfig:
    """A file that alerts are written to, one a line; it may be moved away at any time."""

    path: str
    """Its folder must be there. [path]"""
    name: str = ""
    """Stands in logs and metrics; the path if empty."""
    format: Format = "defender"
    """As for webhooks."""
    min_severity: Severity = Severity.INFORMATIONAL
    """Alerts below this are not written here. [Informational, Low, Medium, High]"""
    give_up: Duration = Duration(86400)
    """How long one line is tried. [duration]"""

    @property
    def key(self) -> str:
        """See Target."""
        return f"file:{self.name or self.path}"

    @property
    def label(self) -> str:
        """See Target."""
        return self.name or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseConfig:
    """Anyone that apprise reaches: mail, pagers, phones, a hundred chats; needs `pip install dnsguard[apprise]`."""

    service: str
    """Such as "mailto://user:password@example.com" or "ntfy://topic" (github.com/caronc/apprise). [URL]"""
    name: str = ""
    """Stands in logs and metrics; the service's kind if empty."""
    min_severity: Severity = Severity.INFORMATIONAL
    """Alerts below this are not sent here. [Informational, Low, Medium, High]"""
    timeout: Duration = Duration(30)
    """A service that does not answer for this long is tried again later. [duration]"""
    give_up: Duration = Duration(86400)
    """How long one message is tried. [duration]"""

    @property
    def key(self) -> str:
        """See Target."""
        return f"apprise:{self.name or hashlib.sha256(self.service.encode()).hexdigest()[:16]}"

    @property
    def label(self) -> str:
        """See Target."""
        return self.name or urlsplit(self.service).scheme
