"""Microseconds of the pipeline per query, without sockets and kernel: a miss, its answer, hits, and blocked names.

    python -m tests.bench.way [--names 20000] [--rounds 7]

Runs interpreted or compiled, as it finds `dnsguard` (`python -m dnsguard.building` compiles a tree in place). The least
of the rounds is told: this machine's other work only ever adds. To compare two trees, run them in turns.
"""

import argparse
import gc
import itertools
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import dnsguard.pipeline
from dnsguard import assemble
from dnsguard.alerts.fold import Fold
from dnsguard.alerts.teller import Teller
from dnsguard.config import parse
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.pending import Pending
from dnsguard.pipeline import Pipeline
from dnsguard.state.counters import Counters
from dnsguard.wire.query import Query
from tests import names
from tests.bench.lists import domains
from tests.judged import snapshot

BATCH = 64
CLIENT = b"\x7f\0\0\1"
AUTHORITY = b"\0\0\2\0\1\0\0\x0e\x10\0\x10\2ns\7example\3net\0"
ADDITIONAL = b"\2ns\7example\3net\0\0\1\0\1\0\0\x0e\x10\0\4\x7f\0\0\1"
OPT = b"\0\0\x29\4\xd0\0\0\0\0\0\0"


def address(question: bytes) -> bytes:
    """What an authority for one address says: the address, its servers, theirs."""
    record = b"\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xc0\0\2\1"
    return b"\0\1\x84\0\0\1\0\1\0\1\0\2" + question + record + AUTHORITY + ADDITIONAL + OPT


def alias(question: bytes) -> bytes:
    """A CNAME into another zone and the addresses there, as content networks say."""
    target = b"\4edge\3cdn\7example\3net\0"
    cname = b"\xc0\x0c\0\5\0\1\0\0\1\x2c\0" + bytes([len(target)]) + target
    owner = (0xC000 | 12 + len(question) + 12).to_bytes(2)
    addresses = b"".join(owner + b"\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2" + bytes([i]) for i in (1, 2))
    return b"\0\1\x81\x80\0\1\0\3\0\0\0\1" + question + cname + addresses + OPT


class Clients:
    stream = False

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        pass


class Way:
    """One pipeline, driven in batches as a worker drives its own."""

    def __init__(
        self, packets: list[bytes], answered: Callable[[bytes], bytes] = bytes, intel: Snapshot = EMPTY
    ) -> None:
        settings = parse('mode = "block"\n[upstream]\nservers = ["192.0.2.1"]\n[cache]\nsize = "1GB"', Path("/"))
        self.teller = Teller(fold=Fold(capacity=len(packets)))
        self.pipeline = Pipeline(assemble.rules(settings, intel, 1, lambda *_: None), Counters(), self.teller)
        self.batches = [packets[at : at + BATCH] for at in range(0, len(packets), BATCH)]
        self.answered = answered
        self.source = Clients()
        self.now = 1e9

    def ask(self) -> tuple[float, float]:
        """Seconds in `on_queries` and in `on_answer` for all packets, each answered at once."""
        asking = answering = 0.0
        pipeline = self.pipeline
        for batch in self.batches:
            peers, clients = [b"peer"] * len(batch), [CLIENT] * len(batch)
            started = time.perf_counter()
            pipeline.on_queries(self.source, batch, peers, clients, self.now)
            asking += time.perf_counter() - started
            forwards, pipeline.forwards = pipeline.forwards, []
            answers: list[tuple[Pending, bytes]] = [(each, self.answered(each.question)) for each in forwards]
            started = time.perf_counter()
            for pending, message in answers:
                pipeline.on_answer(pending, message, self.now)
            answering += time.perf_counter() - started
            pipeline.replies.clear()
            self.teller.outgoing.clear()
        return asking, answering


def questions(asked: Iterable[str]) -> list[bytes]:
    return [i.to_bytes(4)[2:] + Query.of(name).packet[2:] for i, name in enumerate(asked)]


def measure(count: int, rounds: int) -> dict[str, float]:
    """Microseconds per query of each part, the least of the rounds."""
    packets = questions(itertools.islice(names.hosts(5), count))
    denied = list(itertools.islice(dict.fromkeys(domains(2 * count, 1)), count))
    blocked = questions(denied)
    listed = snapshot({"threat_intel": "\n".join(denied)})
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for kind, answered in (("address", address), ("alias", alias)):
            way = Way(packets, answered)
            gc.collect()
            gc.freeze()
            asking, answering = way.ask()
            found.setdefault("miss: the query", []).append(asking)
            found.setdefault(f"miss: the answer, {kind}", []).append(answering)
            found.setdefault("hit, first in its second", []).append(way.ask()[0])
            found.setdefault("hit, ready-made", []).append(way.ask()[0])
            gc.unfreeze()
        way = Way(blocked, intel=listed)
        gc.collect()
        gc.freeze()
        # the first is told, the second begins a sum, all others count into that
        for what in ("told", "again", "again and again"):
            found.setdefault(f"blocked, {what}", []).append(way.ask()[0])
        gc.unfreeze()
    return {what: min(times) / count * 1e6 for what, times in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    compiled = not str(dnsguard.pipeline.__file__).endswith(".py")
    table = Table("compiled" if compiled else "interpreted", "µs", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for what, microseconds in measure(options.names, options.rounds).items():
        table.add_row(what, f"{microseconds:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
