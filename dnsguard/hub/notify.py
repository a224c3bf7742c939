"""Tells systemd what the hub does (sd_notify(3)); without systemd it does nothing."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final


class Notifier:
    """One datagram per message, to the socket that NOTIFY_SOCKET names."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address: Final = environment.get("NOTIFY_SOCKET", "")
        self.watchdog_every: Final = _half_watchdog(environment)
        """How often `watchdog` must be called; 0: not at all. [seconds]"""
        self._status = ""

    def ready(self, status: str) -> None:
        """Say that clients are served."""
        self._send(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """Say that a new configuration is read; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1\nSTATUS=draining")

    def watchdog(self) -> None:
        """Say that the event loop turns."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Show a line in `systemctl status`; it is sent when it changes."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(message.encode(), address)


def _half_watchdog(environment: Mapping[str, str]) -> float:
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return int(environment.get("WATCHDOG_USEC", "0")) / 2e6
    except ValueError:
        return 0.0
