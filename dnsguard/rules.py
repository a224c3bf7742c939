"""What a configuration and a snapshot make of the way of a query."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from dnsguard.cache.config import Config as CacheConfig
from dnsguard.detect.inspector import Inspector
from dnsguard.policy.config import BlockConfig
from dnsguard.policy.policy import Policy
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


class Acl(Protocol):
    """Who is answered."""

    verdicts: dict[bytes, bool]
    """Clients already decided on; for looking into only."""

    def allows(self, client: bytes) -> bool:
        """Decide on a client."""


_FIELDS: Final = (
    "acl",
    "block",
    "cache",
    "generation",
    "inspector",
    "local",
    "max_waiting",
    "on_crash",
    "policy",
    "route",
    "sources",
    "special",
    "withheld",
)


class Rules:
    """All that a configuration and a snapshot say about queries; replaced as a whole, never changed.

    What is None is not configured, and costs no call.
    """

    __slots__ = _FIELDS

    # no dataclass: compiled, it forgets what its annotations said
    def __init__(
        self,
        *,
        generation: int,
        inspector: Inspector,
        policy: Policy,
        block: BlockConfig,
        cache: CacheConfig,
        acl: Acl,
        local: Callable[[Query], bytes | None] | None,
        special: Callable[[Query], bytes | None] | None,
        route: Callable[[str], int] | None,
        withheld: Callable[[str, Answer], str] | None,
        max_waiting: int,
        sources: object = None,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self.generation: Final = generation
        """Rises with each change of lists or policy; cache entries of an older one are judged again."""
        self.inspector: Final = inspector
        self.policy: Final = policy
        self.block: Final = block
        self.cache: Final = cache
        self.acl: Final = acl
        self.local: Final = local
        """Answers the operator's own records; they meet no detector."""
        self.special: Final = special
        """Answers special-use names, after the detectors have seen them."""
        self.route: Final = route
        """Which group of servers a name is asked of."""
        self.withheld: Final = withheld
        """Why an answer must not reach a client (rebinding); empty: it may."""
        self.max_waiting: Final = max_waiting
        self.sources: Final = sources
        """What answers come from; when it is no longer equal, kept answers are forgotten."""
        self.on_crash: Final = on_crash
        """Counts and logs a query that raised; must not raise."""

    def but(self, **changes: Any) -> "Rules":
        """Return the same rules with some of them changed."""
        return Rules(**{name: getattr(self, name) for name in _FIELDS} | changes)
