"""TCP segments put into order, and cut into DNS messages by their two length bytes (RFC 1035 section 4.2.2)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from dnsguard.replay.recorded import Skipped

MAX_FLOWS: Final = 16384
"""Directions of connections followed at a time; the longest idle one makes room."""
MAX_HELD: Final = 64 << 20
"""Of all flows together. [bytes]"""
MAX_LATE: Final = 256 << 10
"""Of one flow, while a segment before it is missing; beyond, that segment is taken for lost. [bytes]"""
MAX_LATE_SEGMENTS: Final = 256
"""Likewise: putting them in order is quadratic. [segments]"""
MIN_MESSAGE: Final = 12
"""A DNS header. A length below it says that the framing is lost."""
LOST: Final = "TCP data that was not captured, with the messages around it"
IDLE: Final = "TCP connections given up to stay within bounds"

FIN, SYN, RST = 0x01, 0x02, 0x04
Key = tuple[bytes, int, bytes, int]
"""Source address and port, destination address and port."""


@dataclass(slots=True)
class _Flow:
    expected: int
    """Sequence number of the next byte."""
    ready: bytearray = field(default_factory=bytearray)
    """In order, not yet a whole message."""
    late: dict[int, bytes] = field(default_factory=dict)
    """Ahead of what is missing, by sequence number."""
    held: int = 0


class Streams:
    """Gives the messages that a segment completes."""

    def __init__(self, skipped: Skipped) -> None:
        self._skipped = skipped
        self._flows: OrderedDict[Key, _Flow] = OrderedDict()
        self._held = 0

    def segment(self, key: Key, sequence: int, flags: int, data: bytes) -> list[bytes]:
        """Take one segment of one direction; a connection older than the capture is taken up at its first segment."""
        if flags & RST:
            self._forget(key)
            return []
        flow = self._flows.get(key)
        if flags & SYN:
            sequence = sequence + 1 & 0xFFFFFFFF
            if flow is None or flow.expected != sequence:  # else the same SYN once more
                self._forget(key)
                flow = self._add(key, sequence)
        elif flow is None:
            if not data:
                return []
            flow = self._add(key, sequence)
        else:
            self._flows.move_to_end(key)
        messages = self._take(flow, sequence, data) if data else []
        if flags & FIN and flow.expected == sequence + len(data) & 0xFFFFFFFF:
            self._forget(key)
        else:
            self._hold(flow)
        return messages

    def close(self) -> None:
        """Count what never became whole."""
        for key in list(self._flows):
            self._forget(key)

    def _take(self, flow: _Flow, sequence: int, data: bytes) -> list[bytes]:
        ahead = sequence - flow.expected & 0xFFFFFFFF
        if ahead >= 1 << 31:  # sent again, or a keep-alive's one old byte
            known = (1 << 32) - ahead
            if known >= len(data):
                return []
            data, ahead = data[known:], 0
        if ahead:
            if len(flow.late.get(sequence, b"")) < len(data):
                flow.late[sequence] = data
            if ahead <= MAX_LATE and len(flow.late) <= MAX_LATE_SEGMENTS:  # both together bound the bytes too
                return []
            self._skip_gap(flow)
        else:
            flow.ready += data
            flow.expected = flow.expected + len(data) & 0xFFFFFFFF
        self._catch_up(flow)
        return self._messages(flow)

    def _skip_gap(self, flow: _Flow) -> None:
        """Go on after what is missing; most senders start a message with a segment, so framing usually holds again."""
        self._skipped[LOST] += 1
        flow.ready.clear()
        flow.expected = min(flow.late, key=lambda sequence: sequence - flow.expected & 0xFFFFFFFF)

    def _catch_up(self, flow: _Flow) -> None:
        while flow.late:
            near = min(flow.late, key=lambda sequence: sequence - flow.expected + (1 << 31) & 0xFFFFFFFF)
            ahead = near - flow.expected & 0xFFFFFFFF
            if 0 < ahead < 1 << 31:
                return
            data = flow.late.pop(near)[-ahead & 0xFFFFFFFF :]
            flow.ready += data
            flow.expected = flow.expected + len(data) & 0xFFFFFFFF

    def _messages(self, flow: _Flow) -> list[bytes]:
        ready, messages, at = flow.ready, [], 0
        while at + 2 <= len(ready):
            length = ready[at] << 8 | ready[at + 1]
            if length < MIN_MESSAGE:
                self._skipped[LOST] += 1
                at = len(ready)
                break
            if at + 2 + length > len(ready):
                break
            messages.append(bytes(ready[at + 2 : at + 2 + length]))
            at += 2 + length
        del ready[:at]
        return messages

    def _add(self, key: Key, sequence: int) -> _Flow:
        while len(self._flows) >= MAX_FLOWS:
            self._skipped[IDLE] += 1
            self._forget(next(iter(self._flows)))
        flow = self._flows[key] = _Flow(sequence)
        return flow

    def _hold(self, flow: _Flow) -> None:
        held = len(flow.ready) + sum(map(len, flow.late.values()))
        self._held += held - flow.held
        flow.held = held
        while self._held > MAX_HELD:
            self._skipped[IDLE] += 1
            self._forget(next(iter(self._flows)))

    def _forget(self, key: Key) -> None:
        flow = self._flows.pop(key, None)
        if flow is not None:
            self._held -= flow.held
            if flow.ready or flow.late:
                self._skipped[LOST] += 1
