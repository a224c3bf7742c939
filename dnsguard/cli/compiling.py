"""A bar on the terminal while lists are compiled, if that takes long."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from dnsguard.intel.gather import OnProgress

AFTER: Final = 0.5
"""Nothing is drawn before that: most compilations are done by then. [seconds]"""


@contextmanager
def bars(console: Console | None = None) -> Iterator[OnProgress | None]:
    """Give what compile_lists may tell its progress; None, and no bar, if standard error is no terminal."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    started = time.monotonic()
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def show(phase: str, done: int, total: int) -> None:
        if time.monotonic() - started < AFTER:
            return
        progress.start()
        if phase not in tasks:
            for task in tasks.values():
                progress.remove_task(task)
            tasks.clear()
            tasks[phase] = progress.add_task(phase, total=total or None)
        progress.update(tasks[phase], completed=done, total=total or None)

    try:
        yield show
    finally:
        progress.stop()
        sys.stderr.flush()
