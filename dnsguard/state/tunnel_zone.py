"""What is remembered of one zone: the names asked for below it, and the bytes they and their answers can have carried.

A name asked for the first time can carry its whole code length. A name asked again carries which one of the known it
is, log2(N / n) for one asked n times in N; nothing if it comes on its beat, as a record does whose TTL has run out, or
right behind itself. So a zone of a few hosts costs a few bytes once, however often it is asked (Paxson et al., USENIX
Security 2013, bound a day's log the same way with a compressor).
"""

import math
from typing import Final

from dnsguard.state.carried import Carried

MAX_SYMBOLS: Final = 1024
"""Names and (name, type) pairs remembered of a zone: about 512 names asked for by two types. [~100 bytes each]"""
MAX_CLIENTS: Final = 8
"""Clients of a zone told apart; those that carried least make room."""
KNOWN: Final = 16.0
"""Factor on the limits of a zone that the network's own clients made known, and on the slow ones of a common zone."""
COMMON: Final = 4.0
"""Factor on the other limits of a zone whose names several clients ask for, since today."""
COMMON_CLIENTS: Final = 5
COMMON_NAMES: Final = 5
"""So many names, and one in sixteen, asked for by a second client each: as a zone's own people do, and no tunnel."""
MAX_SAMPLES: Final = 16
"""Names kept as they were, of a zone that carries much."""
MAX_RDATA: Final = 256
"""Answers remembered of a zone, so that the same one counts once. [~90 bytes each]"""
MAX_ANSWERS: Final = 8
"""Answers kept as they were, of a zone that carries much."""
MAX_NETWORKS: Final = 16
"""Networks, by first octet, whose addresses spoke for data: fewer make a zone known. [octets]"""
_COUNT: Final = 0xFFF
_GAP: Final = 0xFFFF
_WHO: Final = 0x3F
_LAST: Final = 0x3FFFFFF
_TICK: Final = 0.25
"""Times are in steps of four seconds. [1/s]"""
_LEAST_BEAT: Final = 2
"""Gaps below it are no beat, or a sender of four symbols a second would have one. [4 s]"""
_RUN: Final = 1
"""What is asked again within it, with nothing between, is a client that waits for its answer. [4 s]"""


