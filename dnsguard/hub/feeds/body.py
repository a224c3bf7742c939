"""A response's body on its way to a file: unpacked, counted and hashed piece by piece; never whole in memory."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from dnsguard.hub.feeds.errors import FetchError, RefusedError
from dnsguard.model import Size

PIECE: Final = 1 << 16
"""Most bytes unpacked at a time: a thousandth of what a gzip bomb makes of a packet."""
HEAD: Final = 512
"""Bytes kept of the beginning, to see what it is."""
GZIP: Final = b"\x1f\x8b"
"""RFC 1952 section 2.3.1."""


class Body:
    """Takes what arrives; `close` says whether it was all, and may be a list.

    A body is unpacked if the server says so (`Content-Encoding: gzip`), and once more if it is a `.gz` file.
    """

    def __init__(self, file: BinaryIO, max_size: int, *, gzip: bool) -> None:
        self._file: Final = file
        self._max_size: Final = max_size
        self._outer: Final = Gunzip() if gzip else None
        self._inner: Gunzip | None = None
        self._start = b""  # until it can be told whether it is packed
        self._started = False
        self._head = b""
        self._received = 0
        self._served: Final = hashlib.sha256()
        self._plain: Final = hashlib.sha256()
        self.size = 0
        """Bytes written."""

    @property
    def digest(self) -> str:
        """SHA-256 of what was written."""
        return self._plain.hexdigest()

    @property
    def digests(self) -> frozenset[str]:
        """SHA-256 of the file as it is served, and of what is in it: publishers give one or the other."""
        return frozenset((self._served.hexdigest(), self.digest))

    def feed(self, data: bytes) -> None:
        """Take a piece; RefusedError if it becomes too much, FetchError if it can't be unpacked."""
        self._received += len(data)
        if self._received > self._max_size:
            self._too_much()
        for piece in self._outer.feed(data) if self._outer else (data,):
            self._served.update(piece)
            self._unpack(piece)

    def close(self) -> None:
        """End; FetchError if something is missing, RefusedError if no list can look like this."""
        if not self._started:
            self._write(self._start)
        if not all(layer is None or layer.complete for layer in (self._outer, self._inner)):
            raise FetchError("ended in the middle of its gzip stream")
        head = self._head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not head and self.size <= HEAD:
            raise RefusedError("is empty")
        # a server's error page (numa#337), a login page, a redirect in HTML: no list's format begins so
        if head.startswith(b"<"):
            raise RefusedError("is a web page, not a list")

    def _unpack(self, data: bytes) -> None:
        if not self._started:
            self._start += data
            if len(self._start) < len(GZIP):
                return
            data, self._start, self._started = self._start, b"", True
            if data.startswith(GZIP):
                self._inner = Gunzip()
        for piece in self._inner.feed(data) if self._inner else (data,):
            self._write(piece)

    def _write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._max_size:
            self._too_much()
        if len(self._head) < HEAD:
            self._head += data[: HEAD - len(self._head)]
        self._plain.update(data)
        self._file.write(data)

    def _too_much(self) -> None:
        raise RefusedError(f"has more than {_size(self._max_size)}, its max_size")


class Gunzip:
    """Unpacks gzip members one after the other (RFC 1952 section 2.2), at most PIECE bytes at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    @property
    def complete(self) -> bool:
        """Whether the last member has ended."""
        return self._member.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes unpack to; FetchError if they are damaged."""
        while True:
            if self._member.eof:
                # gzip's own tools pad with zeros
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._member = zlib.decompressobj(wbits=31)
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise FetchError(f"is damaged gzip: {error}") from None
            if piece:
                yield piece
            if self._member.eof:
                data = self._member.unused_data
                continue
            data = self._member.unconsumed_tail
            if not data and len(piece) < PIECE:
                return


def _size(value: int) -> str:
    for unit in ("GB", "MB", "KB"):
        if value % Size.UNITS[unit] == 0:
            return f"{value // Size.UNITS[unit]} {unit.replace('K', 'k')}"
    return f"{value} bytes"
