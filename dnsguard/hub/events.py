"""What is told as it happens, for whoever watches: a bounded ring, and for each reader a place in it.

A reader that is too slow finds that its place has been overwritten: it is told how many it missed, and goes on. So no
reader costs memory, and none holds up another, or the hub.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final

import msgspec

from dnsguard.alerts.operational import kind_of
from dnsguard.errors import DnsguardError
from dnsguard.model import Detection

KEPT: Final = 2000
"""Events, some 500 bytes each: 20 seconds at 100 a second, which is longer than a browser takes to come back."""
READERS: Final = 32
"""Most at a time; each holds a connection."""
PACE: Final = 0.1
"""Events are written together this often: a browser draws ten times a second, not a thousand. [seconds]"""
QUIET: Final = 15.0
"""After this long without an event a comment is sent, so that proxies don't close the stream. [seconds]"""


class Happened(msgspec.Struct, kw_only=True):
    """One finding that was told."""

    id: str
    """Names the alert, see `/alerts/{id}`."""
    time: float
    """[unix seconds]"""
    type: str
    """The detector."""
    title: str
    severity: str
    client: str
    group: str
    zone: str
    name: str
    qtype: str
    action: str
    """`alert` or `block`; of an alert about dnsguard itself also `resolved`."""
    reason: str
    score: float
    threshold: float
    count: int
    """Queries that this stands for."""


class Events:
    """The ring; `epoch` names this run of the hub."""

    def __init__(self, epoch: str, kept: int = KEPT) -> None:
        self._epoch: Final = epoch
        self._ring: Final[deque[bytes]] = deque(maxlen=kept)
        self._end = 0
        """Number of the next event."""
        self._more = asyncio.Event()
        self._readers = 0
        self.dropped = 0
        """Events that readers missed."""

    @property
    def readers(self) -> int:
        """Those that watch now."""
        return self._readers

    def add(self, detections: Iterable[Detection]) -> None:
        """Tell what was found."""
        for one in detections:
            data = msgspec.json.encode(happened(one)).decode()
            self._ring.append(f"id: {self._epoch}.{self._end}\nevent: alert\ndata: {data}\n\n".encode())
            self._end += 1
        self._more.set()
        self._more = asyncio.Event()

    def read(self, last: str = "", recent: int = 0) -> AsyncIterator[bytes]:
        """Give pieces of an event stream, for ever: from the event after `last` on, or with `recent` earlier ones.

        DnsguardError: too many read already.
        """
        if self._readers >= READERS:
            raise DnsguardError(f"{READERS} watch already; close one, and try again")
        return self._pieces(self._place(last, recent))

    def _place(self, last: str, recent: int) -> int | None:
        """Number of the event after `last`; None: it is not known what was missed."""
        if not last:
            return self._end - min(recent, len(self._ring))
        epoch, _, number = last.rpartition(".")
        if epoch != self._epoch or not number.isdecimal() or len(number) > 18:
            return None
        return min(int(number) + 1, self._end)

    async def _pieces(self, place: int | None) -> AsyncIterator[bytes]:
        with self._counted():
            # the first line opens the stream, and says how soon to come back
            yield b"retry: 2000\n\n"
            if place is None:
                # an earlier run's numbers: what the ring has is all that can be given
                yield b'event: restarted\ndata: {"dropped": null}\n\n'
                place = self._end - len(self._ring)
            while True:
                first = self._end - len(self._ring)
                if place < first:
                    self.dropped += first - place
                    yield f'event: dropped\ndata: {{"dropped": {first - place}}}\n\n'.encode()
                    place = first
                if place < self._end:
                    new = b"".join(islice(self._ring, place - first, None))
                    place = self._end
                    yield new
                    await asyncio.sleep(PACE)
                elif not await self._wait():
                    yield b": quiet\n\n"

    async def _wait(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET):
                return await self._more.wait()
        return False

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1


def happened(one: Detection) -> Happened:
    """Make the event of a detection."""
    return Happened(
        id=one.id,
        time=one.time,
        type=one.slug,
        title=kind_of(one.slug).title,
        severity=one.severity.text,
        client=one.client,
        group=one.group,
        zone=one.zone,
        name=one.name,
        qtype=one.qtype,
        action=one.action,
        reason=one.reason,
        score=one.score,
        threshold=one.threshold,
        count=one.count,
    )
