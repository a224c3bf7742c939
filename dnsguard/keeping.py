"""What a pipeline keeps, and for how long: answers, replies ready to send, and what was blocked a moment ago.

All three are bounded in bytes by `cache.size`, and are one in its metrics.
"""

from typing import Final

from dnsguard.cache.entry import MAX_KEY, Entry, Reply
from dnsguard.cache.store import Kept, Store
from dnsguard.judge import Told
from dnsguard.model import Judged
from dnsguard.rules import Rules
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire.query import Query

BLOCKED_FOR: Final = 10.0
"""A client's question that was blocked is judged again after so long at the latest, however often it comes: detectors
and the query's state see one in so many seconds. Sooner if the answer's own TTL is shorter: who keeps it would not have
asked meanwhile. [seconds]"""
BLOCKED_SHARE: Final = 16
"""One part in so many of the cache is for them: 4 MB hold some 3,000 questions of one client each."""
_BLOCKED_OVERHEAD: Final = 1100
"""Of a Blocked with its finding, whose evidence is the most of it, and its place in the store; measured on CPython 3.11
with a name that one list has. [bytes]"""


class Blocked(Kept):
    """The blocked answer to one client's exact packet: all of it but the id.

    It holds while generation and temporary allows are those it was judged under, and for BLOCKED_FOR. The client is
    part of the key, for policy and alert are its own.
    """

    __slots__ = ("allows", "client", "finding_cell", "generation", "judged", "payload", "told", "until")

    def __init__(self, query: Query, answer: bytes, judged: Judged, told: Told, rules: Rules) -> None:
        super().__init__(len(query.packet) + len(answer) + _BLOCKED_OVERHEAD)
        self.client = query.client
        self.payload = answer[2:]
        self.judged = judged
        self.told = told
        """What repeats are counted into."""
        self.finding_cell = count.FINDINGS[judged.finding.slug]
        self.generation = rules.generation
        self.allows = rules.policy.allows
        self.until = query.time + min(float(rules.block.ttl), BLOCKED_FOR)

    def counts(self, client: bytes, generation: int, allows: int, now: float) -> bool:
        """Count a client's repeat, if the verdict still holds; False: it has to be judged."""
        return (
            now < self.until
            and generation == self.generation
            and allows == self.allows
            and client == self.client  # addresses are of two lengths: one's key may go on as another's begins
            and self.told.again(now)
        )


class Keeping:
    """One pipeline's stores."""

    def __init__(self, size: int, counters: Counters) -> None:
        """Take `size`, the bytes of all of them."""
        self.answers: Final[Store[Entry]] = Store(0)
        """By normalised question."""
        self.ready: Final[Store[Reply]] = Store(0)
        """By exact packet without id: what is asked again and again, ready to send."""
        self.blocked: Final[Store[Blocked]] = Store(0)
        """By client and exact packet without id."""
        self._cells: Final = counters.cells
        self._evicted = 0
        self.resize(size)

    def resize(self, size: int) -> None:
        """Hold so many bytes from now on."""
        blocked = size // BLOCKED_SHARE
        self.answers.resize(size // 2)
        self.ready.resize(size // 2 - blocked)
        self.blocked.resize(blocked)

    def clear(self) -> None:
        """Forget all."""
        self.answers.clear()
        self.ready.clear()
        self.blocked.clear()

    def keep(self, key: bytes, entry: Entry, stale: float, now: float) -> None:
        """Keep an answer for its life, a failure only where nothing better is kept.

        `stale` says how long an expired one may yet serve. [seconds]
        """
        if entry.expires <= now:
            if not entry.body[0] & 0x02:
                self.answers.drop(key)  # what it says instead of the old answer holds for this moment only
            return
        if entry.failure:
            old = self.answers.entries.get(key)
            if old is not None and not old.failure and now < old.expires + stale:
                old.retry_at = entry.expires
                return
        self.answers.put(key, entry)

    def block(self, query: Query, answer: bytes, told: Told, rules: Rules) -> None:
        """Keep the answer to a query over UDP that was blocked for one finding, for its repeats."""
        packet = query.packet
        judged = query.judged
        if judged is not None and not query.stream and len(packet) <= MAX_KEY:
            self.blocked.put(query.client + packet[2:], Blocked(query, answer, judged, told, rules))

    def show(self) -> None:
        """Show what is kept, and what made room."""
        cells = self._cells
        cells[count.CACHE_BYTES] = self.answers.bytes + self.ready.bytes + self.blocked.bytes
        cells[count.CACHE_ENTRIES] = len(self.answers.entries)
        evicted = self.answers.evicted + self.ready.evicted + self.blocked.evicted
        cells[count.CACHE_EVICTED] += evicted - self._evicted
        self._evicted = evicted
