"""A file's bytes in order, unpacked where it is gzip, with the offset of the next one for error texts."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

from dnsguard.replay.recorded import DamagedError

GZIP = b"\x1f\x8b"
BUFFER = 1 << 18
"""Bytes read at a time: enough that a packet costs no system call."""


class _Unpacked(io.RawIOBase):
    """A gzip file that gives all it has before it says what is broken; a buffered read would lose the last piece."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self._file.read1(len(view))
        view[: len(data)] = data
        return len(data)


class Source:
    """Reads forward only, so that a pipe does as well as a file."""

    def __init__(self, raw: BinaryIO, name: str, size: int = 0) -> None:
        self.name = name
        self.size = size
        """Of the file as it lies on disk; 0 if unknown. [bytes]"""
        self.offset = 0
        """Of the next byte, after unpacking."""
        self._raw = raw
        self._file = io.BufferedReader(cast("io.RawIOBase", raw), BUFFER)
        self._packed = self._file.peek(2)[:2] == GZIP
        if self._packed:
            self._file = io.BufferedReader(_Unpacked(self._file), BUFFER)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file; OSError if that fails."""
        raw = path.open("rb", buffering=0)
        return cls(cast("BinaryIO", raw), str(path), path.stat().st_size if path.is_file() else 0)

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        self._raw.close()

    def position(self) -> int:
        """Bytes of the file on disk that are behind us, for a progress bar; 0 for a pipe."""
        return self._raw.tell() if self.size else 0

    def damaged(self, reason: str, offset: int | None = None) -> DamagedError:
        """An error that names the place, by default the next byte."""
        where = f"byte {self.offset if offset is None else offset}"
        return DamagedError(self.name, where + (" after unpacking" if self._packed else ""), reason)

    def peek(self) -> bytes:
        """The next bytes, up to a buffer full, without taking them; empty at the end."""
        try:
            return self._file.peek(16)
        except (EOFError, OSError, zlib.error) as error:
            raise self.damaged(_text(error)) from error

    def take(self, count: int, what: str) -> bytes:
        """The next `count` bytes, or none at all at the end; an end in between is damage."""
        try:
            data = self._file.read(count)
        except (EOFError, OSError, zlib.error) as error:
            raise self.damaged(f"{what}: {_text(error)}") from error
        if len(data) < count and data:
            raise self.damaged(f"the file ends inside {what}: {len(data)} of {count} bytes are there")
        self.offset += count
        return data

    def need(self, count: int, what: str) -> bytes:
        """The next `count` bytes, where the file must not end."""
        data = self.take(count, what)
        if not data and count:
            self.offset -= count
            raise self.damaged(f"the file ends before {what} of {count} bytes")
        return data

    def line(self, limit: int) -> bytes:
        """The next line with its line feed; empty at the end; one above `limit` bytes is damage."""
        try:
            data = self._file.readline(limit)
        except (EOFError, OSError, zlib.error) as error:
            raise self.damaged(_text(error)) from error
        if len(data) == limit and not data.endswith(b"\n"):
            raise self.damaged(f"a line has more than {limit} bytes")
        self.offset += len(data)
        return data


def _text(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the gzip data ends too early"
    if isinstance(error, (gzip.BadGzipFile, zlib.error)):
        return f"the gzip data is broken ({error})"
    return f"cannot be read ({error})"
