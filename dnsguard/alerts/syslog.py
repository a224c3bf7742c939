"""Delivers to a syslog server: UDP (RFC 5426), TCP (RFC 6587), TLS (RFC 5425).

Syslog has no acknowledgement: a message counts as delivered when the kernel took it, over TCP and TLS on a connection
that the server has not closed. What was on its way when a server died may be lost; a webhook loses nothing.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Final, Self
from urllib.parse import urlsplit

from dnsguard.alerts import body
from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.formats import rfc5424
from dnsguard.alerts.sending import Outcome, printable
from dnsguard.alerts.targets import SyslogConfig

DATAGRAM: Final = 2048
"""What every receiver should take over UDP (RFC 5426 section 3.2); evidence gives way to that. [bytes]"""
LINE: Final = 8192
"""What receivers commonly take over TCP; RFC 5425 section 4.3.1 asks for this. [bytes]"""
PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}


class SyslogSender:
    """One server; its connection is kept."""

    def __init__(self, config: SyslogConfig) -> None:
        # one connection, one message after the other: their order stays
        self.parallel = 1
        url = urlsplit(config.server)
        self._config: Final = config
        self._kind: Final = url.scheme
        self._host: Final = url.hostname or ""
        self._port: Final = url.port or PORTS[url.scheme]
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None
        self._datagrams: socket.socket | None = None

    async def __aenter__(self) -> Self:
        """Nothing: it is connected to when there is something to say."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        self._close()

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one message."""
        try:
            async with asyncio.timeout(self._config.timeout):
                if self._kind == "udp":
                    await self._send_datagram(delivery)
                else:
                    await self._send_on_stream(delivery)
        except TimeoutError:
            self._abort()
            return Outcome(error=f"nothing was taken within {self._config.timeout:g} s")
        except OSError as error:
            self._abort()
            return Outcome(error=printable(str(error) or type(error).__name__))
        return Outcome()

    def message(self, delivery: Delivery, limit: int) -> bytes:
        """The message, without framing."""
        facility, form = self._config.facility, self._config.format
        if form == "rfc5424":
            return body.fitting(delivery.alert, lambda alert: rfc5424.render(alert, facility).encode(), limit)
        return body.fitting(
            delivery.alert,
            lambda alert: rfc5424.render(alert, facility, body.encoded(alert, form).decode()).encode(),
            limit,
        )

    async def _send_datagram(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        if self._datagrams is None:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            self._datagrams = socket.socket(family, kind, protocol)
            self._datagrams.setblocking(False)
            # one that is connected learns that nobody listens: then the next message fails
            self._datagrams.connect(address)
        await loop.sock_sendall(self._datagrams, self.message(delivery, DATAGRAM))

    async def _send_on_stream(self, delivery: Delivery) -> None:
        # a server that went away has closed its side: what is written then would be lost without an error
        if self._reader is not None and self._reader.at_eof():
            self._close()
        if self._writer is None:
            context = None
            if self._kind == "tls":
                context = ssl.create_default_context(cafile=self._config.ca_file or None)
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, ssl=context)
            # drained then means: the kernel has all of it
            self._writer.transport.set_write_buffer_limits(high=0)
        message = self.message(delivery, LINE)
        framed = message + b"\n" if self._config.framing == "newline" else b"%d %s" % (len(message), message)
        self._writer.write(framed)
        await self._writer.drain()

    def _abort(self) -> None:
        """Let go of a connection without waiting for what it may still have to take."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._close()

    def _close(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._writer.close()
        if self._datagrams is not None:
            self._datagrams.close()
        self._writer = self._reader = self._datagrams = None
