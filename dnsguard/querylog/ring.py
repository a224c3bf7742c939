"""The ring: a folder of segments, the oldest deleted as new ones are begun, within a bound of bytes."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dnsguard.querylog import segment
from dnsguard.querylog.segment import Row, Segment, SegmentError

SEGMENTS: Final = 16
"""A ring at its bound keeps at least seven eighths of it."""


def segments(folder: Path) -> list[tuple[int, Path]]:
    """The folder's segments by number, the oldest first; none if there is no folder, OSError if it can't be read."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    numbers = [int(match[1]) for name in names if (match := re.fullmatch(r"(\d{1,12})\.sqlite", name))]
    return [(number, path_of(folder, number)) for number in sorted(numbers)]


def path_of(folder: Path, number: int) -> Path:
    """Where a segment lies."""
    return folder / f"{number:08}.sqlite"


class Ring:
    """Written by one thread."""

    def __init__(self, folder: Path, max_size: int) -> None:
        """`max_size` bounds all segments together [bytes]."""
        self._folder: Final = folder
        self._max_size: Final = max_size
        self._share: Final = max_size // SEGMENTS
        self._segment: Segment | None = None
        self._unusable = Path()
        """It goes when it is the oldest."""

    @property
    def size(self) -> int:
        """Bytes of all segments; OSError if the folder can't be read."""
        return sum(segment.size(path) for _, path in segments(self._folder))

    def write(self, rows: Iterable[Row]) -> None:
        """Keep rows; SegmentError, and none is kept, if the disk or the file does not let us."""
        if self._segment is None:
            self._segment = self._open()
        try:
            self._segment.write(rows)
        except SegmentError as error:
            if error.unusable:
                self._unusable = self._segment.path
            raise
        if segment.size(self._segment.path) >= self._share:
            self._segment.close(finished=True)
            self._segment = None

    def close(self) -> None:
        """Let go of the file; `write` opens it again."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _open(self) -> Segment:
        """Go on with the newest segment, or begin one if that is full or unusable."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._make_room()
            there = segments(self._folder)
        except OSError as error:
            raise SegmentError(f"{self._folder}: {error.strerror or error}") from error
        number, newest = there[-1] if there else (0, self._unusable)
        if newest != self._unusable and segment.size(newest) < self._share:
            try:
                return Segment(newest)
            except SegmentError as error:
                if not error.unusable:
                    raise
                self._unusable = newest
        return Segment(path_of(self._folder, number + 1))

    def _make_room(self) -> None:
        """Delete the oldest until another whole one fits; not the newest, which may still be written."""
        there = segments(self._folder)
        total = sum(segment.size(path) for _, path in there) + self._share
        for _, path in there[:-1]:
            if total <= self._max_size:
                break
            total -= segment.size(path)
            segment.delete(path)
