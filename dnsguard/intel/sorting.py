"""Sorts more records than fit into memory: runs are sorted, put on disk, and merged while they are read back."""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

RUN: Final = 400_000
"""Records in memory: some 40 MB."""
FAN: Final = 200
"""Runs merged at a time: as many files are open at once."""


class Sorter:
    """Takes records (bytes without a line end), gives them back in order; files go into `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder: Final = folder
        self._name: Final = name
        self._buffer: list[bytes] = []
        self._runs: list[Path] = []
        self._made = 0
        self.count = 0

    def add(self, records: list[bytes]) -> None:
        """Take some."""
        self._buffer += records
        self.count += len(records)
        if len(self._buffer) >= RUN:
            self._flush()

    def __iter__(self) -> Iterator[bytes]:
        """Give all of them in order, once; none may be added any more."""
        self._buffer.sort()
        while len(self._runs) > FAN:
            first, self._runs = self._runs[:FAN], self._runs[FAN:]
            self._runs.append(self._write(_merged(first, [])))
            for path in first:
                path.unlink()
        yield from _merged(self._runs, self._buffer)

    def _flush(self) -> None:
        self._buffer.sort()
        self._runs.append(self._write(iter(self._buffer)))
        self._buffer = []

    def _write(self, records: Iterator[bytes]) -> Path:
        path = self._folder / f"{self._name}-{self._made}"
        self._made += 1
        with path.open("wb") as file:
            file.writelines(record + b"\n" for record in records)
        return path


def _merged(paths: list[Path], rest: list[bytes]) -> Iterator[bytes]:
    if not paths:
        yield from rest
        return
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb", buffering=1 << 18)) for path in paths]
        runs: list[Iterator[bytes]] = [map(_cut, file) for file in files]
        yield from heapq.merge(*runs, rest)


def _cut(record: bytes) -> bytes:
    return record[:-1]
