"""What detectors remember between queries, such as counts by client.

One for each process that judges queries: a worker, a replay. It outlives the configuration and the lists, so that a
reload forgets nothing. A detector keeps what it needs in a class of its own, which says how much it may hold:

    class Counts:
        def __init__(self) -> None: ...      # empty, and bounded

    counts = ctx.memory.of(Counts)           # this process's one, made when it is first asked for

Two detectors that ask for the same class share it: what the query stage counts, the response stage reads. Bounds that a
configuration sets are passed with each call, as its values may change under the counts. Times are the queries' own.

A kind whose sizes are metrics says them:

    def tables(self) -> list[Table]: ...     # names of state/counters.py's TABLES, entries, what made room

A kind outlives the process if it can be saved:

    def dump(self) -> bytes | Iterator[bytes]: ...   # pieces, where all at once would keep queries waiting
    def load(self, data: bytes) -> None: ...         # the pieces joined; ValueError, and no change, for anything else
"""

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from dnsguard.state.counters import Table

T = TypeVar("T")


class Memory:
    """One of each kind that detectors ask for."""

    __slots__ = ("_kept", "_saved", "faults")

    def __init__(self) -> None:
        self._kept: Final[dict[type[Any], Any]] = {}
        self._saved: Final[dict[str, bytes]] = {}
        """What was loaded, and not asked for yet."""
        self.faults: list[str] = []
        """What of it a kind could not read; taken, and emptied, by who logs."""

    def of(self, kind: type[T]) -> T:
        """Return the one of this kind, made at the first call."""
        kept: T | None = self._kept.get(kind)
        if kept is None:
            kept = self._kept[kind] = kind()
            saved = self._saved.pop(kind.__qualname__, None)
            if saved is not None:
                self._load(kind.__qualname__, kept, saved)
        return kept

    def _load(self, name: str, kept: Any, saved: bytes) -> None:
        try:
            kept.load(saved)
        except ValueError as error:
            self.faults.append(f"{name}: {error}")

    def tables(self) -> Iterator[Table]:
        """Give sizes and evictions of all kinds that say them."""
        for kind, kept in list(self._kept.items()):
            if hasattr(kind, "tables"):
                yield from kept.tables()

    def dump(self) -> Iterator[tuple[str, bytes]]:
        """Names of kinds with pieces of what they remember; queries may be judged between two pieces."""
        yield from list(self._saved.items())
        for kind, kept in list(self._kept.items()):
            if hasattr(kind, "dump"):
                dumped = kept.dump()
                if isinstance(dumped, bytes):
                    yield kind.__qualname__, dumped
                else:
                    for piece in dumped:
                        yield kind.__qualname__, piece

    def load(self, saved: dict[str, bytes]) -> None:
        """Take what `dump` gave, its pieces joined; each kind reads its own when it is first asked for."""
        self._saved.update(saved)
