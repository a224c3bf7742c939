"""Logging of all processes: on standard error, for people or as one JSON object a line.

Modules log through the standard library, `logging.getLogger("dnsguard.…")`, with the parts that vary in `extra`;
structlog renders them. Text that a client or an upstream chose is escaped: a log line is one line.
"""

import ipaddress
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog

CLIENT_KEYS: Final = frozenset({"client", "peer", "source"})
"""Keys of `extra` whose values are a client's address."""
_NOISY: Final = {"asyncio": logging.WARNING, "aiohttp.access": logging.WARNING}


def mask(address: str) -> str:
    """Cut a client's address to its /24 (IPv4) or /48 (IPv6); what is no address goes altogether.

    Names the network, so that people can still tell sites apart: `192.0.2.0/24`.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "masked"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def setup(
    level: str = "info",
    style: Literal["console", "json"] = "console",
    *,
    mask_clients: bool = False,
    process: str = "",
    stream: TextIO | None = None,
) -> None:
    """Send all logs to standard error, or to `stream`; call again to change how.

    `process` (such as `worker 1`) stands in every line.
    """
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Facts(process, mask_clients=mask_clients, escape=style == "console"),
    ]
    if style == "json":
        # plain tracebacks in both: structured ones carry local variables, secrets among them
        render: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        render = [
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            )
        ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.raiseExceptions = False  # a full disk below standard error must not print about itself
    for name, quietest in _NOISY.items():
        logging.getLogger(name).setLevel(max(quietest, root.level))


class _Facts:
    """Adds the process, masks clients, and escapes control characters, which JSON does by itself."""

    def __init__(self, process: str, *, mask_clients: bool, escape: bool) -> None:
        self._process = process
        self._mask = mask_clients
        self._escape = escape

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        if self._process:
            event["process"] = self._process
        for key, value in event.items():
            if self._mask and key in CLIENT_KEYS:
                event[key] = mask(str(value))
            elif self._escape and isinstance(value, str) and not value.isprintable():
                event[key] = value.encode("unicode_escape").decode()
        return event
