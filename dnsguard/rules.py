"""What a configuration and a snapshot make of the way of a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dnsguard.cache.config import Config as CacheConfig
from dnsguard.detect.inspector import Inspector
from dnsguard.policy.config import BlockConfig
from dnsguard.policy.policy import Policy
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


class Acl(Protocol):
    """Who is answered."""

    verdicts: Mapping[bytes, bool]
    """Clients already decided on."""

    def allows(self, client: bytes) -> bool:
        """Decide on a client."""


@dataclass(frozen=True, kw_only=True)  # no slots: the compiler has its own, and forgets those
class Rules:
    """All that a configuration and a snapshot say about queries; replaced as a whole, never changed.

    What is None is not configured, and costs no call.
    """

    generation: int
    """Rises with each change of lists or policy; cache entries of an older one are judged again."""
    inspector: Inspector
    policy: Policy
    block: BlockConfig
    cache: CacheConfig
    acl: Acl
    local: Callable[[Query], bytes | None] | None
    """Answers the operator's own records; they meet no detector."""
    special: Callable[[Query], bytes | None] | None
    """Answers special-use names, after the detectors have seen them."""
    route: Callable[[str], int] | None
    """Which group of servers a name is asked of."""
    withheld: Callable[[str, Answer], str] | None
    """Why an answer must not reach a client (rebinding); empty: it may."""
    max_waiting: int
    sources: object = None
    """What answers come from; when it is no longer equal, kept answers are forgotten."""
    on_crash: Callable[[str, Exception], None] | None = None
    """Counts and logs a query that raised; must not raise."""
