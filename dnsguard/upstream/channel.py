"""One server as the pool sees it: how it does, and how questions get there."""

import asyncio
from typing import Final, Protocol

from dnsguard.errors import UpstreamError
from dnsguard.pending import Pending
from dnsguard.tasks import spawn
from dnsguard.upstream.config import Config
from dnsguard.upstream.exchange import Exchange
from dnsguard.upstream.servers import Server

DOWN_AFTER: Final = 3
"""Failures in a row after which a server is asked only when no other is left, and by probes."""
UNKNOWN_RTT: Final = 0.1
"""What a server is taken for before its first answer. [seconds]"""
SILENT: Final = "no answer"
"""The error of a server that was waited for in vain."""
LAST_TRY: Final = 0.1
"""The least that a question over a stream gets, however old it is. [seconds]"""


class Pool(Protocol):
    """What a channel tells."""

    def answered(
        self, channel: "Channel", batch: list[tuple[Pending, bytes]], since: float, *, stream: bool = False
    ) -> None:
        """Answers that may be believed have come, over UDP or a stream; the first was asked for at `since`."""

    def refused(self, channel: "Channel", pendings: list[Pending], error: str, *, gone: bool) -> None:
        """These could not be asked, or got no answer; `gone`: the server said that nobody listens."""

    def doubted(self, channel: "Channel", pendings: list[Pending]) -> None:
        """Answers to these over UDP may be forged; they are to be asked over TCP."""

    def rejected(self, packets: int = 1) -> None:
        """So many packets came from a server's address and could not be believed."""

    def strange(self, answers: list[tuple[Pending, bytes]]) -> None:
        """These of them had the id of a question, and were no answer to it."""


class Channel:
    """A server's health; `send` is its kind's own."""

    def __init__(self, server: Server) -> None:
        self.server: Final = server
        self.rtt = UNKNOWN_RTT
        """Smoothed time to an answer (RFC 6298 section 2, alpha 1/8). [seconds]"""
        self.failures = 0
        """In a row."""
        self.error = ""
        """Why the last one failed; empty after an answer."""
        self.fresh = False
        """Whether it has answered since the last probe."""
        self._measured = False

    @property
    def down(self) -> bool:
        """Whether it failed too often in a row to be trusted with a client's question."""
        return self.failures >= DOWN_AFTER

    def heard(self, seconds: float) -> None:
        """Count an answer that took so long."""
        self.failures = 0
        self.error = ""
        self.fresh = True
        if self._measured:
            self.rtt += (seconds - self.rtt) / 8
        else:
            self.rtt = seconds
            self._measured = True

    def failed(self, error: str) -> None:
        """Count a question without an answer."""
        self.failures += 1
        self.error = error

    def asking(self, pending: Pending) -> bool:  # noqa: ARG002 - for those that can't lose a question
        """Whether asking this once more would bring no other answer than the one that is waited for."""
        return False

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask; answers and refusals come through the pool."""
        raise NotImplementedError

    def send_stream(self, pending: Pending, now: float) -> None:
        """Ask by TCP: the answer over UDP was cut, or is in doubt."""
        raise NotImplementedError

    def overdue(self, before: float, limit: int) -> list[Pending]:
        """Questions asked before that time and not answered, some `limit` at a time; each is returned once."""
        raise NotImplementedError

    def tidy(self, now: float) -> None:
        """Give back what is not needed any more; called each second."""

    async def close(self) -> None:
        """Give sockets back."""
        raise NotImplementedError


class Stream:
    """Questions on one exchange: each in a task of its own, none twice at a time, at most `max_waiting`."""

    def __init__(self, channel: Channel, exchange: Exchange, config: Config, pool: Pool) -> None:
        self.running: Final[set[Pending]] = set()
        self.exchange: Final = exchange
        self._channel: Final = channel
        self._bound: Final = config.max_waiting
        self._pool: Final = pool

    def ask(self, pendings: list[Pending], now: float, seconds: float) -> None:
        """Ask each, unless it is being asked; `seconds` is the most that an answer may take."""
        over = []
        for pending in pendings:
            if pending in self.running:
                continue
            if len(self.running) >= self._bound:
                over.append(pending)
                continue
            self.running.add(pending)
            spawn(self._ask(pending, now, seconds), f"ask {self._channel.server.text}")
        if over:
            self._pool.refused(self._channel, over, "too many questions under way", gone=False)

    async def _ask(self, pending: Pending, now: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            message = await self.exchange.exchange(b"\0\0" + pending.tail, seconds)
        except UpstreamError as error:
            self._failed(pending, SILENT if loop.time() > end - LAST_TRY else str(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, someone waits
            loop.call_exception_handler({"message": f"asking {self._channel.server.text}", "exception": error})
            self._failed(pending, repr(error))
        else:
            self.running.discard(pending)
            self._pool.answered(self._channel, [(pending, message)], now, stream=True)

    def _failed(self, pending: Pending, error: str) -> None:
        self.running.discard(pending)
        self._pool.refused(self._channel, [pending], error, gone=False)


class StreamChannel(Channel):
    """DNS over TLS, HTTPS or QUIC: one exchange a question, on kept-open connections."""

    def __init__(self, server: Server, exchange: Exchange, config: Config, pool: Pool) -> None:
        super().__init__(server)
        self._timeout: Final = float(config.timeout)
        self._stream: Final = Stream(self, exchange, config, pool)
        self._asked: Final[dict[Pending, float]] = {}
        """When each was asked, in that order."""

    def asking(self, pending: Pending) -> bool:
        """As Channel says: a stream loses nothing."""
        return pending in self._stream.running

    def send(self, pendings: list[Pending], now: float) -> None:
        """Ask each in a task of its own.

        The first time it gets half the time-out: a connection that has died unnoticed is then opened anew in time.
        """
        for pending in pendings:
            self._asked.pop(pending, None)
            pending.asked_at = self._asked[pending] = now
            left = pending.created + self._timeout - now
            first = pending.tried.count(self) < 2
            self._stream.ask([pending], now, max(min(left, self._timeout / 2) if first else left, LAST_TRY))

    def overdue(self, before: float, limit: int) -> list[Pending]:
        """As Channel says."""
        overdue: list[Pending] = []
        for pending, asked_at in self._asked.items():
            if asked_at > before or len(overdue) >= limit:
                break
            overdue.append(pending)
        for pending in overdue:
            del self._asked[pending]
        return [pending for pending in overdue if pending in self._stream.running and not pending.done]

    async def close(self) -> None:
        """As Channel says."""
        await self._stream.exchange.close()
