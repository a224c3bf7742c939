"""Each detector proves now and then that it finds what it must: "no findings" must never look like "not running".

A known-bad behaviour (dnsguard.behaviours) is played through a pipeline of its own: the same judge, inspector and
detector, the lists and the settings that hold, but with a memory, a cache, counters and a policy that nobody else sees.
Nothing is sent, told or counted as traffic.

A round is cut into steps of one packet, with a pause after each. Measured (tests/bench/selftest.py; interpreted, on
CPython 3.11, 2-core VM): 11 ms of CPU in 54 steps every two minutes, the longest 2.5 ms, where tables are made;
the first round, which loads what the first such query would load otherwise, 0.2 s.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from dnslib import DNSError

from dnsguard.behaviours import BEHAVIOURS, sinkholed_domain, suspicious_domain, threat_intel
from dnsguard.behaviours.behaviour import NXDOMAIN, Behaviour, Reply, address, query, response
from dnsguard.cache.config import Config as CacheConfig
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.inspector import Inspector
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import Snapshot, name_of
from dnsguard.judge import Untold
from dnsguard.link import SelfTested
from dnsguard.listen.acl import Acl
from dnsguard.model import Finding, Mode, Size
from dnsguard.pending import Pending
from dnsguard.pipeline import Pipeline
from dnsguard.policy.config import AllowConfig
from dnsguard.policy.policy import Policy
from dnsguard.rules import Rules
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire.query import Query

EVERY: Final = 120.0
"""From one round's end to the next's beginning. [seconds]"""
FIRST: Final = 1.0
"""Before the first round. [seconds]"""
PAUSE: Final = 0.02
"""Between two packets. [seconds]"""
CLIENT: Final = ipaddress.ip_address("192.0.2.1").packed
"""TEST-NET-1 (RFC 5737)."""
LOOKED_AT: Final = 20_000
"""Listed names among which one of a category is looked for,"""
CHUNK: Final = 100
"""so many in one step."""
STEP: Final = 0.01
"""Between two packets, as the detectors see it. [seconds]"""

Result = Literal["waiting", "good", "off", "untested", "insensitive", "failed"]
"""`off`: nobody has it on. `untested`: no list or signature that holds knows the sample. `insensitive`: it finds the
sample with the default settings, not with those that hold. `failed`: it does not find it at all."""


@dataclass(slots=True)
class Outcome:
    """What came of one detector's last self-test."""

    result: Result = "waiting"
    error: str = ""
    """Why it failed."""
    good_at: float | None = None
    """When it last was good, by `now` of `SelfTest.run`. [seconds]"""


class Nowhere:
    """Where answers of a self-test go."""

    stream = False

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        """Drop them."""


class Crash:
    """How a detector crashed last.

    No method of the trial's: in a circle, the lists it was tested with would stay mapped until the collector looks.
    """

    def __init__(self) -> None:
        self.error = ""

    def __call__(self, _part: str, error: Exception) -> None:
        """Note it."""
        self.error = f"{type(error).__name__}: {error}"[:200]


class Trial:
    """One behaviour played to one detector; `found` says whether it was, `crash` how the detector crashed."""

    def __init__(
        self,
        behaviour: Behaviour,
        rules: Rules,
        config: DetectorConfig | None,
        answers: dict[bytes, bytes],
        now: float,
    ) -> None:
        """`config` is the detector's; None: its default. `answers` remembers what was built, by the query's bytes."""
        self.crash: Final = Crash()
        self._behaviour: Final = behaviour
        self._answers: Final = answers
        self._counters: Final = Counters()
        self._now = now
        slug = behaviour.slug
        own = rules.but(
            inspector=Inspector(
                {} if config is None else {slug: config},
                rules.inspector.intel,
                lambda other: other == slug,
                self.crash,
                memory=Memory(),
            ),
            policy=Policy(mode=Mode.ALERT, detectors={}, allow=AllowConfig(), groups=()),
            acl=Acl(["any"]),
            cache=CacheConfig(size=Size(1 << 20)),
            local=None,
            special=None,
            route=None,
            withheld=None,
            max_waiting=1000,
            on_crash=self.crash,
        )
        self._pipeline: Final = Pipeline(own, self._counters, _told)

    @property
    def found(self) -> bool:
        """Whether the detector found it."""
        return self._counters.cells[count.FINDINGS[self._behaviour.slug]] > 0

    def steps(self) -> Iterator[None]:
        """Play it; others may do something after each packet."""
        pipeline = self._pipeline
        for packet in self._behaviour.packets():
            self._now += STEP
            pipeline.on_queries(Nowhere(), [packet], [None], [CLIENT], self._now)
            forwards, pipeline.forwards = pipeline.forwards, []
            for pending in forwards:
                pipeline.on_answer(pending, self._answer(pending), self._now)
            pipeline.replies.clear()
            yield
            if self.found:
                return

    def _answer(self, pending: Pending) -> bytes:
        asked = bytes(pending.tail)
        made = self._answers.get(asked)
        if made is None:
            try:
                made = response(b"\0\0" + asked, self._reply)
            except DNSError as error:
                raise AssertionError(f"a self-test's own query cannot be read: {error}") from error
            self._answers[asked] = made
        return made

    def _reply(self, name: str, qtype: int) -> Reply:
        return self._behaviour.reply(name, qtype) or NXDOMAIN


