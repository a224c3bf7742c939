"""A list cut into lines, a megabyte at a time: it is never wholly in memory."""

import codecs
import os
from collections.abc import Iterator
from typing import Final

from dnsguard.errors import ListError
from dnsguard.intel.readers.reading import Reading


class File:
    """An open file that is sliced like bytes: not mapped, for whoever maps a file that is cut short is killed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: Final = descriptor
        self._size: Final = os.fstat(descriptor).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """Read a part, shorter if the file has become so; ListError if the disk gives none."""
        start, stop, _ = part.indices(self._size)
        pieces = []
        try:
            while start < stop and (piece := os.pread(self._descriptor, stop - start, start)):
                pieces.append(piece)
                start += len(piece)
        except OSError as error:
            raise ListError(error.strerror or str(error)) from error
        return b"".join(pieces)


Buffer = bytes | File
"""A list's bytes."""
CHUNK: Final = 1 << 20
"""[bytes]"""
MAX_LINE: Final = 4096
"""Characters of a line that are looked at; a hosts line may have many names."""


def lines(data: Buffer, reading: Reading | None = None) -> Iterator[tuple[int, str]]:
    r"""Number the lines that are not empty, from 1, without blanks at their end.

    Line ends are those that editors count, and no others: \n, \r\n and \r. UTF-8, UTF-16 with a byte order mark; octets
    that are neither are replaced. How far it has come stands in `reading.at`.
    """
    number = 0
    for chunk in _whole_lines(data):
        if reading is not None:
            reading.at += len(chunk)
        text = chunk.decode("utf-8", "replace")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        for line in text.split("\n"):
            number += 1
            if line and (short := line[:MAX_LINE].rstrip()):
                yield number, short


def _whole_lines(data: Buffer) -> Iterator[bytes]:
    """Cut between lines; each piece comes without its last line end."""
    carry = b""
    for piece in _utf8(data):
        chunk = carry + piece
        # a \r at the very end may be the first half of \r\n
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, -1))
        if cut < 0:
            # one line, so far: what is beyond MAX_LINE is not looked at, but its end is
            carry = chunk if len(chunk) <= 4 * MAX_LINE else chunk[: 4 * MAX_LINE - 1] + chunk[-1:]
            continue
        yield chunk[:cut].removesuffix(b"\r") if chunk[cut : cut + 1] == b"\n" else chunk[:cut]
        carry = chunk[cut + 1 :]
    if carry:
        yield carry


def _utf8(data: Buffer) -> Iterator[bytes]:
    """Give the bytes in pieces, without a byte order mark, UTF-16 turned into UTF-8."""
    start = data[:3]
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        for at in range(0, len(data), CHUNK):
            yield decoder.decode(data[at : at + CHUNK]).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    for at in range(3 if start == codecs.BOM_UTF8 else 0, len(data), CHUNK):
        yield data[at : at + CHUNK]
