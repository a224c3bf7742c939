"""What the query log and dnstap cost: processor time per answered query, and the slowest answers, off and on.

    python -m tests.bench.streams [--rounds 5] [--seconds 3] [--rate 5000]

The same server, in turns in every round, with no log, a full one, and dnstap to fstrm_capture. Cost as in
tests/bench/cost.py (hub and worker together, or the worker alone); the slowest answers are those of a load far below
what the server can do, where only something in an answer's way can delay it.
"""

import argparse
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import lab, names
from tests.bench.cost import TICK_US
from tests.bench.dnsperf import question_file, run
from tests.bench.workloads import FRESH_PER_SECOND
from tests.process import ticks


@dataclass
class Figures:
    """Of one configuration, one of each round."""

    whole: list[float] = field(default_factory=list)
    """Microseconds per answered query, all processes."""
    worker: list[float] = field(default_factory=list)
    """Those of the worker."""
    rate: list[float] = field(default_factory=list)
    """Answers a second."""


def load(guard: lab.Dnsguard, file: Path, seconds: float) -> tuple[float, float, float]:
    hub = guard.process.pid
    (worker,) = guard.workers
    before = sum(ticks(hub)), sum(ticks(worker))
    report = run(guard.port, file, seconds)
    after = sum(ticks(hub)), sum(ticks(worker))
    whole, own = ((b - a) * TICK_US / report.answered for a, b in zip(before, after, strict=True))
    return whole, own, report.rate


def slow(guard: lab.Dnsguard, file: Path, seconds: float, rate: int) -> list[float]:
    """Latencies at a calm rate. [milliseconds]"""
    return sorted(run(guard.port, file, seconds, rate=rate, clients=4, timed=True).latencies)


def measure(options: argparse.Namespace, place: lab.Lab) -> None:
    upstream = place.nsd(cpu=1)
    socket = place.dir / "dnstap.sock"
    place.start("capture", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", socket, "-w", "/dev/null", cpu=1)
    kinds: dict[str, dict[str, Any]] = {
        "off": {},
        "full": {"query_log": {"mode": "full"}},
        "dnstap": {"dnstap": {"address": f"unix:{socket}"}},
    }
    guards = {
        kind: place.dnsguard(upstream, cpu=0, name=kind, starter_lists=True, mode="alert", **config)
        for kind, config in kinds.items()
    }
    hot = question_file(place.dir / "hot", names.hosts(3), 1000)
    fresh = names.hosts(4)
    cached = {kind: Figures() for kind in kinds}
    unique = {kind: Figures() for kind in kinds}
    calm: dict[str, dict[str, list[float]]] = {"cached": {}, "unique": {}}
    for guard in guards.values():
        load(guard, hot, 1)
    for _ in range(options.rounds):
        for kind, guard in guards.items():
            asked = question_file(place.dir / "fresh", fresh, int(options.seconds * FRESH_PER_SECOND))
            for figures, file in ((cached[kind], hot), (unique[kind], asked)):
                whole, worker, rate = load(guard, file, options.seconds)
                figures.whole.append(whole)
                figures.worker.append(worker)
                figures.rate.append(rate)
            asked = question_file(place.dir / "fresh", fresh, int(options.seconds * options.rate) + 1000)
            for what, file in (("cached", hot), ("unique", asked)):
                calm[what].setdefault(kind, []).extend(slow(guard, file, options.seconds, options.rate))
    for what, table in (("cached", cached), ("unique", unique)):
        print(f"\n| {what}: | CPU µs/query, worker | ÷ off | with hub | ÷ off | answers/s | p50 ms at {options.rate}/s "
              "| p99 ms | ÷ off | lost records |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|---|---|")
        for kind, one in table.items():
            lost = sum(
                guards[kind].metric(f"dnsguard_{name}_total")
                for name in ("query_log_dropped", "query_log_lost", "dnstap_dropped", "dnstap_lost")
            )
            quantiles = {name: statistics.quantiles(calm[what][name], n=100) for name in (kind, "off")}
            worker, whole = (
                [statistics.median(getattr(table[name], part)) for name in (kind, "off")]
                for part in ("worker", "whole")
            )
            p99, before = quantiles[kind][98], quantiles["off"][98]
            print(
                f"| {kind} | {worker[0]:.1f} | {worker[0] / worker[1]:.2f} "
                f"| {whole[0]:.1f} | {whole[0] / whole[1]:.2f} "
                f"| {statistics.median(one.rate):,.0f} | {quantiles[kind][49]:.2f} | {p99:.2f} | {p99 / before:.2f} "
                f"| {lost:,.0f} |"
            )
    for kind in ("query_log", "dnstap"):
        print({one: guards[one].report[kind] for one in guards if guards[one].report[kind]["state"] != "off"})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of load per configuration and round")
    parser.add_argument("--rate", type=int, default=5000, help="queries per second at which answers are timed")
    options = parser.parse_args()
    lab.need("nsd", "dnsperf", "taskset", "fstrm_capture")
    with lab.Lab() as place:
        measure(options, place)


if __name__ == "__main__":
    main()
