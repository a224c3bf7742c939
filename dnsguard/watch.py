"""Who is shown every answer as it leaves: the query log and dnstap. It adds nothing to an answer, and holds none up."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from dnsguard.cache.entry import Reply
from dnsguard.model import Judged
from dnsguard.pending import Pending, Source


class Server(Protocol):
    """Whom a question was forwarded to."""

    @property
    def kind(self) -> str:
        """One of udp, tcp, tls, https, quic; by udp it may have been asked over TCP."""

    @property
    def host(self) -> str:
        """An address or a name."""

    @property
    def port(self) -> int:
        """Where it listens."""


class Watch(Protocol):
    """Its methods return at once, and never raise; times are the pipeline's, in Unix seconds."""

    def cached(self, peer: Any, client: bytes, packet: bytes, reply: Reply, now: float) -> None:
        """A packet over UDP was answered with a ready-made reply, which nothing was found about."""

    def answered(
        self,
        source: Source,
        peer: Any,
        client: bytes,
        packet: bytes,
        answer: bytes,
        judged: Judged | None,
        asked: float,
        now: float,
    ) -> None:
        """A packet that came at `asked` is answered; `answer` is empty where a stream is told that none will come.

        `asked` is `now` for what was known here, or refused: nobody else was asked.
        """

    def forwarded(self, server: Server, pending: Pending, message: bytes, stream: bool, now: float) -> None:
        """A server has answered a question that it was asked at `pending.asked_at`."""

    def flush(self, now: float, drift: float) -> None:
        """Send on what is old enough; called a few times a second.

        `drift` is how far the wall clock is ahead of the pipeline's. [seconds]
        """

    def close(self) -> None:
        """Send on everything."""


class Watches:
    """Several as one."""

    def __init__(self, all_of_them: Sequence[Watch]) -> None:
        self._all: Final = tuple(all_of_them)

    def cached(self, peer: Any, client: bytes, packet: bytes, reply: Reply, now: float) -> None:
        """As Watch says."""
        for watch in self._all:
            watch.cached(peer, client, packet, reply, now)

    def answered(
        self,
        source: Source,
        peer: Any,
        client: bytes,
        packet: bytes,
        answer: bytes,
        judged: Judged | None,
        asked: float,
        now: float,
    ) -> None:
        """As Watch says."""
        for watch in self._all:
            watch.answered(source, peer, client, packet, answer, judged, asked, now)

    def forwarded(self, server: Server, pending: Pending, message: bytes, stream: bool, now: float) -> None:
        """As Watch says."""
        for watch in self._all:
            watch.forwarded(server, pending, message, stream, now)

    def flush(self, now: float, drift: float) -> None:
        """As Watch says."""
        for watch in self._all:
            watch.flush(now, drift)

    def close(self) -> None:
        """As Watch says."""
        for watch in self._all:
            watch.close()
