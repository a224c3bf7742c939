"""All pages, and where each goes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.config import Settings, generate
from dnsguard.docs import detectors, metrics
from dnsguard.docs.texts import text
from dnsguard.errors import DnsguardError
from dnsguard.hub.api import openapi
from dnsguard.hub.api.routes import OPERATIONS
from dnsguard.model import ALERT_TYPES
from dnsguard.version import VERSION

GUIDES: Final[Mapping[str, str]] = {
    "network.md": "In front of a network: router, DHCP, systemd-resolved, Docker, Kubernetes",
    "console.md": "The console and the API: sign-in, TLS, single sign-on",
    "openapi.json": "The API, as OpenAPI 3.1",
    "moving.md": "Moving from Pi-hole, AdGuard Home or Unbound",
    "metrics.md": "Metrics",
    "alerts.rules.yml": "Alert rules for Prometheus",
    "grafana.json": "A dashboard for Grafana",
    "config.toml": "Every key of the configuration, with its default and what it means",
}
"""What is about the whole, in the order of the index."""


class DocsError(DnsguardError):
    """Pages can't be written."""


def pages(settings: Settings) -> Mapping[str, str]:
    """All files by their path; `settings` are shown beside the defaults."""
    made = {"index.md": _index(), "metrics.md": metrics.page(), "config.toml": generate(), "openapi.json": _api()}
    made |= {name: text(name) for name in GUIDES if name not in made}
    for slug in ALERT_TYPES:
        made[f"detectors/{slug}.md"] = detectors.page(slug, settings)
        made[f"runbooks/{slug}.md"] = detectors.runbook(slug)
    return made


def write(folder: Path, settings: Settings) -> list[Path]:
    """Write all pages into a folder, over older ones; DocsError says what can't be written."""
    written = []
    for name, body in pages(settings).items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, "utf-8")
        except OSError as error:
            raise DocsError(f"{path}: {error.strerror or error}; name a folder that can be written") from error
        written.append(path)
    return written


def _api() -> str:
    return msgspec.json.format(msgspec.json.encode(openapi.document(OPERATIONS)), indent=2).decode() + "\n"


def _index() -> str:
    return "\n".join(_index_lines()) + "\n"


def _index_lines() -> Iterator[str]:
    yield f"# dnsguard {VERSION}"
    yield ""
    for name, what in GUIDES.items():
        yield f"* [{what}]({name})"
    yield ""
    yield "| alert | detector | severity | what to do |"
    yield "|---|---|---|---|"
    for slug, kind in ALERT_TYPES.items():
        yield f"| {kind.title} | [{slug}](detectors/{slug}.md) | {kind.severity.text} | [runbook](runbooks/{slug}.md) |"