class SelfTest:
    """One worker's; `outcomes` by detector."""

    def __init__(self, behaviours: tuple[Behaviour, ...] = BEHAVIOURS) -> None:
        self.outcomes: Final[Mapping[str, Outcome]] = {one.slug: Outcome() for one in behaviours}
        self._behaviours: Final = behaviours
        self._answers: Final[dict[bytes, bytes]] = {}
        self._began: float | None = None

    def status(self, now: float) -> list[SelfTested]:
        """What the hub is told; `now` as for `run`."""
        since = now if self._began is None else self._began
        return [
            SelfTested(slug, one.result, one.error, now - since, None if one.good_at is None else now - one.good_at)
            for slug, one in self.outcomes.items()
        ]

    async def run(self, rules: Callable[[], Rules], now: Callable[[], float]) -> None:
        """Test all, again and again, until cancelled. `rules` gives those that hold, `now` seconds from wherever."""
        self._began = now()
        await asyncio.sleep(FIRST)
        while True:
            for behaviour in self._behaviours:
                for _ in self.test(behaviour, rules(), now()):
                    await asyncio.sleep(PAUSE)
            await asyncio.sleep(EVERY)

    def test(self, behaviour: Behaviour, rules: Rules, now: float) -> Iterator[None]:
        """Test one detector step by step, and note the outcome."""
        outcome = self.outcomes[behaviour.slug]
        if not rules.policy.active(behaviour.slug):
            outcome.result, outcome.error = "off", ""
            return
        sample = yield from sample_of(behaviour, rules.inspector.intel)
        if sample is None:
            outcome.result, outcome.error = "untested", ""
            return
        trial = Trial(sample, rules, rules.inspector.configs.get(behaviour.slug), self._answers, now)
        yield from trial.steps()
        if not trial.found:
            default = Trial(sample, rules, None, self._answers, now)
            yield from default.steps()
            outcome.result = "insensitive" if default.found and not trial.crash.error else "failed"
            outcome.error = trial.crash.error or default.crash.error
            if outcome.result == "failed":
                return
        else:
            outcome.result, outcome.error = "good", ""
        outcome.good_at = now


def sample_of(behaviour: Behaviour, lists: Snapshot) -> Generator[None, None, Behaviour | None]:
    """The behaviour, or one like it that the lists in use know; None if there is nothing to test them with.

    Others may do something after each step, as in `Trial.steps`.
    """
    match behaviour.slug:
        case threat_intel.BEHAVIOUR.slug:
            name = yield from _listed(behaviour.slug, lists)
            return _asking_for(name) if name else None
        case sinkholed_domain.BEHAVIOUR.slug:
            sinkhole = ipaddress.ip_address(sinkholed_domain.SINKHOLE).packed
            return behaviour if any(match.category == behaviour.slug for match in lists.addresses(sinkhole)) else None
        case suspicious_domain.BEHAVIOUR.slug:
            (packet,) = behaviour.packets()
            known = lists.signatures.query_suspects(Query(packet, CLIENT, 0.0))
            return behaviour if len(known) > 0 else None
        case _:
            return behaviour


def _listed(category: str, lists: Snapshot) -> Generator[None, None, str]:
    """A name of a category: the starter list's, or one that the lists in use have; empty: none was found."""
    if _is_listed(category, threat_intel.DOMAIN, lists):
        return threat_intel.DOMAIN
    numbers = {number for number, one in enumerate(lists.meta.lists) if one.category == category}
    if not numbers:
        return ""
    for looked_at, (_, key, listings) in enumerate(islice(lists.names(), LOOKED_AT), start=1):
        if any(kind.list_number in numbers for kind, _ in listings) and _is_listed(category, name_of(key), lists):
            return name_of(key)
        if looked_at % CHUNK == 0:
            yield
    return ""


def _is_listed(category: str, name: str, lists: Snapshot) -> bool:
    """Whether it is held against whoever asks: there are exceptions, and names that count for servers only."""
    return any(match.category == category for match in lists.matches(name))


def _asking_for(name: str) -> Behaviour:
    return Behaviour(
        slug=threat_intel.BEHAVIOUR.slug,
        story="asks for a listed name",
        packets=lambda: [query(name)],
        reply=lambda _name, _qtype: address("192.0.2.10"),
    )


def _told(query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> Untold:  # noqa: ARG001 - as Tell has it
    return Untold()
