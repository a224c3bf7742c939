"""Checks of what alerts and messages are delivered to, besides webhooks; as those of config/checks.py."""

import importlib.util
from urllib.parse import urlsplit

from dnsguard.alerts.apprised import INSTALL, AppriseSender
from dnsguard.alerts.syslog import PORTS
from dnsguard.alerts.targets import AppriseConfig
from dnsguard.config.toml import quoted, shown
from dnsguard.dnstap.address import parse_address
from dnsguard.dnstap.message import INSTALL as INSTALL_PROTOBUF


def syslog_server(text: str) -> str:
    """Check where syslog goes."""
    right = f"write one like {quoted('udp://192.0.2.5:514')} or {quoted('tls://siem.example:6514')}"
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"is no URL ({error}); {right}") from None
    if url.scheme not in PORTS:
        raise ValueError(f"must begin with udp://, tcp:// or tls://, not {shown(text)}; {right}")
    if not host or port == 0:
        raise ValueError(f"{shown(text)} names no {'port' if host else 'host'}; {right}")
    if url.path.strip("/") or url.query or url.fragment or "@" in url.netloc:
        raise ValueError(f"{shown(text)} has more than a host and a port; {right}")
    return text.rstrip("/")


def apprise_service(text: str) -> str:
    """Check a service, with apprise itself; faults don't show it, for it carries what authenticates."""
    if importlib.util.find_spec("apprise") is None:
        raise ValueError(INSTALL)
    AppriseSender(AppriseConfig(service=text))
    return text


def dnstap_address(text: str) -> str:
    """Check a dnstap collector, and that there is what it takes to write to it."""
    parse_address(text)
    try:
        found = importlib.util.find_spec("google.protobuf")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ValueError(INSTALL_PROTOBUF)
    return text