class Zone:
    """One zone. `leeway` multiplies every limit: 1 for a zone nobody knows, more for popular ones."""

    __slots__ = (
        "address",
        "answered",
        "answers",
        "asked",
        "clients",
        "codec",
        "dense_names",
        "disguised",
        "down",
        "down_clients",
        "down_until",
        "first",
        "leeway",
        "name",
        "names",
        "networks",
        "previous",
        "rdata",
        "samples",
        "shared",
        "strange",
        "symbols",
        "tool",
        "up",
        "up_until",
    )

    def __init__(self, name: str, leeway: float, now: float) -> None:
        self.name: str = name
        self.leeway: float = leeway
        self.first: float = now
        self.asked: int = 0
        self.names: int = 0
        """Different names, those forgotten since counted again."""
        self.dense_names: int = 0
        self.strange: int = 0
        """Those of them that were asked for by types that hosts have no use for, for their first time."""
        self.previous: int = -1
        self.shared: int = 0
        """Names asked for by a second client, as a tunnel's never are."""
        self.symbols: dict[int, int] = {}
        """Fingerprint -> times asked (12 bits), the last gap (16 bits, 4 s), when last asked (26 bits, 4 s since
        `first`), and who asked first (6 bits of a hash, 0 once two did)."""
        self.up: Carried = Carried(now)
        self.clients: dict[bytes, float] = {}
        """Bytes that each client's questions carried."""
        self.down: Carried | None = None
        self.down_clients: dict[bytes, float] = {}
        self.rdata: dict[int, int] = {}
        """Fingerprints of answers seen."""
        self.answered: int = 0
        """Different names whose answers only an encoding explains."""
        self.answers: list[bytes] = []
        """The first octets of the last such answers, oldest first."""
        self.address: bytes = b""
        """The last new address, for what the next has in common with it."""
        self.disguised: float = 0.0
        """Evidence that addresses are something else, written as such. [bits]"""
        self.networks: bytes = b""
        """First octets of the addresses that spoke for it."""
        self.samples: list[str] = []
        """The last names below the zone that carried much, oldest first."""
        self.codec: str = ""
        """The encoding that its names were recognised by, and the program that writes so, if known."""
        self.tool: str = ""
        self.up_until: float = 0.0
        """Unix seconds until which it counts as a tunnel for what goes up."""
        self.down_until: float = 0.0

    def again(self, symbol: int, who: int, now: float) -> float:
        """Count a symbol that is known, asked for by a client of this hash; returns its bits."""
        value = self.symbols[symbol]
        ticks = self._ticks(now)
        count = value & _COUNT
        gap = value >> 12 & _GAP
        first = value >> 54
        since = min(max(ticks - (value >> 28 & _LAST), 0), _GAP)
        if first and first != who & _WHO | 1:
            first = 0
            self.shared += 1
        run = symbol == self.previous and since <= _RUN
        self.previous = symbol
        bits = 0.0
        if run:
            since = gap
        else:
            self.asked += 1
            # a beat is met to an eighth of its length, and to one step
            beat = gap >= _LEAST_BEAT and abs(since - gap) <= max(gap >> 3, 1)
            # what several clients ask for is no one's alphabet
            if first and not beat and count:
                bits = math.log2(self.asked / count) if self.asked > count else 0.0
            count = min(count + 1, _COUNT)
        self.symbols[symbol] = first << 54 | ticks << 28 | since << 12 | count
        return bits

    def learn(self, symbol: int, who: int, now: float, count: int = 1) -> int:
        """Remember a new symbol; returns how many more are remembered than before."""
        before = len(self.symbols)
        if before >= MAX_SYMBOLS:
            self.forget()
        self.symbols[symbol] = (who & _WHO | 1) << 54 | self._ticks(now) << 28 | count
        if count:
            self.asked += 1
            self.previous = symbol
        return len(self.symbols) - before

    def _ticks(self, now: float) -> int:
        return min(max(int((now - self.first) * _TICK), 0), _LAST)

    def common(self) -> bool:
        """Whether several clients keep asking for the same names: a zone of the network's own, or one it likes."""
        return len(self.clients) >= COMMON_CLIENTS and self.shared >= COMMON_NAMES and 16 * self.shared >= self.names

    def factors(self, now: float, known_after: float, known_clients: int) -> tuple[float, float]:
        """Give what the quick limits and the slow ones are multiplied by.

        Several clients, `known_clients`, that have used a zone for `known_after` seconds make it known.
        """
        quick = slow = self.leeway
        if slow < KNOWN:
            if len(self.clients) >= known_clients and now - self.first >= known_after:
                quick = slow = KNOWN
            elif self.common():
                quick, slow = max(quick, COMMON), KNOWN
        return quick, slow

    def learn_rdata(self, fingerprint: int) -> None:
        """Remember a new answer, in place of the older half if there are too many."""
        known = self.rdata
        if len(known) >= MAX_RDATA:
            for old in list(known)[: MAX_RDATA // 2]:
                del known[old]
        known[fingerprint] = 1

    def disguise(self, bits: float) -> None:
        """Add evidence; what speaks against it never weighs more than what spoke for it."""
        self.disguised = max(self.disguised + bits, 0.0)

    def new_network(self, first: int) -> bool:
        """Remember the first octet of an address that speaks for data; whether it is a new one."""
        if self.networks.find(first) >= 0 or len(self.networks) >= MAX_NETWORKS:
            return False
        self.networks += bytes([first])
        return True

    def forget(self) -> None:
        """Forget the symbols asked once, and if that is not half of them, the oldest."""
        kept = {symbol: value for symbol, value in self.symbols.items() if value & _COUNT > 1}
        if len(kept) > MAX_SYMBOLS // 2:
            kept = dict(list(kept.items())[-(MAX_SYMBOLS // 2) :])
        self.symbols = kept
        asked = 0
        for value in kept.values():
            asked += value & _COUNT
        self.asked = asked

    def weight(self, now: float) -> float:
        """What would be lost with it, in bytes; a zone found to be a tunnel outweighs all that are not."""
        carried = self.up.weight(now)
        if self.down is not None:
            carried += self.down.weight(now)
        if self.up_until > now or self.down_until > now:
            carried += 1e9
        return carried

    def dump(self) -> dict[str, object]:
        """As JSON-like values, for `load`."""
        return {
            "name": self.name,
            "leeway": self.leeway,
            "first": self.first,
            "asked": self.asked,
            "names": self.names,
            "shared": self.shared,
            "dense": self.dense_names,
            "strange": self.strange,
            "symbols": [[symbol, value] for symbol, value in self.symbols.items()],
            "up": self.up.dump(),
            "clients": [[client, count] for client, count in self.clients.items()],
            "down": None if self.down is None else self.down.dump(),
            "down_clients": [[client, count] for client, count in self.down_clients.items()],
            "rdata": list(self.rdata),
            "answered": self.answered,
            "answers": self.answers,
            "disguised": self.disguised,
            "networks": self.networks,
            "samples": self.samples,
            "codec": self.codec,
            "tool": self.tool,
            "until": [self.up_until, self.down_until],
        }


def share(clients: dict[bytes, float], client: bytes, count: float) -> int:
    """Add to what a client has carried; who carried least makes room. Returns how many did."""
    known = clients.get(client)
    if known is not None:
        clients[client] = known + count
        return 0
    made_room = 0
    if len(clients) >= MAX_CLIENTS:
        made_room = 1
        least = -1.0
        victim = b""
        for other, carried in clients.items():
            if least < 0.0 or carried < least:
                least = carried
                victim = other
        del clients[victim]
    clients[client] = count
    return made_room
