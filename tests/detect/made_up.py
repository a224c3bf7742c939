"""One worker's detectors of made-up names, and the names that are asked of them over simulated time."""

import random
from types import ModuleType
from typing import Any

import dnslib

from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import domain_generation_algorithm as dga_query
from dnsguard.detect.query import random_domain as random_query
from dnsguard.detect.response import domain_generation_algorithm as dga_response
from dnsguard.detect.response import random_domain as random_response
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests import judged

BOT = "192.0.2.7"
START = 1_700_000_000.0


class Site:
    """Asks both stages of one slug's detectors, as the pipeline does, with cues."""

    def __init__(self, query: ModuleType, response: ModuleType, **config: Any) -> None:
        self.memory = Memory()
        self.now = START
        self._stages = (query, response)
        self._context: Context[Any] = Context(query.Config(**config), EMPTY, self.memory)

    def ask(self, name: str, *, client: str = BOT) -> Finding | None:
        """At the query stage."""
        return judged.ask(self._stages[0], Query.of(name, client=client, time=self.now), self._context)

    def answer(
        self,
        name: str,
        *records: str,
        rcode: str = "NXDOMAIN",
        soa: str | None = None,
        client: str = BOT,
        ede: int | None = None,
        gap: float = 1.0,
    ) -> Finding | None:
        """At the response stage, `gap` seconds later; NXDOMAIN has the suffix's SOA, unless told otherwise."""
        self.now += gap
        query = Query.of(name, client=client, time=self.now, edns=ede is not None)
        reply = dnslib.DNSRecord.parse(query.packet).reply(ra=1)
        for record in records:
            reply.add_answer(*dnslib.RR.fromZone(f"{name}. 60 IN {record}"))
        if records:
            rcode = "NOERROR"
        elif soa != "":
            zone = name.partition(".")[2] if soa is None else soa
            reply.add_auth(*dnslib.RR.fromZone(f"{zone}. 60 IN SOA a.nic. b.nic. 1 2 3 4 5"))
        reply.header.rcode = getattr(dnslib.RCODE, rcode)
        if ede is not None:
            reply.add_ar(dnslib.EDNS0(opts=[dnslib.EDNSOption(15, ede.to_bytes(2, "big"))]))
        return judged.ask(self._stages[1], Response(query, Answer(bytes(reply.pack()))), self._context)


def dga(**config: Any) -> Site:
    """Of domain_generation_algorithm."""
    return Site(dga_query, dga_response, **config)


def randoms(**config: Any) -> Site:
    """Of random_domain."""
    return Site(random_query, random_response, **config)


def told(finding: Finding | None) -> bool:
    """Whether a finding is more than counted."""
    return finding is not None and finding.score >= finding.threshold


def letters(seed: int, count: int, size: int = 13, suffix: str = "net") -> list[str]:
    """Names of evenly drawn letters."""
    dice = random.Random(seed)
    return ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=size)) + "." + suffix for _ in range(count)]


def words(seed: int, count: int, suffix: str = "net") -> list[str]:
    """Names of two words each, as suppobox makes them."""
    dice = random.Random(seed)
    first = "able acre army bread chief children degree english father gentle heavy journey middle".split()
    second = "arrive board clothes crowd daughter during education flower garden mountain neighbor remember".split()
    made: dict[str, None] = {}
    while len(made) < count:
        made[dice.choice(first) + dice.choice(second) + "." + suffix] = None
    return list(made)
