"""What detectors remember between queries, such as counts by client.

One for each process that judges queries: a worker, a replay. It outlives the configuration and the lists, so that a
reload forgets nothing. A detector keeps what it needs in a class of its own, which says how much it may hold:

    class Counts:
        def __init__(self) -> None: ...      # empty, and bounded

    counts = ctx.memory.of(Counts)           # this process's one, made when it is first asked for

Two detectors that ask for the same class share it: what the query stage counts, the response stage reads. Bounds that a
configuration sets are passed with each call, as its values may change under the counts. Times are the queries' own.
"""

from typing import Any, Final, TypeVar

T = TypeVar("T")


class Memory:
    """One of each kind that detectors ask for."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: Final[dict[type[Any], Any]] = {}

    def of(self, kind: type[T]) -> T:
        """Return the one of this kind, made at the first call."""
        kept: T | None = self._kept.get(kind)
        if kept is None:
            kept = self._kept[kind] = kind()
        return kept
