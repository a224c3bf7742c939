"""The pipeline as the evaluation of made-up names drives it: packets of clients, and an upstream that knows all."""

from pathlib import Path

from dnsguard import assemble
from dnsguard.config import parse
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import EMPTY
from dnsguard.judge import Untold
from dnsguard.model import Finding, Mode
from dnsguard.pipeline import Pipeline
from dnsguard.state.counters import Counters
from dnsguard.wire import names as wire_names
from dnsguard.wire.query import Query
from tests.eval.made_up_hosts import Event

SLUGS = frozenset({"domain_generation_algorithm", "random_domain"})


class Network:
    """The pipeline, with an upstream that knows what exists."""

    def __init__(self, config: str = "", slugs: frozenset[str] | None = None) -> None:
        """`slugs` are the detectors whose findings are kept; None: all."""
        self.slugs = slugs
        self.memory = Memory()
        self.found: list[tuple[str, Finding, Mode]] = []
        self.crashes: list[Exception] = []
        rules = assemble.rules(
            parse(config + '\n[listen]\nallow_from = ["any"]\n[cache]\nprefetch = false', Path("/")),
            EMPTY,
            1,
            lambda _, error: self.crashes.append(error),
            self.memory,
        )
        self.pipeline = Pipeline(rules, Counters(), self._tell)
        self.stream = False
        self.passed = 0
        """Questions of the last client that went to the upstream."""

    def _tell(self, query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> Untold:
        if self.slugs is None or finding.slug in self.slugs:
            self.found.append((query.client_text, finding, mode))
        return Untold()

    def play(self, client: bytes, event: Event, start: float) -> bytes:
        """Ask, be the upstream, and give the answer that the client gets."""
        packet = b"\0\7\1\0\0\1\0\0\0\0\0\0" + wire_names.encode(event.name) + b"\0\1\0\1"
        now = start + event.time
        out, _ = self.pipeline.on_queries(self, [packet], [None], [client], now)  # type: ignore[arg-type]
        self.passed = len(self.pipeline.forwards)
        if out:
            return out[0]
        pending = self.pipeline.forwards.pop()
        # behind the id, as it goes out
        question = pending.tail[10 : pending.end - 2]
        assert self.pipeline.on_answer(pending, answer(question, event), now + 0.02)
        (_, _, raw), *_ = self.pipeline.replies
        self.pipeline.replies.clear()
        return raw


def answer(question: bytes, event: Event) -> bytes:
    """What an upstream says: an address, or NXDOMAIN with the SOA of the zone."""
    if event.exists:
        record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
        return b"\0\0\x81\x80\0\1\0\1\0\0\0\0" + question + record
    data = b"\1a\0\1b\0" + bytes(16) + (60).to_bytes(4)
    owner = wire_names.encode(event.zone) if event.zone else b"\0"
    record = owner + b"\0\6\0\1\0\0\0\x3c" + len(data).to_bytes(2) + data
    return b"\0\0\x81\x83\0\1\0\0\0\1\0\0" + question + record
