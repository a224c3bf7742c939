"""What `dnsguard serve` says on a terminal once it serves."""

from dnsguard.config import Settings
from dnsguard.hub.report import Report

_TRIES = 3
"""Upstream servers that are named; more are counted."""


def lines(report: Report, settings: Settings, web: str) -> list[str]:
    """Say what listens where, what it does, and how to see it work."""
    servers = list(settings.upstream.servers)
    more = f" and {len(servers) - _TRIES} more" if len(servers) > _TRIES else ""
    entries = ", ".join(f"{item.name} ({item.entries:,} names)" for item in report.lists) or "none"
    mode = {
        "off": "off: nothing is detected",
        "shadow": "shadow: findings are counted, not told",
        "alert": "alert: findings are told, answers go through",
        "block": "block: findings are told, and blocked",
    }[str(settings.mode)]
    said = [
        f"dnsguard {report.version} serves DNS on {', '.join(report.listening)} (UDP and TCP)",
        f"  workers   {len(report.workers)}",
        f"  upstream  {', '.join(_named(server) for server in servers[:_TRIES])}{more}",
        f"  mode      {mode}",
        f"  lists     {entries}",
        f"  alerts    {_alerts(settings)}",
    ]
    if web:
        said.append(f"  console   {_console(settings, web)}")
    said += [f"  trouble   {fault}" for fault in [item.fault for item in report.lists if item.fault]]
    host, _, port = report.listening[0].rpartition(":")
    target = _reachable(f"{host}:{port}").rpartition(":")[0].strip("[]")
    return [*said, f"Try it:     dig @{target} -p {port} example.com", "End it with Ctrl-C."]


def _alerts(settings: Settings) -> str:
    if not settings.targets:
        return "kept, and shown by `dnsguard alerts tail`; no webhook is configured"
    return f"go to {', '.join(target.label for target in settings.targets)}"


def _console(settings: Settings, web: str) -> str:
    scheme = "https" if settings.console.cert else "http"
    if not settings.console.enabled:
        return f"off; {scheme}://{_reachable(web)}/readyz says how it does"
    return f"{scheme}://{_reachable(web)}/; `dnsguard console token` prints what signs you in"


def _reachable(address: str) -> str:
    """Turn a wildcard into an address that one can connect to."""
    host, _, port = address.rpartition(":")
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"  # noqa: S104 - compares, does not bind


def _named(server: str) -> str:
    return "system (/etc/resolv.conf)" if server == "system" else server
