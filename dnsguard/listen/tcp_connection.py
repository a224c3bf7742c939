"""One client's TCP connection (RFC 7766): messages in, answers out in any order, nothing without a bound."""

import asyncio
import enum
from typing import TYPE_CHECKING, Final, cast

from dnsguard.errors import WireError
from dnsguard.wire.framing import MAX_MESSAGE, Unframer, framed

if TYPE_CHECKING:
    from dnsguard.listen.tcp import TcpListener

HIGH_WATER: Final = 32 * 1024
"""From this much unread by the client on, no more of its queries are read. [bytes]"""
MAX_UNREAD: Final = 1 << 20
"""A client that has this much unread is cut off: 128 answers of 8 kB, or 16 of the longest. [bytes]"""


class Reason(enum.StrEnum):
    """Why a connection ended; fixed texts, as they label a metric."""

    CLIENT = "client"
    """The client closed it."""
    LOST = "lost"
    """The network broke it."""
    IDLE = "idle"
    """No whole query for `tcp_idle`."""
    SLOW = "slow_reader"
    """No answer taken for `tcp_write`, or too much unread."""
    FORMAT = "format"
    """A message too short to be one."""
    STUCK = "stuck"
    """Its queries stay unanswered."""
    ROOM = "made_room"
    """It was the longest idle one when room was needed."""
    REFUSED_CLIENT = "refused_client"
    """Not admitted: its address has as many busy ones as it may."""
    REFUSED_TOTAL = "refused_total"
    """Not admitted: all are busy."""
    DRAINED = "drained"
    """dnsguard stops."""
    LENGTH = "answer_length"
    """An answer was longer than two length bytes can tell."""


class Connection(asyncio.Protocol):
    """To everyone but the listener, the opaque peer of a query; once closed it holds nothing and ignores answers."""

    __slots__ = (
        "_eof",
        "_going_on",
        "_held",
        "_listener",
        "_out",
        "_transport",
        "_unframer",
        "blocked",
        "client",
        "dirty",
        "moved",
        "reason",
        "waiting",
    )

    def __init__(self, listener: "TcpListener", client: bytes, now: float) -> None:
        self.client: Final = client
        """Packed address, 4 or 16 bytes."""
        self.waiting = 0
        """Queries without an answer."""
        self.moved = now
        """When the last whole query came or the last answer went; part of a query moves nothing. [loop seconds]"""
        self.blocked = 0.0
        """Since when the client takes no answers; 0: it does. [loop seconds]"""
        self.reason: Reason | None = None
        """Set once it is closed or about to be."""
        self.dirty = False
        """Whether the listener has it on its list of those to flush."""
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._unframer = Unframer()
        self._out: list[bytes] = []
        self._eof = False
        self._held = False
        self._going_on = False

    # what the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        transport = cast("asyncio.Transport", transport)  # uvloop's derive from no class of asyncio
        if self.reason is not None:  # closed before it was open
            transport.abort()
            return
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)
        if self._listener.draining:
            self.finish(Reason.DRAINED)

    def data_received(self, data: bytes) -> None:
        """Take a segment."""
        if self.reason is None:
            self._take(data)

    def eof_received(self) -> bool:
        """Keep open for answers that are due: this only says that no more queries come."""
        self._eof = True
        if self.reason is None and (self.waiting or self._unframer.waiting):
            return True
        self.reason = self.reason or Reason.CLIENT
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self._ended(Reason.CLIENT if exc is None else Reason.LOST)

    def pause_writing(self) -> None:
        """Read no queries whose answers find no taker."""
        self.blocked = self._listener.block(self)
        self.hold()

    def resume_writing(self) -> None:
        """The client reads again."""
        self.blocked = 0.0
        self._listener.unblock(self)
        self._go_on_soon()

    # what the listener tells

    def answered(self, packet: bytes) -> bool:
        """Keep an answer until the next flush, an empty one standing for none; False if the connection is closed."""
        if self.reason is not None or not self.waiting:
            return False
        if len(packet) > MAX_MESSAGE:
            self.cut(Reason.LENGTH)
            return False
        self.waiting -= 1
        if packet:
            self._out.append(framed(packet))
        return True

    def flush(self) -> None:
        """Send all answers of this turn in one write."""
        self.dirty = False
        transport = self._transport
        if self.reason is not None or transport is None or transport.is_closing():
            self._out.clear()
            return
        if self._out:
            transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
            self._out.clear()
            if transport.get_write_buffer_size() > MAX_UNREAD:
                self.cut(Reason.SLOW)
                return
        if self.done:
            if self._eof:
                self.finish(Reason.CLIENT)
            elif self._listener.draining:
                self.finish(Reason.DRAINED)
        self._go_on_soon()

    @property
    def done(self) -> bool:
        """Whether it has no query under way."""
        return not self.waiting and not self._unframer.waiting

    def finish(self, reason: Reason) -> None:
        """Close as soon as the client has taken what was written."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.close()

    def cut(self, reason: Reason) -> None:
        """Close now."""
        transport = self._transport
        self._ended(reason)
        if transport is not None:
            transport.abort()

    # reading

    def _take(self, data: bytes) -> None:
        """Hand over as many queries as may be under way; the rest waits its turn."""
        bound = self._listener.pipeline
        try:
            messages = self._unframer.feed(data, max(bound - self.waiting, 0))
        except WireError:
            self.cut(Reason.FORMAT)
            return
        if messages:
            self.waiting += len(messages)
            self._listener.received(self, messages)
        if self.reason is not None:
            return
        if self._unframer.waiting or self.waiting >= bound or self.blocked:
            self.hold()
            self._go_on_soon()
        elif self._held:
            self._read_on()

    def hold(self) -> None:
        """Read no more until there is room for its queries, and none while draining."""
        if not self._held:
            self._held = True
            if (transport := self._readable()) is not None:
                transport.pause_reading()

    def _go_on_soon(self) -> None:
        """Go on reading once half the bound is free: one at a time would copy what waits here each time.

        In the next turn of the loop, so that one client's full pipe does not keep the others waiting.
        """
        if self._held and not self._going_on and not self.blocked and self.waiting <= self._listener.pipeline // 2:
            self._going_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._going_on = False
        if self.reason is not None or self.blocked:
            return
        if self._unframer.waiting:
            self._take(b"")
        else:
            self._read_on()

    def _read_on(self) -> None:
        if self._held and not self._listener.draining:
            self._held = False
            if (transport := self._readable()) is not None:
                transport.resume_reading()

    def _readable(self) -> asyncio.Transport | None:
        """Give the transport, if reading can be paused and resumed on it."""
        transport = self._transport
        return None if transport is None or transport.is_closing() or self._eof else transport

    def _ended(self, reason: Reason) -> None:
        if self._listener.forget(self, self.reason or reason):
            self.reason = self.reason or reason
            self._transport = None
            self._unframer = Unframer()
            self._out = []
