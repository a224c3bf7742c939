"""What clients ask of the resolvers that are compared."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from dnsguard.wire.query import Query
from tests import names
from tests.bench.dnsperf import packet_file, question_file
from tests.bench.lists import domains

FRESH_PER_SECOND = 80_000
"""Written for each second of load: more than any of these servers forwards with upstream and load on one core."""
HOT = 1000
POPULATION = 500_000
"""Names of the mix, of which the n-th is asked for 1/n as often as the first (Zipf's law)."""
DENIED = 1_000_000
WORKLOADS = {
    "cached": "1,000 names over and over",
    "unique": "each name once",
    "mix": "500,000 names by a Zipf law, mixed case (0x20), varying EDNS",
    "blocked": "1,000 listed names over and over",
    "tcp": "the 1,000 names over eight kept connections, 25 under way on each",
}
ONCE = {"unique"}
"""What is asked at most once of each server."""


def denied() -> list[str]:
    """A million names for block lists."""
    return list(itertools.islice(dict.fromkeys(domains(DENIED + DENIED // 50, 1)), DENIED))


class Questions:
    """The files of one run, in a folder; each call for `unique` and `mix` makes new ones, the same for all servers."""

    def __init__(self, folder: Path, listed: list[str]) -> None:
        self._folder = folder
        self._fresh = names.hosts(4)
        self._population = list(itertools.islice(names.hosts(5), POPULATION))
        self._weights = list(itertools.accumulate(1 / place for place in range(1, POPULATION + 1)))
        self._rng = random.Random(6)
        self._hot = question_file(folder / "hot", names.hosts(3), HOT)
        self._listed = question_file(folder / "listed", iter(self._rng.sample(listed, HOT)), HOT)

    def file(self, workload: str, seconds: float) -> Path:
        """The input for so many seconds of one of WORKLOADS."""
        count = int(seconds * FRESH_PER_SECOND)
        if workload == "unique":
            return self.fresh(count)
        if workload == "mix":
            chosen = self._rng.choices(self._population, cum_weights=self._weights, k=count)
            return packet_file(self._folder / "mix.packets", (varied(name, self._rng) for name in chosen))
        return self._listed if workload == "blocked" else self._hot

    def fresh(self, count: int) -> Path:
        """Names that no earlier file had."""
        return question_file(self._folder / "fresh", self._fresh, count)


def varied(name: str, rng: random.Random) -> bytes:
    """A question as different clients send it: letters in either case, with and without EDNS, its sizes and options."""
    bits = rng.getrandbits(64)
    text = "".join(char.upper() if bits >> place % 64 & 1 else char for place, char in enumerate(name))
    bare = Query.of(text).packet
    question = bare[12:]
    kind = rng.randrange(6)
    if kind == 0:
        return bare[:12] + question
    size = rng.choice((512, 1232, 1232, 4096))
    # RFC 7873 a client's cookie, RFC 7830 padding
    option = {4: b"\0\x0a\0\x08" + rng.randbytes(8), 5: b"\0\x0c\0\x10" + bytes(16)}.get(kind, b"")
    ttl = b"\0\0\x80\0" if kind == 3 else bytes(4)
    opt = b"\0\0\x29" + size.to_bytes(2) + ttl + len(option).to_bytes(2) + option
    return bare[:10] + b"\0\1" + question + opt


def every(only: list[str]) -> Iterator[str]:
    """Those of WORKLOADS that are asked for, in its order."""
    return (name for name in WORKLOADS if not only or name in only)
