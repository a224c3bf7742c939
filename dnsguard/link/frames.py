"""Messages as frames: their length (4 bytes, big endian) and msgpack."""

import struct
from typing import Final, Generic, TypeVar

import msgspec

from dnsguard.errors import DnsguardError
from dnsguard.link.messages import FromHub, FromWorker

MAX_FRAME: Final = 16 << 20
"""Longest message. [bytes] A configuration with thousands of groups is far below it; a broken peer is soon above it."""

M = TypeVar("M")

_LENGTH: Final = struct.Struct("!I")
_encoder: Final = msgspec.msgpack.Encoder()


class LinkError(DnsguardError):
    """A peer that does not keep the format; its connection ends."""


def frame(message: FromWorker | FromHub) -> bytes:
    """Encode one message; LinkError if it is longer than a frame may be."""
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME:
        raise LinkError(f"a message of {len(body)} bytes is longer than {MAX_FRAME}")
    return _LENGTH.pack(len(body)) + body


class Reader(Generic[M]):
    """Bytes in, messages out. `kinds` are the messages this end may be sent."""

    __slots__ = ("_buffer", "_decoder")

    def __init__(self, decoder: "msgspec.msgpack.Decoder[M]") -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[M]:
        """Take what arrived, return what is complete; LinkError if it can't be a frame."""
        buffer = self._buffer
        buffer += data
        messages: list[M] = []
        start = 0
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if not 0 < length <= MAX_FRAME:
                raise LinkError(f"a frame of {length} bytes; 1 to {MAX_FRAME} would be right")
            end = start + _LENGTH.size + length
            if len(buffer) < end:
                break
            try:
                messages.append(self._decoder.decode(memoryview(buffer)[start + _LENGTH.size : end].tobytes()))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise LinkError(f"no message: {error}") from error
            start = end
        del buffer[:start]
        return messages


def worker_messages() -> Reader[FromWorker]:
    """Make what the hub reads with."""
    return Reader(msgspec.msgpack.Decoder(FromWorker))


def hub_messages() -> Reader[FromHub]:
    """Make what a worker reads with."""
    return Reader(msgspec.msgpack.Decoder(FromHub))
