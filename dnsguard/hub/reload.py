"""Notices that files have changed: by looking every second, which works on every file system.

Symbolic links are followed, so that an editor's rename and a Kubernetes ConfigMap's swap are seen. A change counts once
the file has stood still from one look to the next: what is half written is not read.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

LOOK_EVERY: Final = 1.0
"""[seconds]"""

Mark = tuple[int, int, int, int] | None
"""Device, inode, size and modification time [ns]; None for a file that is not there."""


class Files:
    """Remembers how files looked when they were last read."""

    def __init__(self) -> None:
        self._read: dict[Path, Mark] = {}
        self._seen: dict[Path, Mark] = {}

    def watch(self, paths: Iterable[Path]) -> None:
        """Watch these files; call it before reading them, so that no change in between is missed."""
        self._read = {path: _mark(path) for path in paths}
        self._seen = dict(self._read)

    def changed(self) -> set[Path]:
        """Look; names what has changed and stands still now, each change once."""
        changed = set()
        for path, read in self._read.items():
            now = _mark(path)
            if now == self._seen[path] != read:
                changed.add(path)
                self._read[path] = now
            self._seen[path] = now
        return changed


def _mark(path: Path) -> Mark:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
