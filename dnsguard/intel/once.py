"""The configured lists for a command that runs once beside, or without, a server, and may write nothing of its.

The server's newest snapshot serves if the lists still say the same; else they are compiled into a folder that is gone
before this returns, for a mapped file outlives its name. Either way an entry keeps the date the server knows.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from dnsguard.intel.compile import CompileResult, compile_lists, latest
from dnsguard.intel.config import ListConfig
from dnsguard.intel.gather import OnProgress
from dnsguard.intel.snapshot import EMPTY, Snapshot

SNAPSHOTS: Final = "lists"
"""The server's folder of snapshots in state_dir."""


def snapshot_once(
    lists: Sequence[ListConfig], base: Path, directory: Path, *, now: float, on_progress: OnProgress | None = None
) -> tuple[Snapshot, tuple[str, ...]]:
    """Return a snapshot and what is wrong with the lists, a line for each; ListError if there can be none.

    `directory` is the server's folder of snapshots, which need not exist; `now` in Unix seconds dates new entries.
    """
    if not lists:
        return EMPTY, ()
    with tempfile.TemporaryDirectory(prefix="dnsguard-") as folder:
        known = latest(directory)
        if known is not None and known.path is not None:
            Path(folder, known.path.name).symlink_to(known.path.absolute())
        result = compile_lists(lists, base, Path(folder), now=now, on_progress=on_progress)
        return Snapshot.open(result.path, verify=False), tuple(_faults(lists, result))


def _faults(lists: Sequence[ListConfig], result: CompileResult) -> Iterator[str]:
    for config, report in zip(lists, result.lists, strict=True):
        # a list with a url is the server's to fetch: what its snapshot has of it is all that is wanted here
        if config.url and not Path(config.path).is_file():
            if report.state == "absent":
                yield f"list {config.name!r}: nothing of it is there yet; `dnsguard lists update` fetches it"
        elif report.fault:
            yield f"list {config.name!r}: {report.fault}"
