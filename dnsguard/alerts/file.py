"""Writes alerts to a file, one a line, for whoever collects files already."""

import asyncio
import os
from typing import Final, Self

from dnsguard.alerts import body
from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.sending import Outcome, printable
from dnsguard.alerts.targets import FileConfig

MODE: Final = 0o640
"""Of a new file: alerts tell who asked for what, and a collector is often of the file's group."""


class FileSender:
    """One file. It is opened for each line, so that it may be moved away (logrotate) without being told."""

    def __init__(self, config: FileConfig) -> None:
        self.parallel = 1
        self._config: Final = config

    async def __aenter__(self) -> Self:
        """Nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Append one line."""
        line = body.render(delivery.alert, self._config.format) + b"\n"
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            return Outcome(error=printable(f"{self._config.path}: {error.strerror or error}"))
        return Outcome()

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self._config.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)
        try:
            written = os.write(descriptor, line)
            if written < len(line):
                # a full disk: what is there of the line is ended, so that the next one is whole
                os.write(descriptor, b"\n")
                raise OSError(f"only {written} of {len(line)} bytes were written")
        finally:
            os.close(descriptor)
