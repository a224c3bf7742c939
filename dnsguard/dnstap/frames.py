"""Frame Streams, the writer's side of a bidirectional stream (github.com/farsightsec/fstrm, "fstrm/control.h").

READY ─►        the content types we can send
      ◄─ ACCEPT those the reader takes
START ─►        the one that is sent
frames ─►       each with its length before it
STOP  ─►
      ◄─ FINISH
"""

import select
import socket
import struct
from contextlib import suppress
from typing import Final

from dnsguard.errors import DnsguardError

CONTENT_TYPE: Final = b"protobuf:dnstap.Dnstap"
ACCEPT, START, STOP, READY, FINISH = 1, 2, 3, 4, 5
MAX_CONTROL: Final = 512
"""Longest control frame. [bytes]"""
_FIELD_CONTENT_TYPE: Final = 1
_WORD: Final = struct.Struct("!I")
_ESCAPE: Final = bytes(4)
"""Stands where a frame's length would, before a control frame."""


class FrameError(DnsguardError):
    """The other end does not speak Frame Streams, or not about dnstap."""


def control(kind: int, *content_types: bytes) -> bytes:
    """Encode a control frame."""
    fields = b"".join([struct.pack("!II", _FIELD_CONTENT_TYPE, len(one)) + one for one in content_types])
    return _ESCAPE + struct.pack("!II", 4 + len(fields), kind) + fields


def content_types(body: bytes) -> list[bytes]:
    """Read the fields of a control frame, all after its kind; FrameError if it can't be."""
    found = []
    while body:
        if len(body) < 8:
            raise FrameError("a control frame ends within a field")
        kind, size = struct.unpack_from("!II", body)
        if size > len(body) - 8:
            raise FrameError("a control frame ends within a field")
        if kind == _FIELD_CONTENT_TYPE:
            found.append(body[8 : 8 + size])
        body = body[8 + size :]
    return found


def framed(messages: list[bytes]) -> bytes:
    """Data frames, one after the other."""
    return b"".join([_WORD.pack(len(one)) + one for one in messages])


class Writer:
    """One connection; its methods raise OSError and FrameError, and wait no longer than the socket's time-out."""

    def __init__(self, sock: socket.socket) -> None:
        """Do the handshake on a connected socket, which is this object's from now on."""
        self._sock: Final = sock
        try:
            sock.sendall(control(READY, CONTENT_TYPE))
            offered = self._read(ACCEPT)
            # no content type at all means any (fstrm_control.h, "Content type negotiation")
            if offered and CONTENT_TYPE not in offered:
                raise FrameError("the receiver takes no dnstap")  # noqa: TRY301 - the socket is closed below
            sock.sendall(control(START, CONTENT_TYPE))
        except BaseException:
            sock.close()
            raise

    @property
    def gone(self) -> bool:
        """Whether the receiver has closed the stream, or said something: it has nothing more to say."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def send(self, messages: list[bytes]) -> None:
        """Send data frames."""
        self._sock.sendall(framed(messages))

    def close(self, *, politely: bool) -> None:
        """Close; politely with STOP, and the receiver's word that all has come."""
        if politely:
            with suppress(OSError, FrameError):
                self._sock.sendall(control(STOP))
                self._read(FINISH)
        self._sock.close()

    def _read(self, wanted: int) -> list[bytes]:
        """Read one control frame."""
        if self._exactly(4) != _ESCAPE:
            raise FrameError("the receiver sends data; is it one of dnstap?")
        (size,) = _WORD.unpack(self._exactly(4))
        if not 4 <= size <= MAX_CONTROL:
            raise FrameError(f"a control frame of {size} bytes; 4 to {MAX_CONTROL} would be right")
        body = self._exactly(size)
        (kind,) = _WORD.unpack_from(body)
        if kind != wanted:
            raise FrameError(f"the receiver sent control frame {kind} where {wanted} should come")
        return content_types(body[4:])

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._sock.recv(size - len(data))
            if not more:
                raise FrameError("the receiver closed the stream")
            data += more
        return data
